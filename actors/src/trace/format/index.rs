//! The index at the end of a trace: where each block is, and what it holds.

use xxhash_rust::xxh3::xxh3_64;

use super::{BLOCK_HEAD, BlockHead, fixed, u32_at, u64_at};
use crate::Time;

/// The first bytes of an index.
pub(in crate::trace) const INDEX_MAGIC: &[u8; 8] = b"FSINDEX\n";

/// The last bytes of a file that was closed.
const TRAILER_MAGIC: &[u8; 8] = b"FSTREND\n";

/// Length of the trailer: where the index begins, and its magic.
pub(in crate::trace) const TRAILER: usize = 16;

/// Length of an entry.
const ENTRY: usize = 36;

/// Magic and count; the checksum is at the end.
pub(in crate::trace) const INDEX_START: usize = 12;

/// A block, as the index knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) struct IndexEntry {
    pub(in crate::trace) offset: u64,
    /// The number of its first message.
    pub(in crate::trace) first: u64,
    pub(in crate::trace) earliest: Time,
    pub(in crate::trace) latest: Time,
    pub(in crate::trace) count: u32,
}

impl IndexEntry {
    pub(in crate::trace) fn of(offset: u64, head: &BlockHead) -> Self {
        let BlockHead { first, earliest, latest, count, .. } = *head;
        IndexEntry { offset, first, earliest, latest, count }
    }
}

/// All blocks of a trace, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::trace) struct Index {
    pub(in crate::trace) entries: Vec<IndexEntry>,
}

impl Index {
    /// The bytes of an index that begins at `offset`, with the trailer.
    pub(in crate::trace) fn write(&self, offset: u64) -> Vec<u8> {
        let mut bytes = INDEX_MAGIC.to_vec();
        bytes.extend_from_slice(&(self.entries.len() as u32).to_le_bytes());
        for IndexEntry { offset, first, earliest, latest, count } in &self.entries {
            let numbers = [*offset, *first, earliest.0, latest.0];
            bytes.extend(numbers.into_iter().flat_map(u64::to_le_bytes));
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        let checksum = xxh3_64(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes.extend_from_slice(&offset.to_le_bytes());
        bytes.extend_from_slice(TRAILER_MAGIC);
        bytes
    }

    /// Reads an index from its bytes, the trailer left out.
    pub(in crate::trace) fn parse(bytes: &[u8]) -> Option<Self> {
        if footer_length(bytes)? != bytes.len() + TRAILER {
            return None;
        }
        let (checked, checksum) = bytes.split_last_chunk()?;
        if xxh3_64(checked) != u64::from_le_bytes(*checksum) {
            return None;
        }
        let entry = |bytes: &[u8]| IndexEntry {
            offset: u64_at(bytes, 0),
            first: u64_at(bytes, 8),
            earliest: Time(u64_at(bytes, 16)),
            latest: Time(u64_at(bytes, 24)),
            count: u32_at(bytes, 32),
        };
        Some(Index { entries: checked.get(INDEX_START..)?.chunks_exact(ENTRY).map(entry).collect() })
    }

    /// The block that holds this message, or the one after where it would be.
    pub(in crate::trace) fn block_of(&self, number: u64) -> Option<&IndexEntry> {
        let place = self
            .entries
            .partition_point(|entry| entry.first.saturating_add(u64::from(entry.count)) <= number);
        self.entries.get(place)
    }

    /// The first block with a message that was handled at this time or later.
    pub(in crate::trace) fn block_at(&self, time: Time) -> Option<&IndexEntry> {
        // Times of blocks overlap where several threads handle messages, so this looks at each.
        self.entries.iter().find(|entry| entry.latest >= time)
    }

    /// How many messages its blocks hold.
    pub(in crate::trace) fn messages(&self) -> u64 {
        self.entries.iter().map(|entry| u64::from(entry.count)).sum()
    }
}

/// The length of the index that begins with these bytes and of the trailer behind it; `None` if none begins here.
pub(in crate::trace) fn footer_length(bytes: &[u8]) -> Option<usize> {
    index_count(bytes)?.checked_mul(ENTRY)?.checked_add(INDEX_START + 8 + TRAILER)
}

/// Whether so many blocks as the index that begins with these bytes claims can be before this place.
pub(in crate::trace) fn can_be_behind(bytes: &[u8], offset: u64) -> bool {
    let blocks = index_count(bytes).and_then(|count| count.checked_mul(BLOCK_HEAD));
    blocks.is_some_and(|blocks| blocks as u64 <= offset)
}

fn index_count(bytes: &[u8]) -> Option<usize> {
    let entries = bytes.strip_prefix(INDEX_MAGIC)?;
    Some(u32::from_le_bytes(fixed(entries, 0)?) as usize)
}

/// Where the trailer says that the index is.
pub(in crate::trace) fn trailer_offset(trailer: &[u8]) -> Option<u64> {
    trailer.strip_suffix(TRAILER_MAGIC).and_then(|offset| fixed(offset, 0)).map(u64::from_le_bytes)
}
