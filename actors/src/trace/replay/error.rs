//! Why a trace cannot be replayed, or where its replay differs.

use thiserror::Error;

use super::Difference;
use crate::{ExecutorId, message::MessageId, trace::TraceError};

/// Why a replay ended.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// A message has no payload: only its head was recorded, or another version wrote a payload that does not decode.
    #[error(
        "message {number}, {id}, has no payload, so its receiver cannot be driven with it: only heads were recorded, \
         or by another version. `show`, `story`, `path`, `seq`, `stats` and `why` work with heads; a replay needs a \
         trace recorded with payloads by this version"
    )]
    NoPayload {
        /// Its place in the trace.
        number: u64,
        /// Its name.
        id: MessageId,
    },
    /// A message for an executor of whose start nothing is known.
    #[error("message {number}, {id}, is for executor {executor}, which the trace has not seen start")]
    UnknownExecutor {
        /// Its place in the trace.
        number: u64,
        /// Its name.
        id: MessageId,
        /// The executor.
        executor: ExecutorId,
    },
    /// The cores did something else than what was recorded.
    #[error("{0}")]
    Differs(Box<Difference>),
    /// No message has this place or name.
    #[error("the trace has no message {0}")]
    NoMessage(String),
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
}
