//! [`SpillFile`]: a finished file.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use serde::de::DeserializeOwned;

use super::{
    Compression, RowReader, SpillError,
    format::{self, FOOTER_LEN, Footer, HEADER_LEN, Part},
    writer::OwnedPath,
};

/// A file of rows, removed when it is dropped. It is open only while somebody reads, so that thousands of them cost no
/// file handles.
#[derive(Debug)]
pub(crate) struct SpillFile {
    path: OwnedPath,
    compression: Compression,
    parts: Vec<Part>,
    per_run: usize,
    open: Mutex<Weak<File>>,
}

impl SpillFile {
    pub(super) fn new(path: OwnedPath, compression: Compression, parts: Vec<Part>, per_run: usize) -> Self {
        SpillFile { path, compression, parts, per_run, open: Mutex::default() }
    }

    /// Takes a finished file over, which is removed with it.
    ///
    /// # Errors
    /// [`SpillError`] if it is missing, cannot be read, or its header or index is damaged.
    #[cfg_attr(not(test), allow(dead_code, reason = "the block server opens files that way"))]
    pub(crate) fn open(path: PathBuf) -> Result<Arc<Self>, SpillError> {
        Self::read(path, false)
    }

    /// As [`open`](Self::open), but the file stays where it is: it belongs to others.
    pub(crate) fn open_shared(path: PathBuf) -> Result<Arc<Self>, SpillError> {
        Self::read(path, true)
    }

    fn read(path: PathBuf, stays: bool) -> Result<Arc<Self>, SpillError> {
        let file = File::open(&path).map_err(|error| SpillError::io("open", &path, error))?;
        let len = file.metadata().map_err(|error| SpillError::io("read", &path, error))?.len();
        let least = (HEADER_LEN + FOOTER_LEN) as u64;
        if len < least {
            let what = "the length of the file";
            return Err(SpillError::Damaged { path, what, offset: 0, expected: least, found: len });
        }
        let mut header = [0; HEADER_LEN];
        read_at(&file, &mut header, 0, &path)?;
        let compression = format::read_header(&header, &path)?;
        let mut footer = [0; FOOTER_LEN];
        read_at(&file, &mut footer, len - FOOTER_LEN as u64, &path)?;
        let footer = Footer::read(&footer, len, &path)?;
        // Not longer than the file.
        let mut index = vec![0; footer.index_len];
        read_at(&file, &mut index, footer.index_offset, &path)?;
        let parts = footer.parts(&header, &index, &path)?;
        let path = OwnedPath { path, stays };
        Ok(Arc::new(SpillFile::new(path, compression, parts, footer.per_run)))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path.path
    }

    /// How many runs there are.
    pub(crate) fn runs(&self) -> usize {
        self.parts.len() / self.per_run.max(1)
    }

    /// A part of a run; that which is not there is empty.
    pub(crate) fn part(&self, run: usize, part: usize) -> Part {
        self.parts.get(run * self.per_run + part).copied().unwrap_or_default()
    }

    /// The rows of a part, which must be of the type that was written.
    pub(crate) fn rows<T: DeserializeOwned>(
        &self,
        run: usize,
        part: usize,
    ) -> Result<RowReader<T>, SpillError> {
        let part = self.part(run, part);
        let file = if part.rows == 0 { None } else { Some(self.file()?) };
        Ok(RowReader::new(file, self.path().to_owned(), self.compression, part))
    }

    /// Looks whether a part is as it was written, without decoding its rows. `check` is called again and again, and may
    /// end the task.
    pub(crate) fn verify(&self, run: usize, part: usize, check: impl Fn()) -> Result<(), SpillError> {
        self.rows::<()>(run, part)?.verify(check)
    }

    /// Moves the file to its final place, from where nothing removes it; `false`: there is one already, and this one goes.
    pub(crate) fn keep_as(self: Arc<Self>, place: &Path) -> Result<bool, SpillError> {
        let written = File::open(self.path()).and_then(|file| file.sync_all());
        written.map_err(|error| SpillError::io("write", self.path(), error))?;
        // Of two at a time one gets the name, which a rename would not see to. Its other name is removed with `self`.
        let kept = match std::fs::hard_link(self.path(), place) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            // Not every file system has links.
            Err(_) if place.exists() => Ok(false),
            Err(_) => std::fs::rename(self.path(), place).map(|()| true),
        };
        kept.map_err(|error| SpillError::io("make", place, error))
    }

    fn file(&self) -> Result<Arc<File>, SpillError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.upgrade() {
            return Ok(file);
        }
        let file = File::open(self.path()).map_err(|error| SpillError::io("open", self.path(), error))?;
        let file = Arc::new(file);
        *open = Arc::downgrade(&file);
        Ok(file)
    }
}

/// Fills `buffer` from a place of a file.
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64, path: &Path) -> Result<(), SpillError> {
    file.read_exact_at(buffer, offset).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            let found = file.metadata().map_or(0, |metadata| metadata.len());
            SpillError::Damaged {
                path: path.to_owned(),
                what: "the length of the file",
                offset,
                expected: offset + buffer.len() as u64,
                found,
            }
        }
        _ => SpillError::io("read", path, error),
    })
}
