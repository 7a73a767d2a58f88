//! Events of task attempts.

use serde::{Deserialize, Serialize};

use crate::{
    StageId,
    message::{TaskEndReason, TaskInfo, TaskMetrics, ids_of},
};

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

ids_of! {
    TaskStart: stage = stage_id, stage_attempt = stage_attempt_id,
        partition = task_info.partition_id, task = task_info.task_id, executor = task_info.executor_id;
    TaskGettingResult: stage = stage_id, stage_attempt = stage_attempt_id,
        partition = task_info.partition_id, task = task_info.task_id, executor = task_info.executor_id;
    SpeculativeTask: stage = stage_id, stage_attempt = stage_attempt_id, partition = partition_id;
    TaskEnd: stage = stage_id, stage_attempt = stage_attempt_id,
        partition = task_info.partition_id, task = task_info.task_id, executor = task_info.executor_id,
        note = reason.name();
}
