//! [`RowReader`]: streams the rows of a part.

use std::{marker::PhantomData, path::PathBuf};

use serde::de::DeserializeOwned;

use super::{
    Compression, SpillError,
    compression::Decompressor,
    format::{FRAME_HEADER_LEN, FrameHeader, Part},
    stored::Stored,
};
use crate::codec::decode;

/// The rows of a part, frame by frame; after an error there are no more.
#[derive(Debug)]
pub(crate) struct RowReader<T> {
    /// `None`: there is nothing to read any more.
    stored_at: Option<Stored>,
    path: PathBuf,
    decompressor: Decompressor,
    part: Part,
    /// Of the next frame.
    offset: u64,
    /// The next frame's header follows the stored bytes of the last one, in one read.
    stored: Vec<u8>,
    header: Option<FrameHeader>,
    raw: Vec<u8>,
    at: usize,
    rows_left: u64,
    raw_left: u64,
    row: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> RowReader<T> {
    pub(super) fn new(
        stored_at: Option<Stored>,
        path: PathBuf,
        compression: Compression,
        part: Part,
    ) -> Self {
        RowReader {
            stored_at,
            path,
            decompressor: Decompressor::new(compression),
            part,
            offset: part.offset,
            stored: Vec::new(),
            header: None,
            raw: Vec::new(),
            at: 0,
            rows_left: part.rows,
            raw_left: part.raw,
            row: PhantomData,
        }
    }

    fn damaged(&self, what: &'static str, expected: u64, found: u64) -> SpillError {
        SpillError::Damaged { path: self.path.clone(), what, offset: self.offset, expected, found }
    }

    /// Reads the next frame; `false` at the end.
    #[cold]
    fn next_frame(&mut self) -> Result<bool, SpillError> {
        let Some(stored_at) = &self.stored_at else { return Ok(false) };
        let end = self.part.offset + self.part.stored;
        let left = end.saturating_sub(self.offset);
        if left == 0 {
            self.stored_at = None;
            return match (self.rows_left, self.raw_left) {
                (0, 0) => Ok(false),
                (0, raw) => Err(self.damaged("the end of the part", self.part.raw, self.part.raw - raw)),
                (rows, _) => Err(self.damaged("the number of rows", self.part.rows, self.part.rows - rows)),
            };
        }
        const HEADER: u64 = FRAME_HEADER_LEN as u64;
        let header = match self.header.take() {
            Some(header) => header,
            None if left >= HEADER => {
                let mut header = [0; FRAME_HEADER_LEN];
                stored_at.read_at(&mut header, self.offset, &self.path)?;
                FrameHeader::read(&header)
            }
            None => return Err(self.damaged("the length of the last frame", HEADER, left)),
        };
        let frame_len = HEADER + u64::from(header.stored);
        if frame_len > left {
            return Err(self.damaged("the length of the last frame", left, frame_len));
        }
        let stored_len = header.stored as usize;
        let more = if left - frame_len >= HEADER { FRAME_HEADER_LEN } else { 0 };
        self.stored.resize(stored_len + more, 0);
        stored_at.read_at(&mut self.stored, self.offset + HEADER, &self.path)?;
        let (stored, next) = self.stored.split_at(stored_len);
        let sum = FrameHeader::checksum(header.raw, header.stored, stored);
        if sum != header.sum {
            return Err(self.damaged("the checksum of the frame", header.sum, sum));
        }
        if u64::from(header.raw) > self.raw_left {
            return Err(self.damaged("the raw length of the frame", self.raw_left, header.raw.into()));
        }
        self.raw.resize(header.raw as usize, 0);
        if !self.decompressor.decompress(stored, &mut self.raw) {
            return Err(self.damaged("the compressed frame", header.raw.into(), 0));
        }
        self.header = (more > 0).then(|| FrameHeader::read(next));
        self.raw_left -= u64::from(header.raw);
        self.offset += frame_len;
        self.at = 0;
        Ok(true)
    }

    /// Looks whether the frames have their checksums and fill the part; nothing is decompressed.
    #[cfg(feature = "cluster")]
    pub(super) fn verify_frames(self) -> Result<(), SpillError> {
        let Some(stored_at) = &self.stored_at else { return Ok(()) };
        let (mut offset, end) = (self.part.offset, self.part.offset.saturating_add(self.part.stored));
        let (mut raw, mut stored) = (0u64, Vec::new());
        let damaged = |what, offset, expected, found| {
            Err(SpillError::Damaged { path: self.path.clone(), what, offset, expected, found })
        };
        while offset < end {
            let mut header = [0; FRAME_HEADER_LEN];
            stored_at.read_at(&mut header, offset, &self.path)?;
            let header = FrameHeader::read(&header);
            let (start, left) = (offset + FRAME_HEADER_LEN as u64, end - offset);
            let frame_len = FRAME_HEADER_LEN as u64 + u64::from(header.stored);
            if frame_len > left {
                return damaged("the length of the last frame", offset, left, frame_len);
            }
            stored.resize(header.stored as usize, 0);
            stored_at.read_at(&mut stored, start, &self.path)?;
            let sum = FrameHeader::checksum(header.raw, header.stored, &stored);
            if sum != header.sum {
                return damaged("the checksum of the frame", offset, header.sum, sum);
            }
            raw += u64::from(header.raw);
            offset += frame_len;
        }
        if raw != self.part.raw {
            return damaged("the end of the part", offset, self.part.raw, raw);
        }
        Ok(())
    }

    /// Reads all frames and looks at nothing but their checksums and lengths; calls `check` before each.
    pub(super) fn verify(mut self, check: impl Fn()) -> Result<(), SpillError> {
        // Only who decodes knows the number of rows.
        self.rows_left = 0;
        loop {
            check();
            if !self.next_frame()? {
                return Ok(());
            }
        }
    }

    #[inline]
    fn next_row(&mut self) -> Result<Option<T>, SpillError> {
        // A row may have no bytes at all: frames hold whole rows, so only the counter knows.
        if self.rows_left == 0 {
            let trailing = self.raw.len() - self.at;
            if trailing > 0 {
                return Err(self.damaged("the bytes after the last row of the frame", 0, trailing as u64));
            }
            return if self.next_frame()? { Err(self.damaged("the number of rows", 0, 1)) } else { Ok(None) };
        }
        while self.at == self.raw.len() && self.raw_left > 0 {
            if !self.next_frame()? {
                return Ok(None);
            }
        }
        let mut input = self.raw.get(self.at..).unwrap_or_default();
        let row = match decode(&mut input) {
            Ok(row) => row,
            Err(source) => return Err(SpillError::Decode { path: self.path.clone(), source }),
        };
        self.at = self.raw.len() - input.len();
        self.rows_left -= 1;
        Ok(Some(row))
    }
}

impl<T: DeserializeOwned> Iterator for RowReader<T> {
    type Item = Result<T, SpillError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.stored_at.as_ref()?;
        let row = self.next_row();
        if row.is_err() {
            self.stored_at = None;
        }
        row.transpose()
    }
}
