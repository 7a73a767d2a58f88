//! Why a block could not be fetched.

use std::sync::Arc;

use firesteel_actors::ExecutorId;
use thiserror::Error;

use super::protocol::Refusal;
use crate::{spill::SpillError, transport::TransportError};

/// Why a block could not be fetched.
#[derive(Clone, Debug, Error)]
pub(crate) enum FetchError {
    /// The driver has given the executor up.
    #[error("executor {executor_id} is lost: {why}")]
    Lost {
        /// Which.
        executor_id: ExecutorId,
        /// What is known.
        why: Arc<str>,
    },
    /// The driver has not said where it is.
    #[error("it is not known where executor {0} serves its blocks")]
    Unknown(ExecutorId),
    /// There is no connection, or none any more.
    #[error("the connection to executor {executor_id} failed: {source}")]
    Connection {
        /// With whom.
        executor_id: ExecutorId,
        /// What happened.
        source: Arc<TransportError>,
    },
    /// The other side has ended the connection in order: it stops.
    #[error("executor {0} has closed the connection")]
    Closed(ExecutorId),
    /// What came is no answer to what was asked.
    #[error("executor {executor_id} has sent what is no answer: {what}")]
    Malformed {
        /// Who.
        executor_id: ExecutorId,
        /// What is wrong.
        what: &'static str,
    },
    /// Reading its answers has panicked here.
    #[error("reading what executor {0} has sent panicked")]
    Panicked(ExecutorId),
    /// It does not have the block.
    #[error("executor {executor_id}: {refusal}")]
    Refused {
        /// Who.
        executor_id: ExecutorId,
        /// Why.
        refusal: Refusal,
    },
    /// There is no place for what comes.
    #[error("cannot keep what was fetched: {0}")]
    Spill(#[from] SpillError),
    /// The task is to end.
    #[error("the task was killed")]
    Killed,
    /// No thread can be started.
    #[error("cannot start a thread: {0}")]
    Thread(Arc<std::io::Error>),
}

impl FetchError {
    /// Whether trying again may help.
    pub(super) fn may_pass(&self) -> bool {
        use FetchError as E;
        matches!(
            self,
            E::Unknown(_)
                | E::Connection { .. }
                | E::Closed(_)
                | E::Malformed { .. }
                | E::Panicked(_)
                | E::Thread(_)
        )
    }
}
