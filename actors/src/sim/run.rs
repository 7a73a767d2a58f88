//! Runs cases: one to its end, or many until one fails.

use std::{
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    export::Export,
    invariants::{Checks, Violation},
    plan::Plan,
    profile::Profile,
    shrink::{Trial, shrink},
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

/// A seed for which something does not hold, as it was found.
#[derive(Clone, Debug)]
pub struct Finding {
    plan: Arc<Plan>,
    violation: Violation,
}

impl Finding {
    /// Looks for a smaller case that fails alike, until it is small, has taken long, or `stop` is set.
    pub fn shrink(self, stop: &AtomicBool) -> Box<Failure> {
        explain(self.plan, self.violation, stop, World::new)
    }
}

/// A seed for which something does not hold, with a small case that shows it.
#[derive(Clone, Debug)]
pub struct Failure {
    profile: &'static str,
    seed: u64,
    violation: Violation,
    /// The smallest case found that fails alike.
    plan: Arc<Plan>,
    original_size: usize,
    last: Vec<String>,
    /// The same as a sequence diagram.
    diagram: String,
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
        let Failure { profile, seed, violation, plan, original_size, last, diagram } = self;
        writeln!(f, "firesteel sim --profile {profile} --seed {seed}")?;
        writeln!(f, "{violation}")?;
        writeln!(f, "the smallest case found ({} of {original_size} parts):", plan.size())?;
        writeln!(f, "{plan}")?;
        writeln!(f, "its last messages:")?;
        last.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        write!(f, "\nas a sequence diagram:\n{diagram}")
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
        let never = AtomicBool::new(false);
        run(&mut World::new(plan.clone())).map_err(|violation| explain(plan, violation, &never, World::new))
    }

    /// As [`run`](Self::run), but gives up when somebody sets `stop`, and leaves shrinking to the caller. `None`: it
    /// was stopped.
    ///
    /// # Errors
    /// What does not hold.
    pub fn run_until(&self, seed: u64, stop: &AtomicBool) -> Result<Option<Summary>, Finding> {
        let plan = Arc::new(self.plan(seed));
        run_until(&mut World::new(plan.clone()), stop).map_err(|violation| Finding { plan, violation })
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
    let mut world = World::exporting(plan);
    let result = run(&mut world).map_err(|violation| violation.to_string());
    let Export { messages, starts, .. } = world.export.take().map(|export| *export).unwrap_or_default();
    let setup = Setup { config, executors: starts, only: None };
    Exported { messages, setup, result, carrier }
}

/// Runs a world until its jobs have ended and what they left has settled.
pub(crate) fn run(world: &mut World) -> Result<Summary, Violation> {
    let mut checks = Checks::all();
    advance(world, &mut checks, &AtomicBool::new(false))?;
    finish(world, checks)
}

/// The same, but nothing if it was stopped.
fn run_until(world: &mut World, stop: &AtomicBool) -> Result<Option<Summary>, Violation> {
    let mut checks = Checks::all();
    if advance(world, &mut checks, stop)? { finish(world, checks).map(Some) } else { Ok(None) }
}

/// Handles all events; false if it was stopped before the last.
fn advance(world: &mut World, checks: &mut Checks, stop: &AtomicBool) -> Result<bool, Violation> {
    let heals = world.plan.heals;
    let most_events = MOST_EVENTS + EVENTS_PER_RESULT * world.plan.results();
    let mut settled = None;
    while world.step(checks)? {
        if stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        if world.jobs.all_ended() && world.now >= heals {
            let until = *settled.get_or_insert(world.now + SETTLING);
            if world.now >= until {
                break;
            }
        } else if world.now > heals + PATIENCE || world.steps > most_events {
            break;
        }
    }
    Ok(true)
}

fn finish(world: &mut World, mut checks: Checks) -> Result<Summary, Violation> {
    checks.at_end(world)?;
    world.remove_shuffles(&mut checks)?;
    world.has_no_outputs().map_err(|who| Violation {
        invariant: "empty tables",
        what: format!("all shuffles were removed, and {who} still keeps outputs"),
    })?;
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
    stop: &AtomicBool,
    start: impl Fn(Arc<Plan>) -> World,
) -> Box<Failure> {
    let try_out = |plan: &Plan| {
        let mut world = start(Arc::new(plan.clone()));
        match run_until(&mut world, stop) {
            Ok(None) => Trial::Stopped,
            Err(found) if found.invariant == violation.invariant => Trial::FailsAlike { events: world.steps },
            Ok(Some(_)) | Err(_) => Trial::Differs { events: world.steps },
        }
    };
    let (profile, seed, original_size) = (plan.profile, plan.seed, plan.size());
    let smallest = Arc::new(shrink((*plan).clone(), try_out));
    let mut world = start(smallest.clone());
    world.recording.keep_last();
    let violation = run(&mut world).err().unwrap_or(violation);
    let (last, diagram) = (world.recording.last_lines(), world.recording.last_diagram());
    Box::new(Failure { profile, seed, violation, plan: smallest, original_size, last, diagram })
}
