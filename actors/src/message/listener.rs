//! Listener events (`spark-messages` section 10), in Spark's guaranteed order: StageSubmitted before its
//! StageCompleted, a TaskEnd before the completion that it triggers, every TaskStart with a TaskEnd.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    AttemptCause, ExecutorLossReason, HasIds, Ids, Properties, TaskEndReason, TaskInfo, TaskMetrics, ids_of,
    messages,
};
use crate::{ExecutorId, JobId, ShuffleId, StageId, TaskId, Time, error::JobError, resources::ProfileId};

messages! {
    /// An event for listeners.
    SparkListenerEvent {
        /// A job started.
        JobStart,
        /// A job ended.
        JobEnd(boxed),
        /// A stage attempt was submitted.
        StageSubmitted,
        /// A stage attempt ended.
        StageCompleted,
        /// A task attempt was launched.
        TaskStart,
        /// A task's result is being fetched.
        TaskGettingResult,
        /// A task is to have a speculative copy.
        SpeculativeTask,
        /// A task attempt ended.
        TaskEnd(boxed),
        /// An executor registered.
        SparkListenerExecutorAdded,
        /// An executor is gone.
        SparkListenerExecutorRemoved,
        /// An executor gets no more tasks of the application.
        ExecutorExcluded,
        /// An executor gets no more tasks of a stage.
        ExecutorExcludedForStage,
        /// An executor gets tasks again.
        ExecutorUnexcluded,
        /// A node gets no more tasks of the application.
        NodeExcluded,
        /// A node gets no more tasks of a stage.
        NodeExcludedForStage,
        /// A node gets tasks again.
        NodeUnexcluded,
        /// No executor may run a task set.
        UnschedulableAdded,
        /// That is no longer so.
        UnschedulableRemoved,
        /// What an executor's running tasks measure.
        ExecutorMetricsUpdate(boxed),
    }
}

/// A stage attempt, as listeners see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageInfo {
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt, from 0.
    pub attempt: u32,
    /// The action or transformation that it ends with, and where it was called.
    pub name: Arc<str>,
    /// Number of its tasks.
    pub num_tasks: u32,
    /// The stages that it needs.
    pub parents: Vec<StageId>,
    /// When it was submitted; `None` for a stage that had nothing to do.
    pub submission_time: Option<Time>,
    /// When it ended.
    pub completion_time: Option<Time>,
    /// Why it failed, if it did.
    pub failure_reason: Option<String>,
    /// Why the attempt was submitted.
    pub cause: AttemptCause,
    /// The profile of its tasks.
    pub profile_id: ProfileId,
    /// The shuffle whose outputs it makes (Spark's `shuffleDepId`); `None` for a result stage.
    pub shuffle_id: Option<ShuffleId>,
}

/// A job started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobStart {
    /// Which.
    pub job_id: JobId,
    /// When.
    pub time: Time,
    /// Its stages; those that will be skipped as well.
    pub stages: Vec<StageInfo>,
    /// Its properties.
    pub properties: Properties,
}

/// A job ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobEnd {
    /// Which.
    pub job_id: JobId,
    /// When.
    pub time: Time,
    /// Why it failed, if it did.
    pub error: Option<JobError>,
}

/// A stage attempt was submitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageSubmitted {
    /// Which.
    pub stage: StageInfo,
    /// Its job's properties.
    pub properties: Properties,
}

/// A stage attempt ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageCompleted {
    /// Which, with times and the reason if it failed.
    pub stage: StageInfo,
}

/// A task attempt was launched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskStart {
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// The attempt.
    pub task_info: TaskInfo,
}

/// A task's result is being fetched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskGettingResult {
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// The attempt.
    pub task_info: TaskInfo,
}

/// A task is to have a speculative copy (Spark's SparkListenerSpeculativeTaskSubmitted).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeculativeTask {
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// The task's index in its set.
    pub index: u32,
    /// The partition.
    pub partition_id: u32,
}

/// A task attempt ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskEnd {
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// How it ended.
    pub reason: TaskEndReason,
    /// The attempt.
    pub task_info: TaskInfo,
    /// What it measured.
    pub metrics: TaskMetrics,
}

/// An executor registered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SparkListenerExecutorAdded {
    /// Which.
    pub executor_id: ExecutorId,
    /// Its host.
    pub hostname: String,
    /// Its cores.
    pub cores: u32,
    /// When.
    pub time: Time,
}

/// An executor is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SparkListenerExecutorRemoved {
    /// Which.
    pub executor_id: ExecutorId,
    /// Why.
    pub reason: ExecutorLossReason,
    /// When.
    pub time: Time,
}

/// An executor gets no more tasks of the application, because tasks failed there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorExcluded {
    /// When.
    pub time: Time,
    /// Which.
    pub executor_id: ExecutorId,
    /// How many tasks failed there.
    pub task_failures: u32,
}

/// An executor gets no more tasks of a stage attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorExcludedForStage {
    /// When.
    pub time: Time,
    /// Which.
    pub executor_id: ExecutorId,
    /// How many of its tasks failed there.
    pub task_failures: u32,
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt.
    pub stage_attempt_id: u32,
}

/// An executor gets tasks again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorUnexcluded {
    /// When.
    pub time: Time,
    /// Which.
    pub executor_id: ExecutorId,
}

/// A node gets no more tasks of the application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeExcluded {
    /// When.
    pub time: Time,
    /// Which.
    pub host: Arc<str>,
    /// How many of its executors are excluded.
    pub executor_failures: u32,
}

/// A node gets no more tasks of a stage attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeExcludedForStage {
    /// When.
    pub time: Time,
    /// Which.
    pub host: Arc<str>,
    /// How many of its executors are excluded.
    pub executor_failures: u32,
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt.
    pub stage_attempt_id: u32,
}

/// A node gets tasks again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeUnexcluded {
    /// When.
    pub time: Time,
    /// Which.
    pub host: Arc<str>,
}

/// No executor may run a task set (Spark's SparkListenerUnschedulableTaskSetAdded).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnschedulableAdded {
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt.
    pub stage_attempt_id: u32,
}

/// A task set that no executor was allowed to run has been launched from again, or has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnschedulableRemoved {
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt.
    pub stage_attempt_id: u32,
}

/// What an executor's running tasks have measured so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorMetricsUpdate {
    /// Which executor.
    pub executor_id: ExecutorId,
    /// By attempt, with its stage and the stage's attempt.
    pub task_metrics: Vec<(TaskId, StageId, u32, TaskMetrics)>,
}

fn stage_ids(stage: &StageInfo) -> Ids {
    Ids {
        stage: Some(stage.stage_id),
        stage_attempt: Some(stage.attempt),
        count: Some(stage.num_tasks),
        note: stage.failure_reason.as_ref().map(|_| "failed"),
        ..Ids::default()
    }
}

impl HasIds for StageSubmitted {
    fn ids(&self) -> Ids {
        stage_ids(&self.stage)
    }
}

impl HasIds for StageCompleted {
    fn ids(&self) -> Ids {
        stage_ids(&self.stage)
    }
}

ids_of! {
    JobStart: job = job_id;
    JobEnd: job = job_id, note = error.is_some() ? "JobFailed" : "JobSucceeded";
    TaskStart: stage = stage_id, stage_attempt = stage_attempt_id,
        partition = task_info.partition_id, task = task_info.task_id, executor = task_info.executor_id;
    TaskGettingResult: stage = stage_id, stage_attempt = stage_attempt_id,
        partition = task_info.partition_id, task = task_info.task_id, executor = task_info.executor_id;
    SpeculativeTask: stage = stage_id, stage_attempt = stage_attempt_id, partition = partition_id;
    TaskEnd: stage = stage_id, stage_attempt = stage_attempt_id,
        partition = task_info.partition_id, task = task_info.task_id, executor = task_info.executor_id,
        note = reason.name();
    UnschedulableAdded: stage = stage_id, stage_attempt = stage_attempt_id;
    UnschedulableRemoved: stage = stage_id, stage_attempt = stage_attempt_id;
    SparkListenerExecutorAdded: executor = executor_id;
    SparkListenerExecutorRemoved: executor = executor_id;
    ExecutorMetricsUpdate: executor = executor_id;
    ExecutorExcluded: executor = executor_id;
    ExecutorExcludedForStage: executor = executor_id;
    ExecutorUnexcluded: executor = executor_id;
    NodeExcluded;
    NodeExcludedForStage: stage = stage_id, stage_attempt = stage_attempt_id;
    NodeUnexcluded;
}
