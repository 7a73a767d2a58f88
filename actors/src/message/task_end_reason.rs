//! How a task ended. Reasons stay typed over every hop: nothing is flattened to a text on the way.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{AccumUpdate, TaskMetrics};
use crate::{ExecutorId, ShuffleId, TaskId};

/// Why a task ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TaskEndReason {
    /// It succeeded.
    Success,
    /// It had succeeded, but its output was lost with its executor: it runs again.
    Resubmitted,
    /// It could not read a shuffle output.
    FetchFailed {
        /// The executor that should have served it; `None` if its location is unknown.
        executor_id: Option<ExecutorId>,
        /// Which shuffle.
        shuffle_id: ShuffleId,
        /// The map task attempt whose output is missing, if known.
        map_id: Option<TaskId>,
        /// Its partition; `None` for a metadata failure.
        map_index: Option<u32>,
        /// The reduce partition that wanted it.
        reduce_id: u32,
        /// What happened.
        message: String,
    },
    /// User code or the engine raised an error.
    ExceptionFailure(Box<ExceptionFailure>),
    /// Its result was gone when the driver fetched it.
    TaskResultLost,
    /// It was killed on request.
    TaskKilled {
        /// Why.
        reason: Arc<str>,
        /// What it had added to accumulators that count when a task fails.
        accum_updates: Vec<AccumUpdate>,
    },
    /// It may not commit its output.
    TaskCommitDenied {
        /// Partition.
        partition_id: u32,
        /// Attempt.
        attempt_number: u32,
    },
    /// Its executor was lost.
    ExecutorLostFailure {
        /// The executor.
        executor_id: ExecutorId,
        /// Whether the program is to blame.
        exit_caused_by_app: bool,
        /// What is known.
        reason: Option<String>,
    },
    /// Nobody knows.
    UnknownReason,
}

/// A task's error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExceptionFailure {
    /// Kind of error: `panic`, or the name of an error type.
    pub class_name: String,
    /// Its message.
    pub description: String,
    /// File, line and column where it was raised, if known.
    pub location: Option<String>,
    /// The backtrace, empty if none was taken.
    pub stack_trace: String,
    /// The errors that caused it, outermost first.
    pub causes: Vec<String>,
    /// Whether to run the task again is pointless (such as a result that does not serialize).
    pub fatal: bool,
    /// What the task had measured.
    pub metrics: Box<TaskMetrics>,
    /// What it had added to accumulators that count when a task fails.
    pub accum_updates: Vec<AccumUpdate>,
}

impl TaskEndReason {
    /// That it was killed on request.
    pub fn killed(reason: impl Into<Arc<str>>) -> Self {
        TaskEndReason::TaskKilled { reason: reason.into(), accum_updates: Vec::new() }
    }

    /// What the task had added to accumulators that count although it did not succeed.
    pub fn accum_updates(&self) -> &[AccumUpdate] {
        match self {
            TaskEndReason::ExceptionFailure(failure) => &failure.accum_updates,
            TaskEndReason::TaskKilled { accum_updates, .. } => accum_updates,
            _ => &[],
        }
    }

    /// Whether to run the task again is pointless.
    pub fn is_fatal(&self) -> bool {
        matches!(self, TaskEndReason::ExceptionFailure(failure) if failure.fatal)
    }

    /// Whether it counts towards `spark.task.maxFailures` (`spark-semantics` section 10).
    pub fn counts_towards_task_failures(&self) -> bool {
        match self {
            TaskEndReason::ExceptionFailure(_)
            | TaskEndReason::TaskResultLost
            | TaskEndReason::Resubmitted
            | TaskEndReason::UnknownReason => true,
            TaskEndReason::ExecutorLostFailure { exit_caused_by_app, .. } => *exit_caused_by_app,
            TaskEndReason::Success
            | TaskEndReason::FetchFailed { .. }
            | TaskEndReason::TaskKilled { .. }
            | TaskEndReason::TaskCommitDenied { .. } => false,
        }
    }

    /// The name of the reason.
    pub fn name(&self) -> &'static str {
        match self {
            TaskEndReason::Success => "Success",
            TaskEndReason::Resubmitted => "Resubmitted",
            TaskEndReason::FetchFailed { .. } => "FetchFailed",
            TaskEndReason::ExceptionFailure(_) => "ExceptionFailure",
            TaskEndReason::TaskResultLost => "TaskResultLost",
            TaskEndReason::TaskKilled { .. } => "TaskKilled",
            TaskEndReason::TaskCommitDenied { .. } => "TaskCommitDenied",
            TaskEndReason::ExecutorLostFailure { .. } => "ExecutorLostFailure",
            TaskEndReason::UnknownReason => "UnknownReason",
        }
    }
}

impl fmt::Display for TaskEndReason {
    /// Spark's `toErrorString`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaskEndReason::Success => f.write_str("Success"),
            TaskEndReason::Resubmitted => f.write_str("Resubmitted (resubmitted due to lost executor)"),
            TaskEndReason::FetchFailed { executor_id, shuffle_id, map_index, map_id, reduce_id, message } => {
                write!(f, "FetchFailed(")?;
                match executor_id {
                    Some(executor) => write!(f, "{executor}")?,
                    None => f.write_str("null")?,
                }
                let map_index = map_index.map_or(-1, i64::from);
                write!(f, ", shuffleId={shuffle_id}, mapIndex={map_index}, mapId=")?;
                match map_id {
                    Some(map_id) => write!(f, "{map_id}")?,
                    None => f.write_str("-1")?,
                }
                write!(f, ", reduceId={reduce_id}, message=\n{message}\n)")
            }
            TaskEndReason::ExceptionFailure(failure) => failure.fmt(f),
            TaskEndReason::TaskResultLost => f.write_str("TaskResultLost (result lost from block manager)"),
            TaskEndReason::TaskKilled { reason, .. } => write!(f, "TaskKilled ({reason})"),
            TaskEndReason::TaskCommitDenied { partition_id, attempt_number } => write!(
                f,
                "TaskCommitDenied (Driver denied task commit) for job: -1, partition: {partition_id}, \
                 attemptNumber: {attempt_number}"
            ),
            TaskEndReason::ExecutorLostFailure { executor_id, exit_caused_by_app, reason } => {
                let blame = if *exit_caused_by_app {
                    "caused by one of the running tasks"
                } else {
                    "unrelated to the running tasks"
                };
                write!(f, "ExecutorLostFailure (executor {executor_id} exited {blame})")?;
                reason.as_ref().map_or(Ok(()), |reason| write!(f, " Reason: {reason}"))
            }
            TaskEndReason::UnknownReason => f.write_str("UnknownReason"),
        }
    }
}

impl fmt::Display for ExceptionFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class_name, self.description)?;
        if let Some(location) = &self.location {
            write!(f, "\n\tat {location}")?;
        }
        for cause in &self.causes {
            write!(f, "\nCaused by: {cause}")?;
        }
        if !self.stack_trace.is_empty() {
            write!(f, "\n{}", self.stack_trace.trim_end())?;
        }
        Ok(())
    }
}

/// Why an executor is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExecutorLossReason {
    /// It exited.
    ExecutorExited {
        /// Its exit code.
        exit_code: i32,
        /// Whether the program is to blame.
        exit_caused_by_app: bool,
        /// What is known.
        reason: String,
    },
    /// The driver asked for it.
    ExecutorKilled,
    /// It is gone, and why is being asked: it gets no offers, and its tasks wait for the real reason.
    LossReasonPending,
    /// The connection to it ended.
    ExecutorProcessLost {
        /// What is known.
        message: String,
        /// Its host, if that is lost as well.
        worker_host: Option<Arc<str>>,
        /// Whether the program is to blame.
        caused_by_app: bool,
    },
    /// It was decommissioned, and has left.
    ExecutorDecommission {
        /// Its host, if that leaves as well.
        worker_host: Option<Arc<str>>,
        /// Why.
        reason: String,
    },
}

impl ExecutorLossReason {
    /// The loss of a process, for which the program is to blame until more is known.
    pub fn process_lost(message: impl Into<String>) -> Self {
        ExecutorLossReason::ExecutorProcessLost {
            message: message.into(),
            worker_host: None,
            caused_by_app: true,
        }
    }

    /// Whether running tasks are blamed for it (`spark-semantics` section 10).
    pub fn exit_caused_by_app(&self) -> bool {
        match self {
            ExecutorLossReason::ExecutorExited { exit_caused_by_app, .. } => *exit_caused_by_app,
            ExecutorLossReason::ExecutorKilled | ExecutorLossReason::ExecutorDecommission { .. } => false,
            ExecutorLossReason::ExecutorProcessLost { caused_by_app, .. } => *caused_by_app,
            ExecutorLossReason::LossReasonPending => true,
        }
    }

    /// The host that is lost with the executor, if it is.
    pub fn worker_host(&self) -> Option<&Arc<str>> {
        match self {
            ExecutorLossReason::ExecutorProcessLost { worker_host, .. }
            | ExecutorLossReason::ExecutorDecommission { worker_host, .. } => worker_host.as_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for ExecutorLossReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExecutorLossReason::ExecutorExited { exit_code, reason, .. } => {
                write!(f, "{reason} (exit code {exit_code})")
            }
            ExecutorLossReason::ExecutorKilled => f.write_str("Executor killed by driver."),
            ExecutorLossReason::LossReasonPending => f.write_str("Pending loss reason."),
            ExecutorLossReason::ExecutorProcessLost { message, .. } => f.write_str(message),
            ExecutorLossReason::ExecutorDecommission { reason, .. } => {
                write!(f, "Executor decommission: {reason}")
            }
        }
    }
}
