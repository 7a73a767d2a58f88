//! Files of rows that did not fit into memory: what tasks spill for themselves, and map outputs.
//!
//! A [`SpillWriter`] streams rows, part by part, into a file of [`LocalDirs`]; the finished [`SpillFile`] knows where each
//! part is, and any number of [`RowReader`]s stream parts out of it by positioned reads, one frame in memory at a time.
//! Several runs, each with the same number of parts, follow each other in one file.
//!
//! ```text
//! header    magic "FSSPILL\0", version u16, codec u8, 5 zeros                              16 bytes
//! parts     frames, each: raw length u32, stored length u32, xxh3 of both and the stored bytes u64, stored bytes;
//!           whole rows, about 64 KiB raw; stored as they are if compression does not make them smaller
//! index     for each part of each run: offset u64, stored length u64, rows u64, raw length u64
//! footer    offset of the index u64, runs u32, parts per run u32, xxh3 of header, index and these 16 bytes u64,
//!           magic "FSSPEND\0"                                                               32 bytes
//! ```
//! All numbers are little endian. Rows are those of [`codec`](crate::codec). The index stays in memory with the process
//! that wrote the file; [`SpillFile::open`] reads it back. A block server sends the bytes of a part as they are, and
//! writes those of rows in memory the same way; what was fetched is read like a file, from memory or from a [`ScratchFile`].
//!
//! Every damaged byte is found ([`SpillError::Damaged`]); nothing is allocated on the word of a length before its checksum
//! holds. A file is removed when its last owner drops it, also if it was never finished; the directory goes when the
//! executor stops.

mod compression;
mod dirs;
mod error;
mod file;
mod format;
mod reader;
#[cfg(feature = "cluster")]
mod scratch;
mod stored;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use compression::Compression;
pub(crate) use dirs::LocalDirs;
pub use error::SpillError;
pub(crate) use file::SpillFile;
#[cfg(feature = "cluster")]
pub(crate) use format::Part;
pub(crate) use reader::RowReader;
#[cfg(feature = "cluster")]
pub(crate) use scratch::ScratchFile;
pub(crate) use writer::SpillWriter;
