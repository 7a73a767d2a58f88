//! The life of one attempt of a task.

use std::time::Duration;

use super::Moment;
use crate::{ExecutorId, JobId, StageId, TaskId, Time};

/// One attempt of a task with the moments of its life; a moment that the trace does not have is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub task: TaskId,
    /// The job for which its stage attempt was submitted.
    pub job: Option<JobId>,
    /// Its stage.
    pub stage: StageId,
    /// Its stage's attempt.
    pub stage_attempt: u32,
    /// What it computes.
    pub partition: Option<u32>,
    /// Where it was launched.
    pub executor: Option<ExecutorId>,
    /// How many attempts of its partition were launched before it in its stage attempt.
    pub number: u32,
    /// Whether it is a copy of one that was under way.
    pub speculative: bool,
    /// Since when it could have been launched: its set was there, or the attempt before it had failed, or its copy was
    /// wanted.
    pub ready: Option<Moment>,
    /// The TaskScheduler gave it an offered core.
    pub chosen: Option<Moment>,
    /// Its executor's ExecutorBackend had it.
    pub received: Option<Moment>,
    /// It stood in the queue of its executor's task threads.
    pub queued: Option<Moment>,
    /// A thread took it.
    pub began: Option<Moment>,
    /// Its thread was done with it.
    pub ended: Option<Moment>,
    /// `FINISHED`, `FAILED` or `KILLED`, as its thread told.
    pub state: Option<&'static str>,
    /// The TaskScheduler knew of its end.
    pub reported: Option<Moment>,
    /// Its result was handed to the result getter.
    pub fetching: Option<Moment>,
    /// The TaskScheduler had the decoded result, or knew that there is none.
    pub fetched: Option<Moment>,
    /// The DAGScheduler knew of its end.
    pub completed: Option<Moment>,
    /// How it ended for the DAGScheduler, such as `Success` or `FetchFailed`.
    pub outcome: Option<&'static str>,
    /// Why it failed, if it did and the trace has payloads.
    pub failure: Option<String>,
    /// Its output was lost after it had succeeded.
    pub output_lost: Option<Moment>,
    /// Kills that were asked for.
    pub kills: Vec<Kill>,
}

/// A kill that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// When.
    pub at: Moment,
    /// Why, if the trace has payloads.
    pub reason: Option<String>,
}

impl Attempt {
    pub(super) fn new(task: TaskId, stage: StageId, stage_attempt: u32) -> Self {
        Attempt {
            task,
            job: None,
            stage,
            stage_attempt,
            partition: None,
            executor: None,
            number: 0,
            speculative: false,
            ready: None,
            chosen: None,
            received: None,
            queued: None,
            began: None,
            ended: None,
            state: None,
            reported: None,
            fetching: None,
            fetched: None,
            completed: None,
            outcome: None,
            failure: None,
            output_lost: None,
            kills: Vec::new(),
        }
    }

    /// How long its thread ran it.
    pub fn ran(&self) -> Option<Duration> {
        Some(self.ended?.time.since(self.began?.time))
    }

    /// How long it waited until it got a core.
    pub fn waited(&self) -> Option<Duration> {
        Some(self.chosen?.time.since(self.ready?.time))
    }

    /// Whether it had a core at this moment, as far as the scheduler knew.
    pub fn is_under_way(&self, at: Time) -> bool {
        let end = self.reported.or(self.completed);
        self.chosen.is_some_and(|chosen| chosen.time <= at) && end.is_none_or(|end| end.time > at)
    }

    /// Whether it ended other than well.
    pub fn failed(&self) -> bool {
        self.outcome.is_some_and(|outcome| outcome != "Success")
    }

    /// Such as `task 17 (partition 3 of stage 1.0)`.
    pub fn name(&self) -> String {
        match self.partition {
            Some(partition) => {
                format!(
                    "task {} (partition {partition} of stage {}.{})",
                    self.task, self.stage, self.stage_attempt
                )
            }
            None => format!("task {} (of stage {}.{})", self.task, self.stage, self.stage_attempt),
        }
    }

    /// How it ended and why, such as `ExceptionFailure: panic: index out of bounds`.
    pub fn end(&self) -> Option<String> {
        let outcome = self.outcome.or(self.state)?;
        Some(match &self.failure {
            Some(failure) => format!("{outcome}: {failure}"),
            None => outcome.to_owned(),
        })
    }
}
