//! Why a task failed, typed.

use std::{error::Error as _, path::PathBuf, sync::Arc};

use firesteel_actors::{
    ExecutorId, ShuffleId, TaskId,
    message::{ExceptionFailure, TaskEndReason, TaskMetrics},
};
use thiserror::Error;

use crate::{code::CodeError, codec::CodecError, spill::SpillError, text::input::InputError};

/// Why a task failed. Raised by operators with [`TaskContext::fail`](super::TaskContext::fail) or returned from
/// [`Compute::compute`](crate::rdd::Compute::compute).
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The input cannot be read.
    #[error("cannot read the input")]
    Input(#[from] InputError),
    /// The task was asked to end.
    #[error("the task was killed: {0}")]
    Killed(Arc<str>),
    /// The stage cannot be decoded.
    #[error("cannot decode the stage")]
    Stage(#[source] Arc<CodeError>),
    /// The task's own partition cannot be decoded.
    #[error("cannot decode partition {partition}: {reason}")]
    Partition {
        /// Which.
        partition: u32,
        /// What is wrong.
        reason: String,
    },
    /// The result does not serialize; trying again is pointless.
    #[error("the task's result is not serializable: {0}")]
    ResultNotSerializable(String),
    /// A shuffle output is not where it should be, or cannot be had from there.
    #[error(transparent)]
    FetchFailed(#[from] Box<FetchFailure>),
    /// A partitioner named a partition that there is not.
    #[error("the partitioner put a key into partition {partition}, but there are only {num_partitions}")]
    PartitionOutOfRange {
        /// What it said.
        partition: usize,
        /// How many there are.
        num_partitions: usize,
    },
    /// A file for data that does not fit into memory cannot be written or read back.
    #[error("cannot spill to disk")]
    Spill(#[from] SpillError),
    /// A file of a checkpoint cannot be written or read back.
    #[error("cannot write or read a checkpoint")]
    Checkpoint(#[source] SpillError),
    /// A row of a persisted partition cannot be encoded or decoded.
    #[error("cannot keep a row of block {block}")]
    Row {
        /// The block, such as `rdd_3_0`.
        block: String,
        /// Why.
        #[source]
        source: CodecError,
    },
    /// A partition of a local checkpoint is gone, and so is its lineage.
    #[error(
        "Checkpoint block {block} not found! Either the executor that originally checkpointed this partition is no \
         longer alive, or the original RDD is unpersisted. If this problem persists, you may consider using \
         `rdd.checkpoint()` instead, which is slower than local checkpointing but more fault-tolerant."
    )]
    CheckpointBlockNotFound {
        /// The block, such as `rdd_3_0`.
        block: String,
    },
    /// Partitions that are zipped differ.
    #[error("Can only zip RDDs with same number of elements in each partition")]
    UnequalPartitions,
    /// Output cannot be written.
    #[error("cannot write {}", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: Arc<std::io::Error>,
    },
    /// Another attempt may commit the output of the task's partition.
    #[error(
        "attempt {attempt_number} may not commit the output of partition {partition_id}: another attempt may"
    )]
    CommitDenied {
        /// The partition.
        partition_id: u32,
        /// The attempt's number.
        attempt_number: u32,
    },
    /// A barrier broke, or cannot be.
    #[error("{0}")]
    Barrier(String),
    /// The program's own error.
    #[error("{0}")]
    User(String),
}

/// Which output could not be fetched, from where and why. Its map task runs again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct FetchFailure {
    /// The executor that should have it; `None` if nobody is to blame but what is known of the outputs.
    pub executor_id: Option<ExecutorId>,
    /// Which shuffle.
    pub shuffle_id: ShuffleId,
    /// The attempt that made it, if that is known.
    pub map_id: Option<TaskId>,
    /// The map partition; `None`: all of them.
    pub map_index: Option<u32>,
    /// The reduce partition.
    pub reduce_id: u32,
    /// What happened.
    pub message: String,
}

impl From<FetchFailure> for TaskError {
    fn from(failure: FetchFailure) -> Self {
        TaskError::FetchFailed(Box::new(failure))
    }
}

impl TaskError {
    /// The reason that the scheduler gets; the type survives where the scheduler has rules for it.
    pub(crate) fn into_reason(self, metrics: Box<TaskMetrics>) -> TaskEndReason {
        let text = self.to_string();
        match self {
            TaskError::Killed(reason) => TaskEndReason::killed(reason),
            TaskError::CommitDenied { partition_id, attempt_number } => {
                TaskEndReason::TaskCommitDenied { partition_id, attempt_number }
            }
            TaskError::FetchFailed(failure) => {
                let FetchFailure { executor_id, shuffle_id, map_id, map_index, reduce_id, message } =
                    *failure;
                TaskEndReason::FetchFailed { executor_id, shuffle_id, map_id, map_index, reduce_id, message }
            }
            error => {
                let mut causes = Vec::new();
                let mut source = error.source();
                while let Some(cause) = source {
                    causes.push(cause.to_string());
                    source = cause.source();
                }
                TaskEndReason::ExceptionFailure(Box::new(ExceptionFailure {
                    class_name: error.class_name().to_owned(),
                    description: text,
                    location: None,
                    stack_trace: String::new(),
                    causes,
                    fatal: matches!(error, TaskError::ResultNotSerializable(_)),
                    metrics,
                    accum_updates: Vec::new(),
                }))
            }
        }
    }

    fn class_name(&self) -> &'static str {
        match self {
            TaskError::Input(_) => "InputError",
            TaskError::Killed(_) => "TaskKilled",
            TaskError::Stage(_) => "StageDecodeError",
            TaskError::Partition { .. } => "PartitionDecodeError",
            TaskError::ResultNotSerializable(_) => "NotSerializable",
            TaskError::FetchFailed(_) => "FetchFailed",
            TaskError::UnequalPartitions => "UnequalPartitions",
            TaskError::PartitionOutOfRange { .. } => "PartitionOutOfRange",
            TaskError::Spill(_) => "SpillError",
            TaskError::Checkpoint(_) => "CheckpointError",
            TaskError::Row { .. } => "CodecError",
            TaskError::CheckpointBlockNotFound { .. } => "CheckpointBlockNotFound",
            TaskError::Output { .. } => "OutputError",
            TaskError::CommitDenied { .. } => "CommitDenied",
            TaskError::Barrier(_) => "BarrierError",
            TaskError::User(_) => "TaskError",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_failure_stays_one() {
        let error = TaskError::from(FetchFailure {
            executor_id: Some(ExecutorId(1)),
            shuffle_id: ShuffleId(2),
            map_id: None,
            map_index: Some(3),
            reduce_id: 4,
            message: "gone".to_owned(),
        });
        let reason = error.into_reason(Box::default());
        assert!(matches!(reason, TaskEndReason::FetchFailed { map_index: Some(3), reduce_id: 4, .. }));
    }

    #[test]
    fn causes_are_kept_as_texts() {
        let source = Arc::new(std::io::Error::other("disk on fire"));
        let error = TaskError::Output { path: "out".into(), source };
        let TaskEndReason::ExceptionFailure(failure) = error.into_reason(Box::default()) else { panic!() };
        assert_eq!(
            (failure.description.as_str(), &failure.causes[..]),
            ("cannot write out", &["disk on fire".to_owned()][..])
        );
        assert!(!failure.fatal);
    }
}
