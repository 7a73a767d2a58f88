//! Why an executor could not be started.

use std::{error::Error as StdError, io, path::PathBuf};

use thiserror::Error;

/// Why an executor could not be started, or a process could not become one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// Something in its working directory.
    #[error("cannot {action} {}: choose another place with firesteel.executor.workDir", path.display())]
    #[non_exhaustive]
    WorkDir {
        /// What was to be done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The process, or a thread that watches it.
    #[error("cannot {action}")]
    #[non_exhaustive]
    Process {
        /// What was to be done.
        action: &'static str,
        /// What the operating system says.
        source: io::Error,
    },
    /// An executor of this id is there already.
    #[error("executor {0} has been started already")]
    Duplicate(firesteel_actors::ExecutorId),
    /// The launcher starts no more.
    #[error("no executor is started any more: the launcher has been stopped")]
    Stopped,
    /// What an executor has to know could not be written.
    #[error("cannot tell an executor what it has to know")]
    Untold(#[source] rmp_serde::encode::Error),
    /// What an executor has to know was not understood.
    #[error("this process was started as an executor, but was not told what it has to know: {problem}")]
    #[non_exhaustive]
    NotTold {
        /// What is wrong.
        problem: String,
    },
    /// A process that was to be an executor runs the program's `main` instead.
    #[error(
        "this process was started to be an executor of its parent, but runs its program as a driver. Add \
         `firesteel::executor::run_if_asked();` as the first line of main"
    )]
    MissingLine,
}

/// An error and what caused it, on one line.
pub(crate) fn with_sources(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
