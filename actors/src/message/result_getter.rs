//! What the result getter accepts: results to decode outside of the actors.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{HasIds, Ids, StageTask, TaskResult, messages};
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

impl HasIds for EnqueueSuccessfulTask {
    fn ids(&self) -> Ids {
        Ids {
            job: Some(self.stage.job_id),
            stage: Some(self.stage.stage_id),
            stage_attempt: Some(self.stage.stage_attempt_id),
            task: Some(self.task_id),
            executor: Some(self.executor_id),
            ..Ids::default()
        }
    }
}
