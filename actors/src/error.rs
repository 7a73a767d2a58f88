//! Errors that the control plane hands to its users.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{ExecutorId, JobId, message::TaskEndReason};

/// Why a job failed. Plain data: it travels in messages.
#[derive(Clone, Debug, PartialEq, Error, Serialize, Deserialize)]
pub enum JobError {
    /// A stage gave up.
    #[error("Job aborted due to stage failure: {reason}")]
    StageFailure {
        /// Why, in Spark's words.
        reason: String,
        /// The last failure of a task, if one is the cause.
        cause: Option<Box<TaskEndReason>>,
    },
    /// Somebody cancelled it.
    #[error("Job {job_id} cancelled{}", reason.as_ref().map(|reason| format!(" {reason}")).unwrap_or_default())]
    Cancelled {
        /// Which.
        job_id: JobId,
        /// Why, if told.
        reason: Option<String>,
    },
    /// The job could not be cut into stages: its lineage is not complete.
    #[error("Creating new stage failed due to exception - job: {job_id}: {reason}")]
    StageCreation {
        /// Which.
        job_id: JobId,
        /// What is wrong with it.
        reason: String,
    },
    /// The context was stopped meanwhile.
    #[error("Job {job_id} cancelled because SparkContext was shut down")]
    ContextStopped {
        /// Which.
        job_id: JobId,
    },
    /// The system itself failed: an actor died.
    #[error("the actor system failed: {0}")]
    SystemFailed(String),
}

/// Why a control plane does not start, or does not take a message.
#[derive(Debug, Error)]
pub enum SystemError {
    /// A thread could not be started.
    #[error("cannot start thread {name}")]
    Thread {
        /// Its name.
        name: String,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// The runtime for the actors could not be built.
    #[error("cannot build the runtime of the actors")]
    Runtime(#[source] std::io::Error),
    /// Two executors with one id.
    #[error("executor {executor_id} was given twice; give each executor an id of its own")]
    DuplicateExecutor {
        /// The id.
        executor_id: ExecutorId,
    },
    /// The settings contradict each other, or do not fit the executors.
    #[error(transparent)]
    Config(crate::ConfigError),
    /// The system has stopped.
    #[error("SparkContext has been shutdown")]
    Stopped,
}
