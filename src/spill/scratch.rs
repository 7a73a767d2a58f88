//! [`ScratchFile`]: a file for what was fetched and has no room in memory.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use super::{SpillError, stored::Stored, writer::OwnedPath};

/// A file to which several may write at a time, each at a place of its own; removed with its last owner.
#[derive(Debug)]
pub(crate) struct ScratchFile {
    path: OwnedPath,
    file: Arc<File>,
    end: AtomicU64,
}

impl ScratchFile {
    pub(super) fn new(path: OwnedPath, file: File) -> Self {
        ScratchFile { path, file: Arc::new(file), end: AtomicU64::new(0) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path.path
    }

    pub(super) fn stored(&self) -> Stored {
        Stored::File(self.file.clone())
    }

    /// A place for so many bytes.
    pub(crate) fn place(&self, len: u64) -> u64 {
        self.end.fetch_add(len, Relaxed)
    }

    pub(crate) fn write_at(&self, bytes: &[u8], offset: u64) -> Result<(), SpillError> {
        self.file.write_all_at(bytes, offset).map_err(|error| SpillError::io("write", self.path(), error))
    }
}
