//! [`InputError`]: why input could not be found or read.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

/// Why input could not be found or read. Where Hadoop has a text for it, this is that text.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum InputError {
    /// Nothing is at the path.
    #[error("Input path does not exist: {}", path.display())]
    NotFound {
        /// The path, made absolute.
        path: PathBuf,
    },
    /// A pattern that no visible file matches.
    #[error("Input Pattern {pattern} matches 0 files")]
    NoMatch {
        /// The pattern as it was given.
        pattern: String,
    },
    /// A directory inside of an input directory (input is not read recursively), or a pipe, socket or
    /// device.
    #[error("Not a file: {}", path.display())]
    NotAFile {
        /// The path of what is not a file.
        path: PathBuf,
    },
    /// A path of a file system that is not the local one.
    #[error(
        "No FileSystem for scheme \"{scheme}\": only local files can be read, \
         copy or mount {path} and give its local path"
    )]
    Scheme {
        /// What stands before `://`.
        scheme: String,
        /// The path as it was given.
        path: String,
    },
    /// An empty path, or an empty one between commas.
    #[error("Can not create a Path from an empty string")]
    EmptyPath,
    /// A pattern that is not well formed.
    #[error(
        "Illegal file pattern: {reason} in {pattern}; \
         write a backslash before a character that is meant as itself"
    )]
    Pattern {
        /// The pattern as it was given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The system refused to list, open or read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// A `.gz` file that is not gzip data, is damaged, or was cut off.
    #[error("broken gzip data in {}: restore the file, or rename it if it is not compressed", path.display())]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What the decompressor said.
        source: Arc<io::Error>,
    },
    /// A `.gz` file, and the program was built without what reads it.
    #[error(
        "cannot read {}: firesteel was built without its feature `gzip`, enable it or decompress the file",
        path.display()
    )]
    GzipFeature {
        /// The file.
        path: PathBuf,
    },
    /// The file has become shorter than it was when it was listed.
    #[error(
        "{} shrank while it was in use: {expected} bytes were there, now it ends after {found}; \
         run the job again when nothing writes to it",
        path.display()
    )]
    Shrunk {
        /// The file.
        path: PathBuf,
        /// Up to which byte it was to be read.
        expected: u64,
        /// Where it ended.
        found: u64,
    },
    /// A line of 4 GiB or more: the file is hardly text.
    #[error(
        "Too many bytes before newline: the line at byte {offset} of {} has more than {limit}, is this text?",
        path.display()
    )]
    LineTooLong {
        /// The file.
        path: PathBuf,
        /// Where the line begins in the (decompressed) data.
        offset: u64,
        /// How many bytes a line may have.
        limit: u64,
    },
}

impl InputError {
    /// What it means that the system cannot find or open `path`.
    pub(super) fn at(path: &Path, source: io::Error) -> InputError {
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                InputError::NotFound { path: path.to_owned() }
            }
            _ => InputError::Read { path: path.to_owned(), source: Arc::new(source) },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn keeps_its_source_unless_the_text_says_it_all() {
        let missing = InputError::at(Path::new("/a"), io::ErrorKind::NotFound.into());
        assert_eq!(missing.to_string(), "Input path does not exist: /a");
        assert!(missing.source().is_none());

        let refused = InputError::at(Path::new("/a"), io::ErrorKind::PermissionDenied.into());
        assert_eq!(refused.to_string(), "cannot read /a");
        assert_eq!(refused.source().unwrap().to_string(), "permission denied");
    }

    #[test]
    fn can_be_sent_and_cloned() {
        fn check<T: Send + Sync + Clone + 'static>() {}
        check::<InputError>();
    }
}
