//! Listeners hear of everything once and in order: every start has its end.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Invariant, View};
use crate::{
    ActorId, JobId, StageId, TaskId,
    message::{Message, SparkListenerEvent, TaskEndReason},
};

#[derive(Clone, Debug, Default)]
pub(super) struct ListenerEvents {
    jobs: BTreeMap<JobId, bool>,
    stages: BTreeMap<(StageId, u32), Attempt>,
    /// Attempts that have started and not ended.
    open_tasks: BTreeSet<TaskId>,
}

/// How far an attempt of a stage is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Attempt {
    Submitted,
    /// It failed; as in Spark it may end once more, when its last results come after all (DAG-046).
    Failed,
    Completed,
}

impl ListenerEvents {
    fn heard(&mut self, event: &SparkListenerEvent) -> Check {
        match event {
            SparkListenerEvent::JobStart(start) => match self.jobs.insert(start.job_id, false) {
                None => Ok(()),
                Some(_) => Err(format!("job {} started twice", start.job_id)),
            },
            SparkListenerEvent::JobEnd(end) => match self.jobs.insert(end.job_id, true) {
                Some(false) => Ok(()),
                before => Err(format!("job {} ended; before that: {before:?}", end.job_id)),
            },
            SparkListenerEvent::StageSubmitted(submitted) => {
                let attempt = (submitted.stage.stage_id, submitted.stage.attempt);
                match self.stages.insert(attempt, Attempt::Submitted) {
                    None => Ok(()),
                    Some(_) => Err(format!("stage {}.{} was submitted twice", attempt.0, attempt.1)),
                }
            }
            SparkListenerEvent::StageCompleted(completed) => {
                let attempt = (completed.stage.stage_id, completed.stage.attempt);
                let is_first = self.stages.get(&attempt) == Some(&Attempt::Submitted);
                let failed = is_first && completed.stage.failure_reason.is_some();
                let end = if failed { Attempt::Failed } else { Attempt::Completed };
                match self.stages.insert(attempt, end) {
                    Some(Attempt::Submitted | Attempt::Failed) => Ok(()),
                    before => Err(format!("stage {}.{} completed; before: {before:?}", attempt.0, attempt.1)),
                }
            }
            SparkListenerEvent::TaskStart(start) => match self.open_tasks.insert(start.task_info.task_id) {
                true => Ok(()),
                false => Err(format!("task {} started twice", start.task_info.task_id)),
            },
            // A task that had ended well, and whose output is lost.
            SparkListenerEvent::TaskEnd(end) if end.reason == TaskEndReason::Resubmitted => Ok(()),
            SparkListenerEvent::TaskEnd(end) => match self.open_tasks.remove(&end.task_info.task_id) {
                true => Ok(()),
                false => Err(format!("task {} ended without having started", end.task_info.task_id)),
            },
            _ => Ok(()),
        }
    }
}

impl Invariant for ListenerEvents {
    fn name(&self) -> &'static str {
        "listener events"
    }

    fn message(&mut self, _view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        let Message::ListenerBus(event) = message else { return Ok(()) };
        self.heard(event)
    }

    fn at_end(&mut self, _view: &View<'_>) -> Check {
        if let Some((job, _)) = self.jobs.iter().find(|(_, ended)| !**ended) {
            return Err(format!("job {job} started and never ended"));
        }
        if let Some(((stage, attempt), _)) =
            self.stages.iter().find(|(_, attempt)| **attempt == Attempt::Submitted)
        {
            return Err(format!("stage {stage}.{attempt} was submitted and never completed"));
        }
        match self.open_tasks.first() {
            Some(task) => Err(format!("task {task} started and never ended")),
            None => Ok(()),
        }
    }
}
