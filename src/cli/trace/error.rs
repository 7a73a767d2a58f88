//! What can go wrong with a command on a trace.

use std::{io, process::ExitCode};

use firesteel_actors::trace::{NoSuchMessage, NotASubject, NotInTrace, TraceError};

#[derive(Debug, thiserror::Error)]
pub(super) enum TraceCommandError {
    #[error(transparent)]
    Trace(#[from] TraceError),
    #[error("cannot write")]
    Output(#[from] io::Error),
    #[error("cannot write as JSON")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Subject(#[from] NotASubject),
    #[error(transparent)]
    NotInTrace(#[from] NotInTrace),
    #[error(transparent)]
    NoSuchMessage(#[from] NoSuchMessage),
}

impl TraceCommandError {
    /// 2 for what is wrong with the command line, 1 for all else.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            TraceCommandError::Subject(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}
