//! What can go wrong with a trace file.

use std::{io, path::PathBuf};

use thiserror::Error;

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
    #[error("{} has trace format {found}; this firesteel reads format {expected}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u16,
        /// The format that can be read.
        expected: u16,
    },
    /// A record does not decode: what follows cannot be read.
    #[error("{} is damaged at byte {offset}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// More messages than are held in memory.
    #[error("more than {limit} messages: narrow them with a filter or a range of times")]
    TooMany {
        /// How many would have been held.
        limit: usize,
    },
}
