//! Checks a system while it runs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Check, Setup, Violation};
use crate::{
    carrier::{Observed, Observer},
    trace::{Record, ReplayError},
};

/// An observer that replays what it sees and checks the invariants; what does not hold is logged as an error, and kept,
/// a hundred times; then the log has once that more follow, which are counted.
/// It has to see every message from the first one on.
///
/// It costs about as much as the system's own actors, on the threads that handle messages. What it knows of jobs and
/// tasks grows with their number: it is for tests and for trouble, not for a system that runs for months.
#[derive(Debug)]
pub struct Monitor {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    check: Check,
    messages: u64,
    /// Why it no longer checks.
    ended: Option<ReplayError>,
}

impl Monitor {
    /// A monitor of a system that was built with this.
    pub fn new(setup: Setup) -> Self {
        Monitor { state: Mutex::new(State { check: Check::new(setup), messages: 0, ended: None }) }
    }

    /// What was found so far, at most a hundred.
    pub fn violations(&self) -> Vec<Violation> {
        self.lock().check.violations().to_vec()
    }

    /// How many more there were.
    pub fn more_violations(&self) -> u64 {
        self.lock().check.more_violations()
    }

    /// Why it could not check to the end, if so: an actor did something else than it does when it is replayed.
    pub fn trouble(&self) -> Option<String> {
        self.lock().ended.as_ref().map(ToString::to_string)
    }

    /// How many messages were checked.
    pub fn messages(&self) -> u64 {
        self.lock().messages
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Monitor {
    fn message(&self, observed: Observed<'_>) {
        let mut state = self.lock();
        if state.ended.is_some() {
            return;
        }
        let record = Record::of(state.messages, &observed);
        let said_before = state.check.more_violations();
        match state.check.take(record) {
            Ok(violations) => {
                for violation in violations {
                    tracing::error!("an invariant does not hold: {violation}");
                }
                if said_before == 0 && state.check.more_violations() > 0 {
                    tracing::error!(
                        "more invariants do not hold: from here on they are counted, and not told"
                    );
                }
                state.messages += 1;
            }
            Err(error) => {
                tracing::error!("the monitor ends: {error}");
                state.ended = Some(error);
            }
        }
    }
}
