//! What may as well happen at once in a small world: whatever else may happen before it, the world is the same after
//! both.
//!
//! That a task runs is news that nothing depends on. What a process does touches only that process and the end of its
//! connection, so it is only a matter of order within the process: of a message from the driver and the end of a task.
//! A process of which no task works hears the driver's next message; a task ends, if nobody may want to kill it, and
//! the next message for its process comes only after that. Faults that have yet to strike touch more: then what they
//! touch keeps all its orders.

use super::{
    faults::Fault,
    network::executor_of,
    world::{Event, Happening, Path, World},
};
use crate::{
    ExecutorId,
    message::{DriverEndpointMessage, ExecutorBackendMessage, Message, TaskKind},
};

/// Whether nothing that may happen before an event, or instead of it, depends on it.
pub(super) fn commutes(world: &World, event: &Event) -> bool {
    match event {
        Event::Message { path: Path::Up(id, _), message, .. } => {
            says_that_task_runs(message) && !may_die(world, *id)
        }
        // Not its timers: what it remembers until then matters to what the driver says.
        Event::Message { from, path: Path::Within(id, _), message, .. } => {
            executor_of(*from).is_none()
                && !works(world, *id)
                && !is_picked_by_kill(world)
                && !may_die(world, *id)
                && !may_miss(world, message)
        }
        Event::World(Happening::TaskStep { task_id, step }) => {
            let is_stale = world.tasks.running.get(task_id).is_none_or(|task| task.step != *step);
            is_stale || world.plan.faults.iter().all(leaves_tasks_alone)
        }
        _ => false,
    }
}

fn says_that_task_runs(message: &Message) -> bool {
    matches!(message, Message::DriverEndpoint(DriverEndpointMessage::StatusUpdate(update))
        if !update.status.is_terminal())
}

/// Whether a task of this process is to come to the end of what it does.
fn works(world: &World, id: ExecutorId) -> bool {
    world.queue.pending().iter().any(|(_, event)| match event {
        Event::World(Happening::TaskStep { task_id, .. }) => {
            world.tasks.running.get(task_id).is_some_and(|task| task.description.executor_id == id)
        }
        _ => false,
    })
}

/// The faults that are still to strike.
fn to_strike(world: &World) -> impl Iterator<Item = &Fault> {
    world.queue.pending().into_iter().filter_map(|(_, event)| match event {
        Event::World(Happening::Strike(index)) => world.plan.faults.get(*index),
        _ => None,
    })
}

fn may_die(world: &World, id: ExecutorId) -> bool {
    to_strike(world).any(|fault| matches!(fault, Fault::ExecutorDies { executor, .. } if *executor == id))
}

/// Whether a kill is to pick one of the tasks that run by then.
fn is_picked_by_kill(world: &World) -> bool {
    to_strike(world).any(|fault| matches!(fault, Fault::TaskKilled { .. }))
}

/// Whether with this message a task may read what a fault may take away.
fn may_miss(world: &World, message: &Message) -> bool {
    let reads = match message {
        Message::ExecutorBackend(ExecutorBackendMessage::LaunchTask(launch)) => {
            launch.task.stage.kind == TaskKind::Result
        }
        Message::TaskRunner(_) => true,
        _ => false,
    };
    reads && to_strike(world).any(|fault| matches!(fault, Fault::ExecutorDies { .. }))
}

/// Whether with this fault no attempt is ever killed: none is made of a task of which another runs.
fn leaves_tasks_alone(fault: &Fault) -> bool {
    matches!(fault, Fault::TaskFails { .. })
}
