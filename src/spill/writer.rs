//! [`SpillWriter`]: streams rows into a file.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Serialize;

use super::{
    Compression, LocalDirs, SpillError, SpillFile,
    compression::Compressor,
    format::{self, FRAME_HEADER_LEN, FrameHeader, Part},
};
use crate::codec::{CodecError, CodecErrorKind, encode};

/// Raw bytes after which a frame ends.
const FRAME_LEN: usize = 64 << 10;
/// Stored bytes that are written at a time.
const WRITE_LEN: usize = 64 << 10;
/// Rows between two checks of who writes many.
const CHECK: u64 = 1024;

/// A file that is being written: rows go to the current part; [`end_part`](Self::end_part) begins the next one. Dropped
/// unfinished, it is removed.
#[derive(Debug)]
pub(crate) struct SpillWriter {
    #[cfg_attr(not(test), allow(dead_code, reason = "keeps the directory while the file is written"))]
    dirs: Arc<LocalDirs>,
    path: OwnedPath,
    /// `None`: everything stays in `out`.
    file: Option<File>,
    compression: Compression,
    compressor: Compressor,
    per_run: usize,
    parts: Vec<Part>,
    current: Part,
    /// Rows of the current frame.
    raw: Vec<u8>,
    /// Frames that have not been written.
    out: Vec<u8>,
    /// Bytes of all frames so far, and the header.
    offset: u64,
    /// Raw bytes of the longest frame.
    longest_frame: usize,
}

/// A path whose file is removed with it.
#[derive(Debug)]
pub(super) struct OwnedPath {
    pub(super) path: PathBuf,
    /// Whether the file stays.
    pub(super) stays: bool,
}

impl Drop for OwnedPath {
    fn drop(&mut self) {
        if !self.stays {
            // With an executor that has stopped its whole directory is gone.
            fs::remove_file(&self.path).ok();
        }
    }
}

impl SpillWriter {
    pub(super) fn new(
        dirs: Arc<LocalDirs>,
        path: PathBuf,
        file: File,
        per_run: usize,
        compression: Compression,
    ) -> Result<Self, SpillError> {
        let out = format::header(compression).to_vec();
        let offset = out.len() as u64;
        let current = Part { offset, ..Part::default() };
        let (path, parts, raw) = (OwnedPath { path, stays: false }, Vec::new(), Vec::new());
        Ok(SpillWriter {
            dirs,
            path,
            file: Some(file),
            compression,
            compressor: Compressor::new(compression),
            per_run,
            parts,
            current,
            raw,
            out,
            offset,
            longest_frame: 0,
        })
    }

    /// Writes to memory, and no header. `name` is for people.
    #[cfg(feature = "cluster")]
    pub(super) fn in_memory(
        dirs: Arc<LocalDirs>,
        name: PathBuf,
        per_run: usize,
        compression: Compression,
    ) -> Self {
        SpillWriter {
            dirs,
            path: OwnedPath { path: name, stays: true },
            file: None,
            compression,
            compressor: Compressor::new(compression),
            per_run,
            parts: Vec::new(),
            current: Part::default(),
            raw: Vec::new(),
            out: Vec::new(),
            offset: 0,
            longest_frame: 0,
        }
    }

    /// Ends what was written to memory.
    #[cfg(feature = "cluster")]
    pub(crate) fn finish_in_memory(mut self) -> (Compression, Vec<Part>, Vec<u8>) {
        (self.compression, std::mem::take(&mut self.parts), std::mem::take(&mut self.out))
    }

    fn path(&self) -> &Path {
        &self.path.path
    }

    /// Adds a row to the current part.
    #[inline]
    pub(crate) fn write<T: Serialize + ?Sized>(&mut self, row: &T) -> Result<(), SpillError> {
        encode(row, &mut self.raw).map_err(|source| self.encode_error(source))?;
        self.current.rows += 1;
        if self.raw.len() >= FRAME_LEN { self.end_frame() } else { Ok(()) }
    }

    /// Adds rows, calling `check` now and then, which may end the task; how many they were.
    #[inline]
    pub(crate) fn write_all<T: Serialize>(
        &mut self,
        rows: impl Iterator<Item = T>,
        check: impl Fn(),
    ) -> Result<u64, SpillError> {
        let mut written = 0u64;
        for row in rows {
            if written.is_multiple_of(CHECK) {
                check();
            }
            written += 1;
            self.write(&row)?;
        }
        Ok(written)
    }

    /// Adds whole rows that are encoded already.
    pub(crate) fn write_encoded(&mut self, bytes: &[u8], rows: u64) -> Result<(), SpillError> {
        self.raw.extend_from_slice(bytes);
        self.current.rows += rows;
        if self.raw.len() >= FRAME_LEN { self.end_frame() } else { Ok(()) }
    }

    #[cold]
    fn encode_error(&self, source: CodecError) -> SpillError {
        SpillError::Encode { path: self.path().to_owned(), source }
    }

    fn end_frame(&mut self) -> Result<(), SpillError> {
        let Ok(raw_len) = u32::try_from(self.raw.len()) else {
            return Err(self.encode_error(CodecErrorKind::TooLong(self.raw.len()).into()));
        };
        if raw_len == 0 {
            return Ok(());
        }
        let start = self.out.len();
        self.out.resize(start + FRAME_HEADER_LEN, 0);
        self.compressor.compress(&self.raw, &mut self.out);
        let (header, stored) = self.out[start..].split_at_mut(FRAME_HEADER_LEN);
        FrameHeader::of(raw_len, stored).write(header);
        let frame_len = (FRAME_HEADER_LEN + stored.len()) as u64;
        self.current.raw += u64::from(raw_len);
        self.longest_frame = self.longest_frame.max(self.raw.len());
        self.current.stored += frame_len;
        self.offset += frame_len;
        self.raw.clear();
        // One huge row must not keep its room.
        self.raw.shrink_to(4 * FRAME_LEN);
        if self.out.len() >= WRITE_LEN { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), SpillError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        #[cfg(test)]
        self.dirs
            .take_room(self.out.len() as u64)
            .map_err(|error| SpillError::io("write", &self.path.path, error))?;
        file.write_all(&self.out).map_err(|error| SpillError::io("write", &self.path.path, error))?;
        self.out.clear();
        self.out.shrink_to(4 * WRITE_LEN);
        Ok(())
    }

    /// Ends the current part, empty or not; the next row begins the next one.
    pub(crate) fn end_part(&mut self) -> Result<Part, SpillError> {
        self.end_frame()?;
        let part = std::mem::replace(&mut self.current, Part { offset: self.offset, ..Part::default() });
        self.parts.push(part);
        Ok(part)
    }

    /// Whole runs so far.
    pub(crate) fn runs(&self) -> usize {
        self.parts.len() / self.per_run.max(1)
    }

    /// Bytes of the file so far, without its index.
    pub(crate) fn stored(&self) -> u64 {
        self.offset
    }

    /// Bytes that a reader of one part holds, at most: a frame as it is stored and as it is.
    pub(crate) fn reader_room(&self) -> u64 {
        2 * self.longest_frame as u64
    }

    /// Writes the index.
    pub(crate) fn finish(mut self) -> Result<Arc<SpillFile>, SpillError> {
        debug_assert!(self.parts.len().is_multiple_of(self.per_run.max(1)), "a run has not all of its parts");
        let index = format::index(self.compression, self.offset, &self.parts, self.per_run);
        self.out.extend_from_slice(&index);
        self.flush()?;
        Ok(Arc::new(SpillFile::new(self.path, self.compression, self.parts, self.per_run)))
    }
}
