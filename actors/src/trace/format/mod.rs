//! The bytes of a trace file; `docs/trace-format.md` says the same in prose.
//!
//! A header, then blocks of messages, then an index of the blocks. Each part has its checksum, and a block can be read
//! without any other part: what its heads leave out because it was said before was said in the same block.

mod block;
mod head;
mod header;
mod index;
mod names;
mod payload;
mod schema;
mod varint;

pub(super) use block::{BLOCK_HEAD, BLOCK_MAGIC, BlockBuilder, BlockHead, Filled};
pub(super) use head::HeadReader;
pub use header::Header;
pub(super) use header::{NoHeader, ReadHeader, read_header, write_header};
pub(super) use index::{
    INDEX_MAGIC, INDEX_START, Index, IndexEntry, TRAILER, can_be_behind, footer_length, trailer_offset,
};
pub(super) use payload::decode;
use payload::encode;
pub(super) use schema::fingerprint;
pub(super) use varint::Cursor;

/// The first bytes of every trace.
pub(super) const MAGIC: &[u8; 7] = b"FSTRACE";

/// The version of the format.
pub const VERSION: u16 = 3;

/// The oldest version whose heads are read: what messages say was written in another way before. Older versions, and newer
/// ones, are refused.
pub(super) const OLDEST: u16 = 2;

/// Bytes that are not what they should be: why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub(super) &'static str);

/// A fixed number at a place of some bytes.
pub(super) fn fixed<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// A number of eight bytes; 0 beyond the end, which those who ask have excluded.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    fixed(bytes, at).map_or(0, u64::from_le_bytes)
}

/// A number of four bytes; 0 beyond the end.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    fixed(bytes, at).map_or(0, u32::from_le_bytes)
}
