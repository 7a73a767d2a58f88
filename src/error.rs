//! Errors of the driver side.

use std::{fmt, sync::Arc};

use firesteel_actors::{ConfigError, JobError, JobId, SystemError, trace::TraceError};
use thiserror::Error;

use crate::{
    code::ImageError, context::MasterError, output::OutputError, rdd::PlanError, text::input::InputError,
};

/// What an action or a context may fail with.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The job failed.
    #[error(transparent)]
    Job(#[from] JobFailure),
    /// The job could not be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The output could not be begun or ended.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// `reduce` or `first` of nothing.
    #[error("empty collection")]
    EmptyCollection,
    /// The function that handles results on the driver panicked.
    #[error("the handler of the job's results panicked: {message}")]
    Handler {
        /// With what.
        message: String,
    },
    /// A job tag that cannot be.
    #[error("Spark job tag {problem}: {tag:?}")]
    InvalidJobTag {
        /// The tag.
        tag: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A blocking action where it could wait for itself.
    #[error("a blocking action cannot be called {place}; use its `_async` variant")]
    Blocking {
        /// Where it was called.
        place: &'static str,
    },
    /// The actor system failed: no job can run any more.
    #[error("the actor system failed: {0}")]
    SystemFailed(String),
    /// There are no executors, and there will be none.
    #[error("there are no executors: {0}")]
    NoExecutors(String),
    /// The context has been stopped.
    #[error("SparkContext has been shutdown")]
    Stopped,
    /// The master text.
    #[error(transparent)]
    Master(#[from] MasterError),
    /// Executors in other processes.
    #[cfg(feature = "cluster")]
    #[error(transparent)]
    Cluster(#[from] crate::cluster::ClusterError),
    /// An executor could not be started, or this process was to be one.
    #[cfg(feature = "cluster")]
    #[error(transparent)]
    Launch(#[from] crate::launch::LaunchError),
    /// A setting.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The way the program was built.
    #[error(transparent)]
    Build(#[from] ImageError),
    /// The actors could not be started.
    #[error("cannot start the actor system")]
    System(#[source] SystemError),
    /// The trace could not be begun.
    #[error(transparent)]
    Trace(#[from] TraceError),
}

impl From<SystemError> for Error {
    fn from(error: SystemError) -> Self {
        match error {
            SystemError::Stopped => Error::Stopped,
            SystemError::Config(error) => Error::Config(error),
            error => Error::System(error),
        }
    }
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        Error::Plan(PlanError::Input(error))
    }
}

/// A job that failed: which, where it was called, and why.
#[derive(Clone, Debug)]
pub struct JobFailure {
    /// The job.
    pub job_id: JobId,
    /// The action and its place, such as `count at src/main.rs:14:9`.
    pub call_site: Arc<str>,
    /// Why.
    pub source: JobError,
}

impl fmt::Display for JobFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n(job {}: {})", self.source, self.job_id, self.call_site)
    }
}

impl std::error::Error for JobFailure {}
