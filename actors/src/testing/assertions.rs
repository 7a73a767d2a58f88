//! What must be in a trace, and what must not.

use super::{
    failure::{around, fail, first, lines, nearest},
    pattern::Pattern,
};
use crate::trace::{Messages, Record};

/// Assertions on a whole trace. Messages are named by a [`Pattern`].
///
/// ```
/// use firesteel_actors::testing::{Probe, TraceAssertions};
/// # use std::sync::Arc;
/// # use firesteel_actors::{Config, ExecutorId, message::{JobWaiterMessage, TaskDescription, TaskStatus}};
/// # use firesteel_actors::carrier::{Application, ExecutorSpec, TaskControl, sim_loop::SimSystem};
/// # struct Nothing;
/// # impl Application for Nothing {
/// #     fn run_task(&self, _: &TaskDescription, _: &Arc<TaskControl>) -> TaskStatus { TaskStatus::Running }
/// #     fn job_waiter(&self, _: JobWaiterMessage) {}
/// #     fn system_ended(&self, _: &str) {}
/// # }
/// # let executors = vec![ExecutorSpec::new(ExecutorId(1), "localhost", 2)];
/// # let mut system = SimSystem::new(Arc::new(Nothing), Config::default(), executors, 1)?;
/// let probe = Probe::of(system.handle());
/// system.run_until_idle();
/// let trace = probe.messages();
/// trace.exactly_once("kind = RegisterExecutor and executor = 1");
/// trace.happens_before("RegisterExecutor", "LaunchedExecutor");
/// trace.never("failures");
/// assert_eq!(trace.count("from = Executor-1 and not heartbeats"), 2);
/// # Ok::<(), firesteel_actors::SystemError>(())
/// ```
///
/// All but `count` panic if the trace is not as they say.
pub trait TraceAssertions {
    /// How many messages fit.
    #[track_caller]
    fn count(&self, which: impl Pattern) -> usize;

    /// At least one message fits; gives the first.
    #[track_caller]
    fn eventually(&self, which: impl Pattern) -> &Record;

    /// No message fits.
    #[track_caller]
    fn never(&self, which: impl Pattern);

    /// One message fits, and no other; gives it.
    #[track_caller]
    fn exactly_once(&self, which: impl Pattern) -> &Record;

    /// Messages that fit `then` are there, and before the first of them one that fits `first` was handled.
    #[track_caller]
    fn happens_before(&self, first: impl Pattern, then: impl Pattern);
}

impl TraceAssertions for Messages {
    fn count(&self, which: impl Pattern) -> usize {
        which.matcher(self).select(self).len()
    }

    fn eventually(&self, which: impl Pattern) -> &Record {
        let mut which = which.matcher(self);
        match which.select(self).first() {
            Some(record) => record,
            None => fail(&none_of(self, which.name())),
        }
    }

    fn never(&self, which: impl Pattern) {
        let mut which = which.matcher(self);
        let found = which.select(self);
        if let Some(record) = found.first() {
            let (name, number) = (which.name(), found.len());
            fail(&format!(
                "expected no message that fits {name}, found {number}; the first:\n{}",
                around(self, record)
            ));
        }
    }

    fn exactly_once(&self, which: impl Pattern) -> &Record {
        let mut which = which.matcher(self);
        match which.select(self)[..] {
            [record] => record,
            [] => fail(&none_of(self, which.name())),
            ref found => {
                let (name, number) = (which.name(), found.len());
                fail(&format!(
                    "expected exactly one message that fits {name}, found {number}:\n{}",
                    first(found)
                ))
            }
        }
    }

    fn happens_before(&self, first: impl Pattern, then: impl Pattern) {
        let (mut first, mut then) = (first.matcher(self), then.matcher(self));
        let place = |found: Option<&&Record>| {
            found.and_then(|found| self.iter().position(|other| other.head.id == found.head.id))
        };
        let (firsts, thens) = (first.select(self), then.select(self));
        let Some(later) = thens.first() else { fail(&none_of(self, then.name())) };
        if place(firsts.first()).is_some_and(|first| Some(first) < place(Some(later))) {
            return;
        }
        let instead = match firsts.first() {
            Some(late) => format!("the first that fits {} came after it:\n{}", first.name(), lines([*late])),
            None => format!("none fits {}; {}", first.name(), nearest(first.name(), self)),
        };
        fail(&format!(
            "expected one that fits {} before any that fits {}, but there was\n{}and {instead}",
            first.name(),
            then.name(),
            lines([*later])
        ));
    }
}

fn none_of(messages: &Messages, name: &str) -> String {
    let number = messages.len();
    format!("expected a message that fits {name}, none of {number} does; {}", nearest(name, messages))
}
