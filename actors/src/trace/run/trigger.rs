//! What a task attempt waited for between the moment at which it could have been launched and the offer that it got.

use std::fmt;

use super::{Attempt, Moment, Run};
use crate::{
    ExecutorId, TaskId,
    trace::{Messages, Record},
};

/// What made the offer come that an attempt was launched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// Nothing: it was launched as soon as it could be.
    Nothing,
    /// A core: an attempt that had one ended.
    FreeCore {
        /// That attempt.
        task: TaskId,
    },
    /// A place near its data: the time for it was over.
    Locality,
    /// An executor that came.
    Executor {
        /// Which, if known.
        executor: Option<ExecutorId>,
    },
    /// The end of an exclusion.
    Exclusion,
    /// The next round of offers, for whatever reason it came.
    Offers,
}

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Waited::Nothing => f.write_str("on its way through the scheduler"),
            Waited::FreeCore { task } => write!(f, "waited for a free core, until task {task} ended"),
            Waited::Locality => f.write_str("waited for a place near its data"),
            Waited::Executor { executor: Some(executor) } => {
                write!(f, "waited for executor {executor} to come")
            }
            Waited::Executor { executor: None } => f.write_str("waited for an executor to come"),
            Waited::Exclusion => f.write_str("waited for the end of an exclusion"),
            Waited::Offers => f.write_str("waited for the next offers"),
        }
    }
}

impl Run {
    /// What an attempt waited for; `None` if the trace does not have its launch.
    pub fn waited_for(&self, messages: &Messages, attempt: &Attempt) -> Option<Waited> {
        let (ready, chosen) = (attempt.ready?, attempt.chosen?);
        if chosen.time <= ready.time {
            return Some(Waited::Nothing);
        }
        Some(self.trigger(messages, messages.get(chosen.message)?, attempt, ready))
    }

    /// What made the launch of an attempt happen, as far back as the moment at which it was ready.
    fn trigger(&self, messages: &Messages, launch: &Record, attempt: &Attempt, ready: Moment) -> Waited {
        let mut at = launch;
        // A damaged trace could have a circle of causes.
        for _ in 0..messages.len() {
            let Some(cause) = messages.cause(at) else { break };
            at = cause;
            let ended = matches!(at.ids.note, Some("FINISHED" | "FAILED" | "KILLED"));
            let ended = at.ids.task.filter(|_| ended && at.kind == "StatusUpdate");
            if at.head.id == ready.message || ended.is_some_and(|ended| self.is_before(ended, attempt)) {
                return Waited::Nothing;
            }
            if at.handled < ready.time {
                // What made the round come happened before, so it is the round that was waited for.
                return Waited::Offers;
            }
            match (at.kind, ended) {
                (_, Some(task)) => return self.core_of(task, attempt),
                ("CheckLocality", _) => return Waited::Locality,
                ("LaunchedExecutor", _) if at.ids.executor == attempt.executor => {
                    return Waited::Executor { executor: at.ids.executor };
                }
                ("ExpireExclusions", _) => return Waited::Exclusion,
                _ => {}
            }
        }
        Waited::Offers
    }

    /// A round came because `task` had ended. The core that `attempt` got may be another that became free meanwhile:
    /// the last one on its executor.
    fn core_of(&self, task: TaskId, attempt: &Attempt) -> Waited {
        let executor = |task: &TaskId| self.attempts.get(task).and_then(|task| task.executor);
        if executor(&task) == attempt.executor {
            return Waited::FreeCore { task };
        }
        let (Some(ready), Some(chosen), Some(executor)) = (attempt.ready, attempt.chosen, attempt.executor)
        else {
            return Waited::Offers;
        };
        let others = self.executors.get(&executor).into_iter().flat_map(|life| &life.attempts);
        let ended = |task: &TaskId| {
            let end = self.attempts.get(task)?.ended?.time;
            (ready.time <= end && end <= chosen.time).then_some((end, *task))
        };
        others.filter_map(ended).max().map_or(Waited::Offers, |(_, task)| Waited::FreeCore { task })
    }

    /// Whether `task` is another attempt of what `attempt` computes: its end made `attempt` ready.
    fn is_before(&self, task: TaskId, attempt: &Attempt) -> bool {
        let same = |other: &Attempt| {
            (other.stage, other.stage_attempt, other.partition)
                == (attempt.stage, attempt.stage_attempt, attempt.partition)
        };
        attempt.partition.is_some() && self.attempts.get(&task).is_some_and(same)
    }
}
