//! What whoever waits for a job gets.

use serde::{Deserialize, Serialize};

use super::{HasIds, Ids, messages};
use crate::{JobId, TaskId, error::JobError};

messages! {
    /// What whoever waits for a job gets: a `TaskSucceeded` per partition, or one `JobFailed`.
    JobWaiterMessage {
        /// A partition's result is there.
        TaskSucceeded,
        /// The job failed.
        JobFailed(boxed),
    }
}

/// A partition's result is there. The job has succeeded when every partition's is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskSucceeded {
    /// The job.
    pub job_id: JobId,
    /// The position in the job's list of partitions.
    pub output_id: u32,
    /// The attempt under which the result getter left the decoded value.
    pub task_id: TaskId,
}

/// The job failed; nothing follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobFailed {
    /// The job.
    pub job_id: JobId,
    /// Why.
    pub error: JobError,
}

impl HasIds for TaskSucceeded {
    fn ids(&self) -> Ids {
        Ids {
            job: Some(self.job_id),
            partition: Some(self.output_id),
            task: Some(self.task_id),
            ..Ids::default()
        }
    }
}

impl HasIds for JobFailed {
    fn ids(&self) -> Ids {
        Ids { job: Some(self.job_id), ..Ids::default() }
    }
}
