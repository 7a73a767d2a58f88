//! What must hold in every run, whatever goes wrong: one file each, checked with every event.
//!
//! An invariant sees each message when it arrives and when it is sent, and the cluster after each event. Each costs
//! what the event changes, so that checking is no reason to check less.

mod accumulators;
mod allocation;
mod attempts;
mod barriers;
mod cancellations;
mod commits;
mod cores;
mod dead_executors;
mod empty_tables;
mod ended_jobs;
mod exactly_once;
mod excluded;
mod explanations;
mod indeterminate;
mod job_outcomes;
mod kills;
mod known;
mod leaving;
mod listener_events;
mod liveness;
mod map_outputs;
mod resources;
mod scene;
mod stale_reports;

use std::fmt;

use crate::{ActorId, core::Sending, message::Message};
use known::Known;
pub(crate) use scene::{ExecutorScene, Scene};

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Which.
    pub(crate) invariant: &'static str,
    /// What is wrong.
    pub(crate) what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// `Err` says what is wrong.
type Check = Result<(), String>;

/// What an invariant looks at.
struct View<'a> {
    scene: &'a dyn Scene,
    known: &'a Known,
}

/// Something that must hold.
trait Invariant: fmt::Debug + CloneBoxed + Send {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Whether it looks at what only the simulated cluster knows: then it says nothing of a trace.
    fn needs_world(&self) -> bool {
        false
    }

    /// A message arrives, and is about to be handled.
    fn message(&mut self, view: &View<'_>, to: ActorId, message: &Message) -> Check {
        let _ = (view, to, message);
        Ok(())
    }

    /// A message is sent while an event is handled.
    fn sent(&mut self, view: &View<'_>, from: ActorId, sending: &Sending) -> Check {
        let _ = (view, from, sending);
        Ok(())
    }

    /// An event has been handled.
    fn after_event(&mut self, view: &View<'_>) -> Check {
        let _ = view;
        Ok(())
    }

    /// The run is over: every job has ended, or nothing is left to happen.
    fn at_end(&mut self, view: &View<'_>) -> Check {
        let _ = view;
        Ok(())
    }
}

/// A copy of what an invariant remembers, for worlds that go different ways from here.
trait CloneBoxed {
    fn clone_boxed(&self) -> Box<dyn Invariant>;
}

impl<I: Invariant + Clone + 'static> CloneBoxed for I {
    fn clone_boxed(&self) -> Box<dyn Invariant> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Invariant> {
    fn clone(&self) -> Self {
        (**self).clone_boxed()
    }
}

/// All invariants of one run.
#[derive(Clone, Debug)]
pub(crate) struct Checks {
    known: Known,
    all: Vec<Box<dyn Invariant>>,
}

impl Checks {
    /// Nothing is checked.
    pub(crate) fn none() -> Self {
        Checks { known: Known::default(), all: Vec::new() }
    }

    /// Every invariant, at the start of a run.
    pub(crate) fn all() -> Self {
        // Liveness first: at the end, whatever else is wrong may only follow from a job that hangs.
        let all: Vec<Box<dyn Invariant>> = vec![
            Box::<liveness::Liveness>::default(),
            Box::<exactly_once::ExactlyOnce>::default(),
            Box::<ended_jobs::EndedJobs>::default(),
            Box::<kills::Kills>::default(),
            Box::<stale_reports::StaleReports>::default(),
            Box::<cores::Cores>::default(),
            Box::<attempts::Attempts>::default(),
            Box::<dead_executors::DeadExecutors>::default(),
            Box::<excluded::Excluded>::default(),
            Box::<barriers::Barriers>::default(),
            Box::<commits::Commits>::default(),
            Box::<map_outputs::MapOutputs>::default(),
            Box::<indeterminate::Indeterminate>::default(),
            Box::<accumulators::Accumulators>::default(),
            Box::<resources::Resources>::default(),
            Box::<allocation::Allocation>::default(),
            Box::<leaving::Leaving>::default(),
            Box::<cancellations::Cancellations>::default(),
            Box::<explanations::Explanations>::default(),
            Box::<job_outcomes::JobOutcomes>::default(),
            Box::<listener_events::ListenerEvents>::default(),
            Box::<empty_tables::EmptyTables>::default(),
        ];
        Checks { known: Known::default(), all }
    }

    /// Those that messages alone can tell of, for a trace.
    pub(crate) fn of_trace() -> Self {
        let mut checks = Checks::all();
        checks.all.retain(|invariant| !invariant.needs_world());
        checks
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn names() -> Vec<&'static str> {
        Checks::all().all.iter().map(|invariant| invariant.name()).collect()
    }

    pub(crate) fn message(
        &mut self,
        scene: &dyn Scene,
        to: ActorId,
        message: &Message,
    ) -> Result<(), Violation> {
        self.known.message(scene, message);
        self.each(scene, |invariant, view| invariant.message(view, to, message))
    }

    pub(crate) fn sent(
        &mut self,
        scene: &dyn Scene,
        from: ActorId,
        sending: &Sending,
    ) -> Result<(), Violation> {
        self.each(scene, |invariant, view| invariant.sent(view, from, sending))?;
        self.known.sent(from, sending);
        Ok(())
    }

    pub(crate) fn after_event(&mut self, scene: &dyn Scene) -> Result<(), Violation> {
        self.each(scene, |invariant, view| invariant.after_event(view))
    }

    pub(crate) fn at_end(&mut self, scene: &dyn Scene) -> Result<(), Violation> {
        self.each(scene, |invariant, view| invariant.at_end(view))
    }

    fn each(
        &mut self,
        scene: &dyn Scene,
        mut check: impl FnMut(&mut dyn Invariant, &View<'_>) -> Check,
    ) -> Result<(), Violation> {
        let view = View { scene, known: &self.known };
        for invariant in &mut self.all {
            check(&mut **invariant, &view).map_err(|what| Violation { invariant: invariant.name(), what })?;
        }
        Ok(())
    }
}
