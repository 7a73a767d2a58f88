//! Results of tasks that are too large for a status update, fetched by the driver.

use firesteel_actors::{ExecutorId, TaskId};

use super::{FetchError, Remote, protocol::Wanted};

impl Remote {
    /// A task's result of so many bytes, which its executor forgets then.
    pub(crate) fn fetch_result(
        &self,
        executor_id: ExecutorId,
        task_id: TaskId,
        size: u64,
    ) -> Result<Vec<u8>, FetchError> {
        let (_, bytes) = self.call(executor_id, &Wanted::TaskResult { task_id }, size, &|| false)?;
        if bytes.len() as u64 != size {
            return Err(FetchError::Malformed { executor_id, what: "the length of a result" });
        }
        Ok(bytes)
    }
}
