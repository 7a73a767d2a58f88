//! What whoever waits for a job gets.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{AccumUpdate, ids_of, messages};
use crate::{JobId, ShuffleId, TaskId, error::JobError};

messages! {
    /// What whoever waits for a job gets: a `TaskSucceeded` per partition (one `MapStageSucceeded` for a map stage's
    /// job), or one `JobFailed`.
    JobWaiterMessage {
        /// A partition's result is there.
        TaskSucceeded,
        /// The outputs of a shuffle are there.
        MapStageSucceeded,
        /// What a task added to accumulators counts.
        MergeAccumulators(boxed),
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

/// The outputs of the shuffle that a MapStageSubmitted asked for are there; the job has succeeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapStageSucceeded {
    /// The job.
    pub job_id: JobId,
    /// Which shuffle.
    pub shuffle_id: ShuffleId,
    /// By reduce partition: bytes of all maps' outputs for it (MapOutputStatistics).
    pub bytes_by_partition: Arc<[u64]>,
}

/// What a task added to accumulators counts: the program merges it. Comes before the task's `TaskSucceeded`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MergeAccumulators {
    /// The job for which the task's stage was submitted.
    pub job_id: JobId,
    /// The attempt.
    pub task_id: TaskId,
    /// What it added.
    pub updates: Vec<AccumUpdate>,
}

/// The job failed; nothing follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobFailed {
    /// The job.
    pub job_id: JobId,
    /// Why.
    pub error: JobError,
}

ids_of! {
    TaskSucceeded: job = job_id, partition = output_id, task = task_id;
    MapStageSucceeded: job = job_id, shuffle = shuffle_id;
    MergeAccumulators: job = job_id, task = task_id;
    JobFailed: job = job_id;
}
