//! The simulator's invariants over a trace, or over a system while it runs.
//!
//! A replay makes the cores of each moment again and says what they send; the invariants look at those, and at what the
//! messages say of jobs and tasks. A trace whose replay differs can be checked up to there. What only holds at the end
//! (every start has its end, empty tables) is checked if all jobs have ended and nothing is under way.

mod facts;
mod monitor;
mod scene;
#[cfg(test)]
mod tests;

pub use monitor::Monitor;

use std::fmt;

use serde::Serialize;

use super::{
    Record, Replay, ReplayError, Report, Setup, TraceError,
    replay::{Moment, Watch},
};
use crate::{
    ActorId, Time,
    core::Sending,
    message::{Message, MessageId},
    sim::{
        self,
        invariants::{Checks, Scene},
    },
};
use facts::Facts;
use scene::TraceScene;

/// The most violations that are kept.
const MOST_VIOLATIONS: usize = 100;

/// An invariant that does not hold in a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which.
    pub invariant: &'static str,
    /// What is wrong.
    pub what: String,
    /// The place of the message while which was handled it was seen; `None`: at the end.
    pub number: Option<u64>,
    /// That message.
    #[serde(skip)]
    pub id: Option<MessageId>,
    /// When.
    pub time: Time,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation { invariant, what, number, id, time } = self;
        match (number, id) {
            (Some(number), Some(id)) => write!(f, "{time} message {number}, {id}: {invariant}: {what}"),
            _ => write!(f, "{time} at the end: {invariant}: {what}"),
        }
    }
}

/// What a check has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// What does not hold, at most a hundred.
    pub violations: Vec<Violation>,
    /// How many more there were.
    pub more_violations: u64,
    /// What the replay says.
    pub report: Report,
    /// Jobs that have not ended where the trace ends.
    pub open_jobs: usize,
    /// Whether what holds at the end was looked at too.
    pub to_the_end: bool,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for violation in &self.violations {
            writeln!(f, "{violation}")?;
        }
        let (invariants, messages) = (Checks::of_trace().len(), self.report.messages);
        match self.violations.len() {
            0 => write!(f, "{messages} messages, {invariants} invariants: all hold")?,
            some => write!(f, "{messages} messages, {invariants} invariants: {some} violations")?,
        }
        if self.more_violations > 0 {
            write!(f, ", and {} more", self.more_violations)?;
        }
        if !self.to_the_end {
            let open = self.open_jobs;
            write!(
                f,
                "; the check ends midway ({open} jobs open), so what holds at the end was not looked at"
            )?;
        }
        Ok(())
    }
}

/// Checks a whole trace.
///
/// ```
/// use firesteel_actors::{sim::Profile, trace::check};
/// let run = Profile::named("calm").ok_or("no such profile")?.export(7);
/// let checked = check(run.setup, run.messages.iter().cloned().map(Ok))?;
/// assert!(checked.violations.is_empty() && checked.to_the_end);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Why the trace cannot be replayed.
pub fn check(
    setup: Setup,
    records: impl IntoIterator<Item = Result<Record, TraceError>>,
) -> Result<Checked, ReplayError> {
    let mut check = Check::new(setup);
    for record in records {
        check.take(record?)?;
    }
    check.finish()
}

/// A check under way: takes one message of the trace after the other.
#[derive(Debug)]
pub struct Check {
    replay: Replay,
    watcher: Watcher,
}

/// Shows each moment to the invariants.
#[derive(Debug)]
struct Watcher {
    checks: Checks,
    facts: Facts,
    violations: Vec<Violation>,
    /// How many more there were than are kept.
    unkept: u64,
    /// The message that is being handled.
    present: Option<(u64, MessageId)>,
}

impl Check {
    /// A check of a system that starts.
    pub fn new(setup: Setup) -> Self {
        let checks = Checks::of_trace();
        let watcher =
            Watcher { checks, facts: Facts::default(), violations: Vec::new(), unkept: 0, present: None };
        Check { replay: Replay::new(setup), watcher }
    }

    /// Takes the next message of the trace; what is found with it. After an error the check is of no use any more.
    ///
    /// # Errors
    /// Why the trace cannot be replayed.
    pub fn take(&mut self, record: Record) -> Result<&[Violation], ReplayError> {
        let before = self.watcher.violations.len();
        self.watcher.present = Some((record.number, record.head.id));
        self.replay.take_watched(record, &mut self.watcher)?;
        Ok(self.watcher.violations.get(before..).unwrap_or_default())
    }

    /// What was found so far, at most a hundred.
    pub fn violations(&self) -> &[Violation] {
        &self.watcher.violations
    }

    /// How many more there were so far.
    pub fn more_violations(&self) -> u64 {
        self.watcher.unkept
    }

    /// What was found up to here: what can be judged of a trace that cannot be replayed any further.
    pub fn up_to_here(self) -> Checked {
        let open_jobs = self.watcher.facts.open_jobs().count();
        let report = *self.replay.report();
        let Watcher { violations, unkept: more_violations, .. } = self.watcher;
        Checked { violations, more_violations, report, open_jobs, to_the_end: false }
    }

    /// The trace ends here.
    ///
    /// # Errors
    /// Why the trace cannot be replayed.
    pub fn finish(mut self) -> Result<Checked, ReplayError> {
        let moment = self.replay.last_moment();
        let watcher = &mut self.watcher;
        watcher.present = None;
        let scene = TraceScene { moment, facts: &watcher.facts };
        let open_jobs = scene.open_jobs().len();
        let may_be_over = open_jobs == 0 && !watcher.facts.was_stopped && self.replay.is_quiet();
        if may_be_over {
            let result = watcher.checks.at_end(&scene);
            watcher.note(moment.now, result);
        }
        let report = self.replay.finish()?;
        let Watcher { violations, unkept: more_violations, .. } = self.watcher;
        Ok(Checked { violations, more_violations, report, open_jobs, to_the_end: may_be_over })
    }
}

impl Watcher {
    fn note(&mut self, time: Time, result: Result<(), sim::invariants::Violation>) {
        let Err(sim::invariants::Violation { invariant, what }) = result else { return };
        if self.violations.len() < MOST_VIOLATIONS {
            let (number, id) = self.present.unzip();
            self.violations.push(Violation { invariant, what, number, id, time });
        } else {
            self.unkept += 1;
        }
    }
}

impl Watch for Watcher {
    fn arrives(&mut self, moment: Moment<'_>, to: ActorId, message: &Message) {
        let result = self.checks.message(&TraceScene { moment, facts: &self.facts }, to, message);
        self.note(moment.now, result);
        self.facts.message(moment.cores, to, message);
    }

    fn sent(&mut self, moment: Moment<'_>, from: ActorId, sending: &Sending) {
        let result = self.checks.sent(&TraceScene { moment, facts: &self.facts }, from, sending);
        self.note(moment.now, result);
    }

    fn handled(&mut self, moment: Moment<'_>) {
        let result = self.checks.after_event(&TraceScene { moment, facts: &self.facts });
        self.note(moment.now, result);
    }
}
