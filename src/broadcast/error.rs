//! Why a broadcast variable cannot be had.

use thiserror::Error;

/// Why a broadcast variable cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BroadcastError {
    /// A stage uses one that the program has destroyed.
    #[error("Attempted to use Broadcast({id}) after it was destroyed ({call_site})")]
    Destroyed {
        /// Which.
        id: u64,
        /// Where it was destroyed.
        call_site: String,
    },
    /// The executor does not have it, because nobody holds it any more.
    #[error("Failed to get broadcast_{0}")]
    Gone(u64),
    /// It cannot be brought to the executor.
    #[error("Failed to get broadcast_{id}: {reason}")]
    NotFetched {
        /// Which.
        id: u64,
        /// What happened.
        reason: String,
    },
    /// A stage of another context uses it.
    #[error("Broadcast({0}) belongs to another context")]
    OtherContext(u64),
    /// A handle comes out of bytes that are no stage's.
    #[error(
        "a broadcast variable travels with a stage only: it cannot be part of a result, or of a row of a shuffle"
    )]
    NoTask,
}
