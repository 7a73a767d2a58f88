//! What a task asks of the actors.

use std::sync::{Arc, atomic::Ordering};

use firesteel_actors::{
    carrier::AskError,
    message::{AskPermissionToCommitOutput, RequestMethod, RequestToSync},
};

use super::{TaskContext, TaskError};

impl TaskContext {
    /// Asks whether this attempt may commit the output of its partition: of all attempts at most one may.
    ///
    /// # Errors
    /// [`TaskError::CommitDenied`] if another may; [`TaskError::Killed`] if the task is to end.
    pub(crate) fn ask_permission_to_commit(&self) -> Result<(), TaskError> {
        let question = AskPermissionToCommitOutput {
            stage_id: self.stage_id(),
            stage_attempt_id: self.stage_attempt_number(),
            partition_id: self.partition_id(),
            attempt_number: self.attempt_number(),
            task_id: self.task_attempt_id(),
            executor_id: self.executor_id(),
        };
        if self.control().ask_permission_to_commit(question)? {
            return Ok(());
        }
        Err(TaskError::CommitDenied {
            partition_id: self.partition_id(),
            attempt_number: self.attempt_number(),
        })
    }

    /// Waits at the barrier of the stage attempt; the messages of all its tasks.
    pub(super) fn sync(&self, method: RequestMethod, message: &str) -> Result<Arc<[Arc<str>]>, TaskError> {
        let epoch = self.barrier_epoch.load(Ordering::Relaxed);
        tracing::info!(
            "Task {} from Stage {}(Attempt {}) has entered the global sync, current barrier epoch is {epoch}.",
            self.task_attempt_id(),
            self.stage_id(),
            self.stage_attempt_number(),
        );
        let question = RequestToSync {
            // Those of this attempt, not of the stage: nobody else will come.
            num_tasks: u32::try_from(self.addresses().len()).unwrap_or(u32::MAX),
            stage_id: self.stage_id(),
            stage_attempt_id: self.stage_attempt_number(),
            task_id: self.task_attempt_id(),
            executor_id: self.executor_id(),
            barrier_epoch: epoch,
            partition_id: self.partition_id(),
            message: message.into(),
            method,
        };
        let messages = self.control().request_to_sync(question)?;
        self.barrier_epoch.fetch_add(1, Ordering::Relaxed);
        Ok(messages)
    }
}

impl From<AskError> for TaskError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Killed(reason) => TaskError::Killed(reason),
            error @ AskError::Stopped => TaskError::Killed(error.to_string().into()),
            error @ (AskError::BarrierBroken(_) | AskError::NeedsThreads) => {
                TaskError::Barrier(error.to_string())
            }
        }
    }
}
