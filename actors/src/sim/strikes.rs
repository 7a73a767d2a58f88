//! How faults strike.

use super::{faults::Fault, world::World};
use crate::{
    ActorId, ExecutorId,
    message::{
        AllJobsCancelled, DagSchedulerMessage, DecommissionExecutors, DriverEndpointMessage, ExplainJob,
        JobCancelled, JobGroupCancelled, JobTagCancelled, KillExecutors, KillTaskAttempt, Message,
        RemoveWorker, StageCancelled, TaskSchedulerMessage,
    },
};

/// Lets a fault strike.
pub(super) fn strike(world: &mut World, fault: Fault) {
    let reason = Some("because of a fault".to_owned());
    match fault {
        Fault::ExecutorDies { executor, flushes, rejoins, .. } => {
            world.end_executor(executor, flushes, rejoins);
        }
        Fault::ExecutorKilled { executor, force, .. } => {
            to_endpoint(world, KillExecutors { executor_ids: vec![executor], force });
        }
        Fault::Decommission { executor, .. } => {
            to_endpoint(
                world,
                DecommissionExecutors {
                    executor_ids: vec![executor],
                    worker_host: None,
                    reason: "by a fault".into(),
                },
            );
        }
        Fault::GoesSilent { executor, .. } => {
            if let Some(executor) = world.executors.get_mut(&executor) {
                executor.is_silent = true;
            }
        }
        Fault::WorkerRemoved { host, .. } => {
            let there =
                |(_, executor): &(&ExecutorId, &super::executors::SimExecutor)| executor.machine.host == host;
            let ids: Vec<ExecutorId> = world.executors.iter().filter(there).map(|(id, _)| *id).collect();
            for id in ids {
                world.end_executor(id, false, None);
            }
            let worker_id = format!("worker-{host}").into();
            to_endpoint(world, RemoveWorker { worker_id, host, message: "its host is gone".to_owned() });
        }
        Fault::JobCancelled { job, .. } => to_dag(world, JobCancelled { job_id: job, reason }),
        Fault::GroupCancelled { group, .. } => {
            let group_id = group.into();
            to_dag(world, JobGroupCancelled { group_id, cancel_future_jobs: false, reason });
        }
        Fault::TagCancelled { tag, .. } => {
            to_dag(world, JobTagCancelled { tag: tag.into(), reason, reply_to: None })
        }
        Fault::Asked { subject, .. } => {
            // The number of the event: no other question has it.
            let request = world.seq;
            to_dag(world, ExplainJob { request, host: 0, subject });
        }
        Fault::StageCancelled { stage, .. } => {
            to_dag(world, StageCancelled { stage_id: crate::StageId(stage), reason });
        }
        Fault::AllCancelled { .. } => to_dag(world, AllJobsCancelled {}),
        Fault::TaskKilled { nth, .. } => kill_one(world, nth),
        // These wait for their task.
        Fault::TaskFails { .. }
        | Fault::FetchFails { .. }
        | Fault::TaskSlow { .. }
        | Fault::ResultLost { .. } => {}
    }
}

fn kill_one(world: &mut World, nth: u32) {
    let running = world.tasks.running.len();
    if running == 0 {
        return;
    }
    if let Some(task_id) = world.tasks.running.keys().nth(nth as usize % running).copied() {
        let kill = KillTaskAttempt { task_id, interrupt_thread: true, reason: "by a fault".to_owned() };
        let message = Message::from(TaskSchedulerMessage::from(kill));
        world.tell_driver(ActorId::TaskScheduler, message);
    }
}

fn to_dag(world: &mut World, message: impl Into<DagSchedulerMessage>) {
    world.tell_driver(ActorId::DagScheduler, message.into());
}

fn to_endpoint(world: &mut World, message: impl Into<DriverEndpointMessage>) {
    world.tell_driver(ActorId::DriverEndpoint, message.into());
}
