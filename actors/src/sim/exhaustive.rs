//! Small worlds in every order: whichever message, timer, task's end or fault comes next, the invariants hold.
//!
//! The actors of the driver hear each other at once and in order, as on their one thread; what comes from outside of
//! it (executors, the result getter, timers, faults) comes in every order, except that a connection keeps its own.
//! All happens at time zero, so that time tells no two states apart. A state that was met before, on another way, is
//! not looked at again: it is known by a digest of all cores, of the world around them, and of all that is still to
//! happen.
//!
//! Where it makes no difference whether something happens now or later (`commuting`), it happens now, and no other
//! order is looked at. A test compares the ends that are reached so with those of all orders.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write},
    sync::Arc,
};

use xxhash_rust::xxh3::xxh3_128;

use super::{
    bugs::Bug,
    commuting::commutes,
    invariants::{Checks, Violation},
    network::executor_of,
    plan::Plan,
    world::{Event, Happening, Path, World},
};
use crate::{
    ExecutorId,
    message::{Describe, Message},
};

/// What an exploration found.
#[derive(Debug, Default)]
pub(super) struct Explored {
    /// Different states.
    pub(super) states: usize,
    /// The digests of the states in which nothing is left to happen.
    pub(super) ends: BTreeSet<u128>,
    /// The first violation, with the messages that led to it.
    pub(super) violation: Option<(Violation, Vec<String>)>,
}

/// A state that is still to be looked at, and the way to it.
struct Waiting {
    world: World,
    checks: Checks,
    way: Vec<u64>,
}

/// Explores all orders of a plan, up to so many states.
pub(super) fn explore(plan: Plan, orders: Orders, most_states: usize, bug: Option<Bug>) -> Explored {
    let plan = Arc::new(plan);
    let mut explored = Explored::default();
    let mut seen = BTreeSet::new();
    let mut waiting = Vec::new();
    let mut start = Waiting { world: begin(plan.clone(), bug), checks: Checks::all(), way: Vec::new() };
    let mut result = begin_with(orders, &mut start.world, &mut start.checks);
    let mut way = Vec::new();
    waiting.push(start);
    while result.is_ok() && explored.states < most_states {
        let Some(state) = waiting.pop() else { break };
        explored.states += 1;
        let choices = choices(&state.world, orders);
        if choices.is_empty() {
            explored.ends.insert(digest(&state.world));
            result = state.checks.clone().at_end(&state.world);
            way = state.way;
            continue;
        }
        for choice in choices {
            let mut next = state.world.clone();
            let mut checks = state.checks.clone();
            result = choose(&mut next, &mut checks, choice);
            way = state.way.iter().copied().chain([choice]).collect();
            if result.is_err() {
                break;
            }
            if seen.insert(digest(&next)) {
                waiting.push(Waiting { world: next, checks, way: std::mem::take(&mut way) });
            }
        }
    }
    explored.violation = result.err().map(|violation| (violation, retell(begin(plan, bug), orders, &way)));
    explored
}

/// The world before anything has happened; nothing ever heals it.
fn begin(plan: Arc<Plan>, bug: Option<Bug>) -> World {
    let mut world = World::new(plan);
    world.bug = bug;
    let heal =
        world.queue.pending().into_iter().find(|(_, event)| matches!(event, Event::World(Happening::Heal)));
    if let Some(seq) = heal.map(|(seq, _)| seq) {
        world.queue.take(seq);
    }
    world
}

/// Which orders are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Orders {
    /// All of them.
    All,
    /// All from when the executors have registered and the first tasks are on their way.
    OfTasks,
    /// As `OfTasks`, but of orders that make no difference only one.
    ThatDiffer,
}

fn begin_with(orders: Orders, world: &mut World, checks: &mut Checks) -> Result<(), Violation> {
    settle(world, checks)?;
    let is_registering = |world: &World| {
        let pending = world.queue.pending().into_iter();
        let mut messages = pending.filter_map(|(seq, event)| match event {
            Event::Message { message, .. } => Some((seq, message.as_ref().kind())),
            Event::World(_) => None,
        });
        messages
            .find(|(_, kind)| ["RegisterExecutor", "RegisteredExecutor", "LaunchedExecutor"].contains(kind))
    };
    while let Some((seq, _)) = is_registering(world).filter(|_| orders != Orders::All) {
        choose(world, checks, seq)?;
    }
    Ok(())
}

/// Lets happen what happens at once: the actors of the driver and of each process are never seen half way.
fn settle(world: &mut World, checks: &mut Checks) -> Result<(), Violation> {
    while let Some((seq, event)) = world.queue.pop_ready() {
        world.happens(seq, event, checks)?;
    }
    Ok(())
}

fn choose(world: &mut World, checks: &mut Checks, choice: u64) -> Result<(), Violation> {
    if let Some(event) = world.queue.take(choice) {
        world.happens(choice, event, checks)?;
    }
    settle(world, checks)
}

/// What keeps its order: a connection's direction.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Channel {
    Up(ExecutorId, u32),
    Down(ExecutorId, u32),
}

impl Channel {
    fn of(event: &Event) -> Option<Channel> {
        match event {
            Event::Message { path: Path::Up(id, incarnation), .. } => Some(Channel::Up(*id, *incarnation)),
            // What a process sends itself is a timer, and comes between any two messages of the driver.
            Event::Message { from, path: Path::Within(id, incarnation), .. } => {
                executor_of(*from).is_none().then_some(Channel::Down(*id, *incarnation))
            }
            // The end of a connection comes behind all that it carried.
            Event::World(Happening::ConnectionLost { id, incarnation, .. }) => {
                Some(Channel::Up(*id, *incarnation))
            }
            _ => None,
        }
    }
}

/// What may come next: all that is to happen, but of each connection's direction only the first.
fn choices(world: &World, orders: Orders) -> Vec<u64> {
    let mut blocked = BTreeSet::new();
    let mut choices = Vec::new();
    for (seq, event) in world.queue.pending() {
        if Channel::of(event).is_none_or(|channel| blocked.insert(channel)) {
            choices.push((seq, event));
        }
    }
    let alone = choices.iter().find(|(_, event)| orders == Orders::ThatDiffer && commutes(world, event));
    let choices = alone.map_or(&choices[..], std::slice::from_ref);
    choices.iter().map(|(seq, _)| *seq).collect()
}

fn digest(world: &World) -> u128 {
    let mut text = String::with_capacity(1 << 15);
    write_state(world, &mut text).ok();
    // All at once: that is many times faster than bit by bit.
    xxh3_128(text.as_bytes())
}

fn write_state(world: &World, to: &mut String) -> fmt::Result {
    let driver = &world.driver;
    write!(to, "{:?}{:?}", driver.dag_scheduler, driver.task_scheduler)?;
    write!(to, "{:?}{:?}", driver.driver_endpoint, driver.map_output_tracker)?;
    for executor in world.executors.values() {
        let flags = (executor.incarnation, executor.alive, executor.flushes);
        write!(to, "{flags:?}{:?}{:?}{:?}", executor.core, executor.outputs, executor.tracker)?;
    }
    for (task_id, task) in &world.tasks.running {
        write!(to, "{task_id:?}{:?}", task.phase)?;
    }
    write!(to, "{:?}{:?}", world.tasks.runs, world.jobs)?;
    // Order matters only within a connection.
    let mut channels: BTreeMap<Option<Channel>, Vec<String>> = BTreeMap::new();
    for (_, event) in world.queue.pending() {
        channels.entry(Channel::of(event)).or_default().push(brief(event));
    }
    channels.entry(None).or_default().sort_unstable();
    write!(to, "{channels:?}")
}

/// An event without what all events of its kind have in common.
fn brief(event: &Event) -> String {
    match event {
        Event::Message { message: message @ Message::TaskRunner(_), .. } => format!("{message:?}"),
        Event::Message { from, to, message, .. } => {
            format!("{from} {to} {} {}", message.as_ref().kind(), message.as_ref().ids())
        }
        Event::World(Happening::Decoded(task)) => format!("decoded {:?}", task.task_id),
        Event::World(happening) => format!("{happening:?}"),
    }
}

/// Goes a way once more, and tells what was said on it.
fn retell(mut world: World, orders: Orders, way: &[u64]) -> Vec<String> {
    world.recording.keep_last();
    let mut checks = Checks::all();
    let mut result = begin_with(orders, &mut world, &mut checks);
    for choice in way {
        if result.is_ok() {
            result = choose(&mut world, &mut checks, *choice);
        }
    }
    world.recording.last_lines()
}
