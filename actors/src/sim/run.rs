//! Runs cases: one to its end, or many until one fails.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use super::{
    export::Export,
    invariants::{Checks, Violation},
    plan::Plan,
    profile::Profile,
    shrink,
    world::World,
};
use crate::{
    Time,
    carrier::{ExecutorSpec, Observed, Observer},
    trace::{Messages, Record, RecordOptions, Setup, TraceError, TraceWriter},
};

/// Virtual time after the end of the last job in which what is left over may end; executors remember kills of tasks
/// that never came for ten seconds.
const SETTLING: Duration = Duration::from_secs(12);
/// Virtual time after the end of the faults until which every job must have ended.
const PATIENCE: Duration = Duration::from_secs(120);
/// Events until which every job must have ended, and how many more for each result that is asked for.
const MOST_EVENTS: u64 = 3_000_000;
const EVENTS_PER_RESULT: u64 = 100;

/// What a run that went well was like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// A number that two runs have in common if they had the same messages.
    pub digest: u64,
    /// Messages that were handled.
    pub messages: u64,
    /// Task attempts that ran.
    pub tasks: u64,
    /// Jobs that ended.
    pub jobs: usize,
    /// The virtual time at the end.
    pub time: Time,
}

/// A seed for which something does not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    profile: &'static str,
    seed: u64,
    violation: Violation,
    /// The smallest case found that fails alike.
    plan: Arc<Plan>,
    original_size: usize,
    last: Vec<String>,
}

impl Failure {
    /// The invariant that does not hold.
    pub fn invariant(&self) -> &'static str {
        self.violation.invariant
    }

    /// The messages of the smallest case.
    pub fn export(&self) -> Exported {
        export(self.plan.clone())
    }

    /// How many executors, jobs and faults the smallest case has.
    pub fn size(&self) -> usize {
        self.plan.size()
    }
}

/// A run with its messages.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Every message that was handled, in order.
    pub messages: Messages,
    /// What a replay of them needs.
    pub setup: Setup,
    /// How it went; `Err` says what does not hold.
    pub result: Result<Summary, String>,
    /// What traces of it call their carrier.
    carrier: String,
}

impl std::error::Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { profile, seed, violation, plan, original_size, last } = self;
        writeln!(f, "firesteel sim --profile {profile} --seed {seed}")?;
        writeln!(f, "{violation}")?;
        writeln!(f, "the smallest case found ({} of {original_size} parts):", plan.size())?;
        writeln!(f, "{plan}")?;
        writeln!(f, "its last messages:")?;
        last.iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

impl Profile {
    /// The case of a seed as lines for people.
    pub fn describe(&self, seed: u64) -> String {
        self.plan(seed).to_string()
    }

    /// Runs one seed and keeps its messages, also those of a run for which something does not hold.
    pub fn export(&self, seed: u64) -> Exported {
        export(Arc::new(self.plan(seed)))
    }

    /// Runs one seed to its end.
    ///
    /// # Errors
    /// What does not hold, with the smallest case that shows it.
    pub fn run(&self, seed: u64) -> Result<Summary, Box<Failure>> {
        let plan = Arc::new(self.plan(seed));
        run(&mut World::new(plan.clone())).map_err(|violation| explain(plan, violation, World::new))
    }
}

impl Exported {
    /// Writes the messages to a trace file.
    ///
    /// # Errors
    /// [`TraceError`] if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), TraceError> {
        let first = self.setup.executors.iter().filter(|start| start.before == 0);
        let executors: Vec<ExecutorSpec> = first.map(|start| start.spec.clone()).collect();
        let options = RecordOptions::payloads().compressed().program("firesteel sim");
        let options = options.run(&self.carrier, &self.setup.config, &executors);
        let writer = TraceWriter::create(path, options)?;
        for Record { head, handled, message, .. } in &self.messages {
            if let Some(message) = message {
                writer.message(Observed { head, handled: *handled, message: message.as_ref() });
            }
        }
        writer.close()
    }
}

/// Runs a plan and keeps its messages.
fn export(plan: Arc<Plan>) -> Exported {
    let config = plan.config.clone();
    let carrier = Profile::carrier(plan.profile, plan.seed);
    let sends_heartbeats = config.heartbeat.enabled;
    let mut world = World::exporting(plan);
    let result = run(&mut world).map_err(|violation| violation.to_string());
    let Export { messages, starts, .. } = world.export.take().map(|export| *export).unwrap_or_default();
    let setup = Setup { config, executors: starts, sends_heartbeats, only: None };
    Exported { messages, setup, result, carrier }
}

/// Runs a world until its jobs have ended and what they left has settled.
pub(crate) fn run(world: &mut World) -> Result<Summary, Violation> {
    let mut checks = Checks::all();
    let heals = world.plan.heals;
    let most_events = MOST_EVENTS + EVENTS_PER_RESULT * world.plan.results();
    let mut settled = None;
    while world.step(&mut checks)? {
        if world.jobs.all_ended() && world.now >= heals {
            let until = *settled.get_or_insert(world.now + SETTLING);
            if world.now >= until {
                break;
            }
        } else if world.now > heals + PATIENCE || world.steps > most_events {
            break;
        }
    }
    checks.at_end(world)?;
    Ok(Summary {
        digest: world.recording.digest(),
        messages: world.recording.messages(),
        tasks: world.tasks.launched(),
        jobs: world.jobs.ended.len(),
        time: world.now,
    })
}

/// Shrinks a case that fails, and runs the smallest once more to tell how it went.
pub(crate) fn explain(
    plan: Arc<Plan>,
    violation: Violation,
    start: impl Fn(Arc<Plan>) -> World,
) -> Box<Failure> {
    let fails_alike = |plan: &Plan| {
        let found = run(&mut start(Arc::new(plan.clone()))).err();
        found.is_some_and(|found| found.invariant == violation.invariant)
    };
    let (profile, seed, original_size) = (plan.profile, plan.seed, plan.size());
    let smallest = Arc::new(shrink::shrink((*plan).clone(), fails_alike));
    let mut world = start(smallest.clone());
    world.recording.keep_lines();
    let violation = run(&mut world).err().unwrap_or(violation);
    let last = world.recording.last_lines();
    Box::new(Failure { profile, seed, violation, plan: smallest, original_size, last })
}
