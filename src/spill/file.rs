//! [`SpillFile`]: a finished file.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use serde::de::DeserializeOwned;

use super::{
    Compression, RowReader, SpillError,
    format::{self, FOOTER_LEN, Footer, HEADER_LEN, Part},
    stored::{Stored, read_at},
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
    /// Parts of another executor's file that were fetched.
    #[cfg(feature = "cluster")]
    fetched: Option<Fetched>,
}

/// What was fetched of a map output: the parts of one reducer.
#[cfg(feature = "cluster")]
#[derive(Debug)]
struct Fetched {
    /// The first part that there is.
    first: usize,
    stored_at: Stored,
    /// Of the file in which it is; keeps it there.
    _scratch: Option<Arc<super::ScratchFile>>,
}

impl SpillFile {
    pub(super) fn new(path: OwnedPath, compression: Compression, parts: Vec<Part>, per_run: usize) -> Self {
        SpillFile {
            path,
            compression,
            parts,
            per_run,
            open: Mutex::default(),
            #[cfg(feature = "cluster")]
            fetched: None,
        }
    }

    /// Parts `first..` that were fetched into memory. `name` is for people.
    #[cfg(feature = "cluster")]
    pub(crate) fn fetched(
        name: PathBuf,
        compression: Compression,
        (first, per_run): (usize, usize),
        parts: Vec<Part>,
        bytes: Vec<u8>,
    ) -> Self {
        let path = OwnedPath { path: name, stays: true };
        let stored_at = Stored::Memory(Arc::new(bytes));
        let fetched = Some(Fetched { first, stored_at, _scratch: None });
        SpillFile { fetched, ..SpillFile::new(path, compression, parts, per_run) }
    }

    /// Parts `first..` that were fetched into a file.
    #[cfg(feature = "cluster")]
    pub(crate) fn fetched_to(
        scratch: Arc<super::ScratchFile>,
        compression: Compression,
        (first, per_run): (usize, usize),
        parts: Vec<Part>,
    ) -> Self {
        let path = OwnedPath { path: scratch.path().to_owned(), stays: true };
        let fetched = Some(Fetched { first, stored_at: scratch.stored(), _scratch: Some(scratch) });
        SpillFile { fetched, ..SpillFile::new(path, compression, parts, per_run) }
    }

    /// How its frames are compressed.
    #[cfg(feature = "cluster")]
    pub(crate) fn compression(&self) -> Compression {
        self.compression
    }

    /// Stored bytes as they are.
    #[cfg(feature = "cluster")]
    pub(crate) fn read_stored(&self, buffer: &mut [u8], offset: u64) -> Result<(), SpillError> {
        self.stored()?.read_at(buffer, offset, self.path())
    }

    /// The parts of a run that there are, of what was fetched.
    #[cfg(feature = "cluster")]
    pub(crate) fn fetched_parts(&self) -> std::ops::Range<usize> {
        let first = self.fetched.as_ref().map_or(0, |fetched| fetched.first);
        first..first.saturating_add(self.per_run)
    }

    /// Looks whether the frames of a part are as they were written.
    #[cfg(feature = "cluster")]
    pub(crate) fn verify_frames(&self, run: usize, part: usize) -> Result<(), SpillError> {
        self.rows::<()>(run, part)?.verify_frames()
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
        #[cfg(feature = "cluster")]
        let part = match &self.fetched {
            Some(fetched) => part.wrapping_sub(fetched.first),
            None => part,
        };
        if part >= self.per_run {
            return Part::default();
        }
        self.parts.get(run * self.per_run + part).copied().unwrap_or_default()
    }

    /// The rows of a part, which must be of the type that was written.
    pub(crate) fn rows<T: DeserializeOwned>(
        &self,
        run: usize,
        part: usize,
    ) -> Result<RowReader<T>, SpillError> {
        let part = self.part(run, part);
        let stored = if part.rows == 0 { None } else { Some(self.stored()?) };
        Ok(RowReader::new(stored, self.path().to_owned(), self.compression, part))
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

    fn stored(&self) -> Result<Stored, SpillError> {
        #[cfg(feature = "cluster")]
        if let Some(fetched) = &self.fetched {
            return Ok(fetched.stored_at.clone());
        }
        self.file().map(Stored::File)
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
