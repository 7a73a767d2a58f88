//! What the DAGScheduler accepts (`spark-messages` section 1). Never answered: a job's outcome goes to its
//! waiter.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{HasIds, Ids, Properties, StageTask, TaskEndReason, TaskInfo, TaskMetrics, TaskOutput, messages};
use crate::{
    ExecutorId, JobId, RddId, ShuffleId, StageId,
    lineage::{BinaryError, Lineage, StageBinary},
};

messages! {
    /// What the DAGScheduler accepts.
    DagSchedulerMessage {
        /// Run a job.
        JobSubmitted(boxed),
        /// Cancel a job.
        JobCancelled,
        /// Cancel all jobs.
        AllJobsCancelled,
        /// A task was launched.
        BeginEvent,
        /// A task ended.
        CompletionEvent(boxed),
        /// A task set gave up.
        TaskSetFailed(boxed),
        /// A new executor offered its cores.
        ExecutorAdded,
        /// An executor is gone.
        ExecutorLost,
        /// Time to submit the failed stages again.
        ResubmitFailedStages,
        /// No RDD needs a shuffle any more.
        RemoveShuffle,
        /// The context stops.
        StopDagScheduler,
    }
}

/// Run a job: an action on `final_rdd`. Plain data, so that it can be recorded and replayed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobSubmitted {
    /// The job's id, given by the context.
    pub job_id: JobId,
    /// The RDD that the action is on.
    pub final_rdd: RddId,
    /// All RDDs and shuffles that it is made from.
    pub lineage: Arc<Lineage>,
    /// The partitions to compute; results come in this order's positions.
    pub partitions: Vec<u32>,
    /// The result stage's code and data, or why there is none.
    pub binary: Result<StageBinary, BinaryError>,
    /// Where the user's program called the action, such as `count at src/main.rs:14:9`.
    pub call_site: Arc<str>,
    /// The job's properties.
    pub properties: Properties,
}

/// Cancel a job. One that has ended is left alone, so a second cancel does no harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobCancelled {
    /// Which.
    pub job_id: JobId,
    /// Why, for the error that the waiter gets.
    pub reason: Option<String>,
}

/// Cancel all jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllJobsCancelled {}

/// A task was launched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BeginEvent {
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// The attempt.
    pub task_info: TaskInfo,
}

/// A task ended, well or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompletionEvent {
    /// What it shared with the other tasks of its stage attempt.
    pub stage: Arc<StageTask>,
    /// Where its result goes.
    pub output_id: u32,
    /// How it ended.
    pub reason: TaskEndReason,
    /// Its output if it succeeded.
    pub output: Option<TaskOutput>,
    /// What it measured.
    pub metrics: TaskMetrics,
    /// The attempt.
    pub task_info: TaskInfo,
}

/// A task set gave up: its stage, and every job that needs it, fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskSetFailed {
    /// The stage.
    pub stage_id: StageId,
    /// The attempt of the stage.
    pub stage_attempt_id: u32,
    /// Why, as a text for people.
    pub reason: String,
    /// The last failure of a task, if one is the cause.
    pub cause: Option<TaskEndReason>,
}

/// A new executor offered its cores for the first time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorAdded {
    /// Which.
    pub executor_id: ExecutorId,
}

/// An executor is gone, and with it the map outputs that it held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorLost {
    /// Which.
    pub executor_id: ExecutorId,
    /// Why.
    pub reason: super::ExecutorLossReason,
}

/// Time to submit the failed stages again: a timer of the DAGScheduler's own, 200 ms after the first fetch
/// failure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResubmitFailedStages {}

/// No RDD needs a shuffle any more: its outputs are forgotten once no running job needs them (Spark's
/// ContextCleaner).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveShuffle {
    /// Which.
    pub shuffle_id: ShuffleId,
}

/// The context stops: every active job fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopDagScheduler {}

impl HasIds for JobSubmitted {
    fn ids(&self) -> Ids {
        Ids { job: Some(self.job_id), count: Some(self.partitions.len() as u32), ..Ids::default() }
    }
}

impl HasIds for JobCancelled {
    fn ids(&self) -> Ids {
        Ids { job: Some(self.job_id), ..Ids::default() }
    }
}

impl HasIds for BeginEvent {
    fn ids(&self) -> Ids {
        Ids {
            stage: Some(self.stage_id),
            stage_attempt: Some(self.stage_attempt_id),
            partition: Some(self.task_info.partition_id),
            task: Some(self.task_info.task_id),
            executor: Some(self.task_info.executor_id),
            ..Ids::default()
        }
    }
}

impl HasIds for CompletionEvent {
    fn ids(&self) -> Ids {
        Ids {
            job: Some(self.stage.job_id),
            stage: Some(self.stage.stage_id),
            stage_attempt: Some(self.stage.stage_attempt_id),
            partition: Some(self.task_info.partition_id),
            task: Some(self.task_info.task_id),
            executor: Some(self.task_info.executor_id),
            note: Some(self.reason.name()),
            ..Ids::default()
        }
    }
}

impl HasIds for TaskSetFailed {
    fn ids(&self) -> Ids {
        Ids { stage: Some(self.stage_id), stage_attempt: Some(self.stage_attempt_id), ..Ids::default() }
    }
}

impl HasIds for ExecutorAdded {
    fn ids(&self) -> Ids {
        Ids { executor: Some(self.executor_id), ..Ids::default() }
    }
}

impl HasIds for ExecutorLost {
    fn ids(&self) -> Ids {
        Ids { executor: Some(self.executor_id), ..Ids::default() }
    }
}

impl HasIds for RemoveShuffle {
    fn ids(&self) -> Ids {
        Ids { shuffle: Some(self.shuffle_id), ..Ids::default() }
    }
}

super::describe::no_ids!(AllJobsCancelled, ResubmitFailedStages, StopDagScheduler);
