//! What can go wrong with a trace file.

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::format::{NoHeader, OLDEST, VERSION};
use crate::message::MessageId;

/// Why a trace could not be written or read.
#[derive(Debug, Error)]
pub enum TraceError {
    /// The file could not be opened, read or written.
    #[error("cannot {action} trace file {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// It is no trace.
    #[error("{} is not a firesteel trace: it does not begin with FSTRACE", path.display())]
    NotATrace {
        /// The file.
        path: PathBuf,
    },
    /// Another version wrote it.
    #[error(
        "{} has trace format {found}; this firesteel reads format {expected}, and the heads of all from {OLDEST} on",
        path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u16,
        /// The format that is read whole.
        expected: u16,
    },
    /// Something in the file is not what was written. The reader goes on after it, if anything follows.
    #[error("{} is damaged at byte {offset}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// What is wrong, and what is lost.
        reason: String,
    },
    /// More messages than are held in memory.
    #[error(
        "after {held} messages the {} MiB are full that they may take: narrow them with a range of times or a filter, such \
         as `--from 10s --to 20s`",
        limit >> 20
    )]
    TooMany {
        /// How many were held then.
        held: usize,
        /// How many bytes they may take.
        limit: usize,
    },
    /// More messages before the one that a filter names with `above` than are held in memory.
    #[error(
        "more than {held} messages come before the one that `above` names, and more are not held in memory: \
         `firesteel trace path` with `--from` shows its nearest causes"
    )]
    TooManyCauses {
        /// How many were held.
        held: usize,
    },
}

impl TraceError {
    /// An error with a trace that is in no file.
    pub(super) fn memory(action: &'static str, source: io::Error) -> Self {
        TraceError::Io { action, path: PathBuf::from("(memory)"), source }
    }

    pub(super) fn header(path: &Path, why: NoHeader) -> Self {
        let path = path.to_owned();
        match why {
            NoHeader::NotATrace => TraceError::NotATrace { path },
            NoHeader::Version(found) => TraceError::Version { path, found, expected: VERSION },
            NoHeader::Damaged(reason) => TraceError::Damaged { path, offset: 0, reason },
            NoHeader::Io(source) => TraceError::Io { action: "read", path, source },
        }
    }
}

/// A message that the trace does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchMessage {
    /// None has this name.
    #[error("the trace has no message {0}")]
    Named(MessageId),
    /// It has fewer messages.
    #[error("the trace has only {0} messages")]
    Only(u64),
}
