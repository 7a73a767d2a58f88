//! What can go wrong with a command on a trace.

use std::io;

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
