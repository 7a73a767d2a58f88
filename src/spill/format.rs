//! The numbers of the file format.

use std::path::Path;

use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

use super::{Compression, SpillError};

pub(super) const HEADER_LEN: usize = 16;
pub(super) const FRAME_HEADER_LEN: usize = 16;
pub(super) const ENTRY_LEN: usize = 32;
pub(super) const FOOTER_LEN: usize = 32;

const MAGIC: &[u8; 8] = b"FSSPILL\0";
const END_MAGIC: &[u8; 8] = b"FSSPEND\0";
const VERSION: u16 = 1;

/// Takes a number from the front of bytes that are known to be long enough; what is not there is 0.
pub(super) fn take_u64(bytes: &mut &[u8]) -> u64 {
    let Some((first, rest)) = bytes.split_first_chunk() else { return 0 };
    *bytes = rest;
    u64::from_le_bytes(*first)
}

pub(super) fn take_u32(bytes: &mut &[u8]) -> u32 {
    let Some((first, rest)) = bytes.split_first_chunk() else { return 0 };
    *bytes = rest;
    u32::from_le_bytes(*first)
}

pub(super) fn header(compression: Compression) -> [u8; HEADER_LEN] {
    let mut header = [0; HEADER_LEN];
    header[..8].copy_from_slice(MAGIC);
    header[8..10].copy_from_slice(&VERSION.to_le_bytes());
    header[10] = compression.id();
    header
}

/// The codec of a file, or what is wrong with its header.
pub(super) fn read_header(header: &[u8; HEADER_LEN], path: &Path) -> Result<Compression, SpillError> {
    let damaged = |what, offset, expected, found| {
        let path = path.to_owned();
        SpillError::Damaged { path, what, offset, expected, found }
    };
    let (magic, expected) = (take_u64(&mut &header[..8]), u64::from_le_bytes(*MAGIC));
    if magic != expected {
        return Err(damaged("the magic number", 0, expected, magic));
    }
    let version = u16::from_le_bytes([header[8], header[9]]);
    if version != VERSION {
        return Err(damaged("the version", 8, VERSION.into(), version.into()));
    }
    if let Some(place) = header[11..].iter().position(|byte| *byte != 0) {
        return Err(damaged("the header", 11 + place as u64, 0, header[11 + place].into()));
    }
    let known = Compression::of_id(header[10]);
    known.ok_or_else(|| damaged("the codec", 10, Compression::Lz4.id().into(), header[10].into()))
}

/// Where a part is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// Of its first frame.
    pub(crate) offset: u64,
    /// Bytes in the file.
    pub(crate) stored: u64,
    pub(crate) rows: u64,
    /// Bytes before compression.
    pub(crate) raw: u64,
}

impl Part {
    fn write(&self, out: &mut Vec<u8>) {
        for number in [self.offset, self.stored, self.rows, self.raw] {
            out.extend_from_slice(&number.to_le_bytes());
        }
    }

    fn read(bytes: &mut &[u8]) -> Self {
        let mut next = || take_u64(bytes);
        Part { offset: next(), stored: next(), rows: next(), raw: next() }
    }
}

/// Index and footer of a file whose parts end at `offset`.
pub(super) fn index(compression: Compression, offset: u64, parts: &[Part], per_run: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.len() * ENTRY_LEN + FOOTER_LEN);
    parts.iter().for_each(|part| part.write(&mut out));
    let numbers = footer_numbers(offset, parts.len() / per_run.max(1), per_run);
    let sum = checksum(&header(compression), &out, &numbers);
    out.extend_from_slice(&numbers);
    out.extend_from_slice(&sum.to_le_bytes());
    out.extend_from_slice(END_MAGIC);
    out
}

fn footer_numbers(offset: u64, runs: usize, per_run: usize) -> [u8; 16] {
    let mut numbers = [0; 16];
    numbers[..8].copy_from_slice(&offset.to_le_bytes());
    numbers[8..12].copy_from_slice(&(runs as u32).to_le_bytes());
    numbers[12..].copy_from_slice(&(per_run as u32).to_le_bytes());
    numbers
}

fn checksum(header: &[u8], index: &[u8], numbers: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    [header, index, numbers].into_iter().for_each(|bytes| hash.update(bytes));
    hash.digest()
}

/// What a footer says: where the index is and how long; the sum that it should have.
pub(super) struct Footer {
    pub(super) index_offset: u64,
    pub(super) index_len: usize,
    pub(super) per_run: usize,
    numbers: [u8; 16],
    sum: u64,
}

impl Footer {
    /// Reads the footer of a file of `len` bytes.
    pub(super) fn read(bytes: &[u8; FOOTER_LEN], len: u64, path: &Path) -> Result<Self, SpillError> {
        let start = len - FOOTER_LEN as u64;
        let damaged = |what, at, expected, found| {
            Err(SpillError::Damaged { path: path.to_owned(), what, offset: start + at, expected, found })
        };
        let mut rest = &bytes[..];
        let index_offset = take_u64(&mut rest);
        let (runs, per_run) = (u64::from(take_u32(&mut rest)), u64::from(take_u32(&mut rest)));
        let (sum, magic) = (take_u64(&mut rest), take_u64(&mut rest));
        let expected = u64::from_le_bytes(*END_MAGIC);
        if magic != expected {
            return damaged("the last magic number", 24, expected, magic);
        }
        let index_len = (runs * per_run).checked_mul(ENTRY_LEN as u64);
        let end = index_len.and_then(|index_len| index_len.checked_add(index_offset));
        match (index_len, end) {
            (Some(index_len), Some(end)) if end == start => {
                let mut numbers = [0; 16];
                numbers.copy_from_slice(&bytes[..16]);
                let index_len = index_len as usize;
                Ok(Footer { index_offset, index_len, per_run: per_run as usize, numbers, sum })
            }
            (_, end) => damaged("the end of the index", 0, start, end.unwrap_or(u64::MAX)),
        }
    }

    /// The parts, if the checksum holds.
    pub(super) fn parts(
        &self,
        header: &[u8; HEADER_LEN],
        index: &[u8],
        path: &Path,
    ) -> Result<Vec<Part>, SpillError> {
        let found = checksum(header, index, &self.numbers);
        if found != self.sum {
            let (path, offset) = (path.to_owned(), self.index_offset);
            let what = "the checksum of the index";
            return Err(SpillError::Damaged { path, what, offset, expected: self.sum, found });
        }
        Ok(index.chunks_exact(ENTRY_LEN).map(|mut entry| Part::read(&mut entry)).collect())
    }
}

/// What precedes a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameHeader {
    pub(super) raw: u32,
    pub(super) stored: u32,
    pub(super) sum: u64,
}

impl FrameHeader {
    /// Of stored bytes.
    pub(super) fn of(raw: u32, stored: &[u8]) -> Self {
        let stored_len = stored.len() as u32;
        FrameHeader { raw, stored: stored_len, sum: Self::checksum(raw, stored_len, stored) }
    }

    pub(super) fn checksum(raw: u32, stored_len: u32, stored: &[u8]) -> u64 {
        xxh3_64_with_seed(stored, u64::from(raw) << 32 | u64::from(stored_len))
    }

    pub(super) fn write(&self, out: &mut [u8]) {
        let (lengths, sum) = out.split_at_mut(8);
        lengths[..4].copy_from_slice(&self.raw.to_le_bytes());
        lengths[4..].copy_from_slice(&self.stored.to_le_bytes());
        sum.copy_from_slice(&self.sum.to_le_bytes());
    }

    pub(super) fn read(mut bytes: &[u8]) -> Self {
        let (raw, stored) = (take_u32(&mut bytes), take_u32(&mut bytes));
        FrameHeader { raw, stored, sum: take_u64(&mut bytes) }
    }
}
