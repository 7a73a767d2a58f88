//! Tasks and task sets, as the TaskScheduler reports them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    StageId,
    message::{AccumUpdate, StageTask, TaskEndReason, TaskInfo, TaskMetrics, TaskOutput, ids_of},
};

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

/// A task's result is being fetched: it was too large to be sent with its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GettingResultEvent {
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// The attempt.
    pub task_info: TaskInfo,
}

/// A task is to have a speculative copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeculativeTaskSubmitted {
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// The task's index in its set.
    pub index: u32,
    /// The partition.
    pub partition_id: u32,
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
    pub metrics: Box<TaskMetrics>,
    /// What it added to accumulators if it succeeded; else that is in the reason.
    pub accum_updates: Vec<AccumUpdate>,
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

/// No executor may run any task of a task set, and dynamic allocation is to bring a new one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnschedulableTaskSetAdded {
    /// The stage.
    pub stage_id: StageId,
    /// The attempt of the stage.
    pub stage_attempt_id: u32,
}

/// A task set that no executor was allowed to run has been launched from again, or has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnschedulableTaskSetRemoved {
    /// The stage.
    pub stage_id: StageId,
    /// The attempt of the stage.
    pub stage_attempt_id: u32,
}

ids_of! {
    BeginEvent: stage = stage_id, stage_attempt = stage_attempt_id,
        partition = task_info.partition_id, task = task_info.task_id, executor = task_info.executor_id;
    GettingResultEvent: stage = stage_id, stage_attempt = stage_attempt_id,
        partition = task_info.partition_id, task = task_info.task_id, executor = task_info.executor_id;
    SpeculativeTaskSubmitted: stage = stage_id, stage_attempt = stage_attempt_id, partition = partition_id;
    CompletionEvent: job = stage.job_id, stage = stage.stage_id, stage_attempt = stage.stage_attempt_id,
        partition = task_info.partition_id, task = task_info.task_id, executor = task_info.executor_id,
        note = reason.name();
    TaskSetFailed: stage = stage_id, stage_attempt = stage_attempt_id;
    UnschedulableTaskSetAdded: stage = stage_id, stage_attempt = stage_attempt_id;
    UnschedulableTaskSetRemoved: stage = stage_id, stage_attempt = stage_attempt_id;
}
