//! What the messages of a trace say about a run: its jobs, its stage attempts, its task attempts and its executors,
//! each with the moments of its life.
//!
//! Stories, critical paths and comparisons are made from it. It works from heads alone; where a trace has payloads,
//! reasons and texts come from them.

mod attempt;
mod lives;
mod reader;
mod reasons;
mod trigger;

use std::{collections::BTreeMap, time::Duration};

pub use attempt::{Attempt, Kill};
pub use lives::{ExecutorEvent, ExecutorLife, JobLife, StageLife};
pub use trigger::Waited;

use super::{Messages, Record};
use crate::{ExecutorId, JobId, StageId, TaskId, Time, message::MessageId};

/// A moment in a run, and the message that tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub time: Time,
    /// The message.
    pub message: MessageId,
}

impl Moment {
    /// The moment at which the message was sent.
    pub(super) fn sent(record: &Record) -> Self {
        Moment { time: record.head.sent, message: record.head.id }
    }

    /// The moment at which the message was handled.
    pub(super) fn handled(record: &Record) -> Self {
        Moment { time: record.handled, message: record.head.id }
    }
}

/// Message names as people write them.
pub(super) fn as_text<S: serde::Serializer>(id: &MessageId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

/// As [`as_text`], for one that may be missing.
pub(super) fn as_text_if_any<S: serde::Serializer>(
    id: &Option<MessageId>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => serializer.serialize_some(&id.to_string()),
        None => serializer.serialize_none(),
    }
}

/// The jobs, stage attempts, task attempts and executors of a run.
///
/// ```
/// use firesteel_actors::trace::{Messages, Run};
/// let run = Run::of(&Messages::default());
/// assert!(run.jobs.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// By job.
    pub jobs: BTreeMap<JobId, JobLife>,
    /// By stage and attempt.
    pub stages: BTreeMap<(StageId, u32), StageLife>,
    /// By task attempt.
    pub attempts: BTreeMap<TaskId, Attempt>,
    /// By executor.
    pub executors: BTreeMap<ExecutorId, ExecutorLife>,
    /// When the last message was handled.
    pub end: Time,
}

impl Run {
    /// Reads what the messages say. Costs one pass over them.
    pub fn of(messages: &Messages) -> Self {
        reader::read(messages)
    }

    /// The attempts of a stage, in order.
    pub fn stage(&self, stage: StageId) -> impl Iterator<Item = (u32, &StageLife)> {
        self.stages.range((stage, 0)..=(stage, u32::MAX)).map(|((_, attempt), life)| (*attempt, life))
    }

    /// The task attempts of a stage attempt, in the order in which they were launched.
    pub fn tasks(&self, stage: StageId, attempt: u32) -> impl Iterator<Item = &Attempt> {
        let life = self.stages.get(&(stage, attempt));
        life.into_iter().flat_map(|life| &life.attempts).filter_map(|task| self.attempts.get(task))
    }

    /// The stage attempts that were submitted for a job, in order.
    pub fn stages_of(&self, job: JobId) -> impl Iterator<Item = (StageId, u32, &StageLife)> {
        let of_job = move |life: &&StageLife| life.job == Some(job);
        self.stages
            .iter()
            .filter(move |(_, life)| of_job(life))
            .map(|((stage, attempt), life)| (*stage, *attempt, life))
    }

    /// The median of the run times of a stage attempt's tasks that ran to their end.
    pub fn median_run(&self, stage: StageId, attempt: u32) -> Option<Duration> {
        median(self.tasks(stage, attempt).filter_map(Attempt::ran).collect())
    }
}

/// The median of durations.
pub(super) fn median(mut durations: Vec<Duration>) -> Option<Duration> {
    durations.sort_unstable();
    let sorted = durations;
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    Some((*lower + *upper) / 2)
}
