//! Listener events (`spark-messages` section 10), in Spark's guaranteed order: StageSubmitted before its
//! StageCompleted, a TaskEnd before the completion that it triggers, every TaskStart with a TaskEnd.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    AttemptCause, ExecutorLossReason, HasIds, Ids, Properties, TaskEndReason, TaskInfo, TaskMetrics, messages,
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
        StageSubmitted(boxed),
        /// A stage attempt ended.
        StageCompleted(boxed),
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
    pub metrics: Box<TaskMetrics>,
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

fn task_ids(stage_id: StageId, attempt: u32, info: &TaskInfo) -> Ids {
    Ids {
        stage: Some(stage_id),
        stage_attempt: Some(attempt),
        partition: Some(info.partition_id),
        task: Some(info.task_id),
        executor: Some(info.executor_id),
        ..Ids::default()
    }
}

impl HasIds for JobStart {
    fn ids(&self) -> Ids {
        Ids { job: Some(self.job_id), ..Ids::default() }
    }
}

impl HasIds for JobEnd {
    fn ids(&self) -> Ids {
        let note = if self.error.is_some() { "JobFailed" } else { "JobSucceeded" };
        Ids { job: Some(self.job_id), note: Some(note), ..Ids::default() }
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

impl HasIds for TaskStart {
    fn ids(&self) -> Ids {
        task_ids(self.stage_id, self.stage_attempt_id, &self.task_info)
    }
}

impl HasIds for TaskEnd {
    fn ids(&self) -> Ids {
        let note = Some(self.reason.name());
        Ids { note, ..task_ids(self.stage_id, self.stage_attempt_id, &self.task_info) }
    }
}

impl HasIds for TaskGettingResult {
    fn ids(&self) -> Ids {
        task_ids(self.stage_id, self.stage_attempt_id, &self.task_info)
    }
}

impl HasIds for SpeculativeTask {
    fn ids(&self) -> Ids {
        Ids {
            stage: Some(self.stage_id),
            stage_attempt: Some(self.stage_attempt_id),
            partition: Some(self.partition_id),
            ..Ids::default()
        }
    }
}

macro_rules! executor_ids {
    ($($name:ident),*) => {$(
        impl HasIds for $name {
            fn ids(&self) -> Ids {
                Ids { executor: Some(self.executor_id), ..Ids::default() }
            }
        }
    )*};
}

macro_rules! stage_attempt_ids {
    ($($name:ident),*) => {$(
        impl HasIds for $name {
            fn ids(&self) -> Ids {
                Ids { stage: Some(self.stage_id), stage_attempt: Some(self.stage_attempt_id), ..Ids::default() }
            }
        }
    )*};
}

executor_ids!(
    SparkListenerExecutorAdded,
    SparkListenerExecutorRemoved,
    ExecutorExcluded,
    ExecutorExcludedForStage,
    ExecutorUnexcluded,
    ExecutorMetricsUpdate
);
stage_attempt_ids!(NodeExcludedForStage, UnschedulableAdded, UnschedulableRemoved);
super::describe::no_ids!(NodeExcluded, NodeUnexcluded);
