//! How a task's question reaches an actor. Tasks are outside of the actors: what they want to know they ask, and wait
//! on their own thread for the answer.

use std::sync::Arc;

use thiserror::Error;

use super::TaskControl;
use crate::message::{Addressed, MessageId};

/// Why a task's question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AskError {
    /// The task was asked to end.
    #[error("the task was killed: {0}")]
    Killed(Arc<str>),
    /// The system has stopped, or failed: no answer will come.
    #[error("the system has stopped")]
    Stopped,
    /// The barrier broke.
    #[error("{0}")]
    BarrierBroken(String),
    /// On this carrier tasks run one after the other, so none can wait for another.
    #[error("barrier tasks need a carrier with threads")]
    NeedsThreads,
}

/// A carrier's way for questions. The answer goes to the control of the task that asks.
pub(crate) trait Asker: Send + Sync {
    /// Sends a question of a task that `cause` launched.
    fn ask(&self, cause: MessageId, question: Addressed, control: &TaskControl) -> Result<(), AskError>;
}
