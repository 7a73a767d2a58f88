//! What can go wrong with a command on a trace.

use std::{io, process::ExitCode};

use firesteel_actors::trace::{
    Difference, FilterError, NoSuchMessage, NotASubject, NotInTrace, ReplayError, TraceError,
};

/// Why a command did not do all that it was asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum TraceCommandError {
    #[error(transparent)]
    Trace(#[from] TraceError),
    #[error(transparent)]
    Filter(#[from] FilterError),
    #[error("this filter looks into what messages say, and message {number} of the trace has only its head")]
    NoPayload { number: u64 },
    #[error("the trace is damaged: what follows from its missing messages is missing too")]
    Incomplete,
    #[error(transparent)]
    Subject(#[from] NotASubject),
    #[error(transparent)]
    NotInTrace(#[from] NotInTrace),
    #[error(transparent)]
    NoSuchMessage(#[from] NoSuchMessage),
    #[error(transparent)]
    Replay(#[from] ReplayError),
    #[error("{0} is not an actor that is replayed; there are {1}")]
    NoState(String, String),
    #[error("the replay had parted from the recording before, so these are not the states of the run: {0}")]
    Diverged(Box<Difference>),
    #[error("{0}")]
    Change(String),
    #[error("{0} violations of what must hold")]
    Violations(usize),
    #[error("cannot write")]
    Output(#[from] io::Error),
    #[error("cannot write as JSON")]
    Json(#[source] serde_json::Error),
}

impl TraceCommandError {
    /// 2 for what is wrong with the command line, 1 for all else.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            TraceCommandError::Filter(_) | TraceCommandError::Subject(_) | TraceCommandError::Change(_) => {
                ExitCode::from(2)
            }
            _ => ExitCode::FAILURE,
        }
    }
}

impl From<serde_json::Error> for TraceCommandError {
    fn from(error: serde_json::Error) -> Self {
        // A pipe that was closed shall look like one.
        if error.is_io() { TraceCommandError::Output(error.into()) } else { TraceCommandError::Json(error) }
    }
}
