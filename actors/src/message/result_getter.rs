//! What the result getter accepts: results to decode outside of the actors.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{StageTask, TaskResult, ids_of, messages};
use crate::{ExecutorId, TaskId};

messages! {
    /// What the result getter accepts.
    ResultGetterMessage {
        /// Decode a result.
        EnqueueSuccessfulTask,
    }
}

/// Fetch a successful task's result if it is indirect, decode it, and answer HandleSuccessfulTask; or
/// HandleFailedTask if it is gone, or AbortTaskSet if it does not decode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnqueueSuccessfulTask {
    /// The attempt.
    pub task_id: TaskId,
    /// What it shared with the other tasks of its stage attempt.
    pub stage: Arc<StageTask>,
    /// Where its result goes.
    pub output_id: u32,
    /// Where it ran, which is where an indirect result waits.
    pub executor_id: ExecutorId,
    /// Its result.
    pub result: Box<TaskResult>,
}

ids_of! {
    EnqueueSuccessfulTask: job = stage.job_id, stage = stage.stage_id, stage_attempt = stage.stage_attempt_id,
        task = task_id, executor = executor_id;
}
