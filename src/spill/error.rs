//! What may go wrong with files of rows.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use thiserror::Error;

use crate::codec::CodecError;

/// Why rows could not be written to a file, or read back.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum SpillError {
    /// There is no room.
    #[error(
        "no space left for {}: free some, give executors more memory, or set spark.local.dir to directories with more room",
        path.display()
    )]
    Full {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// The operating system refuses.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// Somebody removed the file.
    #[error("{} is gone", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is not as it was written.
    #[error("{} is damaged: {what} at byte {offset} should be {expected:#x}, but is {found:#x}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What of it.
        what: &'static str,
        /// Where.
        offset: u64,
        /// What should be there.
        expected: u64,
        /// What is.
        found: u64,
    },
    /// A row cannot be written.
    #[error("cannot write a row to {}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: CodecError,
    },
    /// A row cannot be read, though its bytes are those that were written.
    #[error("cannot read a row of {}", path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: CodecError,
    },
    /// The executor has stopped.
    #[error("the executor has stopped: it has no directory for files any more")]
    Stopped,
}

impl SpillError {
    /// A failure of the operating system, typed by what it means.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                SpillError::Full { path, source: Arc::new(source) }
            }
            io::ErrorKind::NotFound if action == "open" => SpillError::Missing { path },
            _ => SpillError::Io { action, path, source: Arc::new(source) },
        }
    }

    /// Whether making the file again may help: it is gone, not readable or not what was written. A row that its own type
    /// refuses will be refused again, and a process without file descriptors can open no other file either.
    pub(crate) fn is_of_stored_data(&self) -> bool {
        match self {
            SpillError::Missing { .. } | SpillError::Damaged { .. } => true,
            SpillError::Io { action, source, .. } => {
                matches!(*action, "open" | "read") && !is_out_of_descriptors(source)
            }
            _ => false,
        }
    }
}

/// Whether the process, or the whole machine, has too many files open.
fn is_out_of_descriptors(error: &io::Error) -> bool {
    /// `ENFILE` and `EMFILE`, the same numbers on every Unix.
    const NO_DESCRIPTORS: [i32; 2] = [23, 24];
    cfg!(unix) && error.raw_os_error().is_some_and(|code| NO_DESCRIPTORS.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::CodecErrorKind;

    fn io(action: &'static str, code: i32) -> SpillError {
        SpillError::io(action, Path::new("file"), io::Error::from_raw_os_error(code))
    }

    #[test]
    fn only_what_a_new_file_can_mend_is_of_the_stored_data() {
        let path = PathBuf::from("file");
        assert!(SpillError::Missing { path: path.clone() }.is_of_stored_data());
        let decode = SpillError::Decode { path, source: CodecErrorKind::TooDeep(1).into() };
        assert!(!decode.is_of_stored_data(), "the row would be refused again");
    }

    #[cfg(unix)]
    #[test]
    fn too_many_open_files_are_no_fault_of_the_file() {
        for code in [23, 24] {
            assert!(!io("open", code).is_of_stored_data(), "{code}");
        }
        assert!(io("open", 5).is_of_stored_data() && io("read", 5).is_of_stored_data());
        assert!(!io("write", 5).is_of_stored_data());
    }
}
