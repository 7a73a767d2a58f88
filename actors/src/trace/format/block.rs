//! Blocks: some thousands of messages with their checksum, readable without any other block.
//!
//! The heads of a block are together, and what the messages say follows: whoever looks for few messages walks over
//! heads alone.

use serde::ser::Error as _;
use xxhash_rust::xxh3::xxh3_64;

use super::{Malformed, encode, head::HeadWriter, u32_at, u64_at};
use crate::{Time, carrier::Observed, codec::CodecError, message::Describe};

/// The first bytes of every block.
pub(in crate::trace) const BLOCK_MAGIC: &[u8; 8] = b"FSBLOCK\n";

/// Length of what precedes the heads.
pub(in crate::trace) const BLOCK_HEAD: usize = 72;

/// Longest part of a block that is believed.
const MAX_PART: usize = 1 << 30;

/// Longest part that is compressed, so that a few bytes cannot claim a large buffer.
const MAX_COMPRESSED: usize = 16 << 20;

/// The shortest head: flags, sender, number, receiver, kind, two times, ids.
const MIN_HEAD: usize = 8;

const HEADS_COMPRESSED: u32 = 1;
const PAYLOADS_COMPRESSED: u32 = 2;

/// Gathers messages for a block.
#[derive(Debug)]
pub(in crate::trace) struct BlockBuilder {
    filled: Filled,
    heads: HeadWriter,
}

/// The messages of a block, not yet compressed. Its buffers are used again.
#[derive(Debug, Default)]
pub(in crate::trace) struct Filled {
    heads: Vec<u8>,
    payloads: Vec<u8>,
    pub(in crate::trace) count: u32,
    pub(in crate::trace) first: u64,
    pub(in crate::trace) earliest: Time,
    pub(in crate::trace) latest: Time,
}

impl BlockBuilder {
    pub(in crate::trace) fn new() -> Self {
        BlockBuilder { filled: Filled::default(), heads: HeadWriter::new() }
    }

    /// Messages that it holds.
    pub(in crate::trace) fn count(&self) -> u32 {
        self.filled.count
    }

    /// Whether it takes no more.
    #[inline]
    pub(in crate::trace) fn is_full(&self, size: usize) -> bool {
        self.filled.size() >= size || self.heads.is_full()
    }

    /// Adds a message. With an error it is added without what it says.
    #[inline]
    pub(in crate::trace) fn append(
        &mut self,
        observed: &Observed<'_>,
        with_payload: bool,
    ) -> Result<(), CodecError> {
        let Observed { head, handled, message } = *observed;
        let filled = &mut self.filled;
        let before = filled.payloads.len();
        let (payload, outcome) = match with_payload.then(|| encode(&mut filled.payloads, message)) {
            None => (None, Ok(())),
            // Beyond that the block could not be read.
            Some(Ok(_)) if filled.payloads.len() > MAX_PART => {
                filled.payloads.truncate(before);
                (None, Err(CodecError::custom("it has more than 1 GiB")))
            }
            Some(Ok(length)) => (Some(length), Ok(())),
            Some(Err(error)) => (None, Err(error)),
        };
        let about = (message.kind(), &message.ids());
        self.heads.put(&mut filled.heads, head, handled, about, payload);
        if filled.count == 0 {
            (filled.earliest, filled.latest) = (handled, handled);
        }
        filled.earliest = filled.earliest.min(handled);
        filled.latest = filled.latest.max(handled);
        filled.count += 1;
        outcome
    }

    /// Takes what was gathered and begins the next block in these buffers.
    pub(in crate::trace) fn take(&mut self, mut empty: Filled) -> Filled {
        empty.clear();
        empty.first = self.filled.first + u64::from(self.filled.count);
        self.heads.clear();
        std::mem::replace(&mut self.filled, empty)
    }
}

impl Filled {
    pub(in crate::trace) fn size(&self) -> usize {
        self.heads.len() + self.payloads.len()
    }

    fn clear(&mut self) {
        self.heads.clear();
        self.payloads.clear();
        self.count = 0;
    }

    /// The bytes of the block, in place of what `to` holds.
    pub(in crate::trace) fn write(&self, compress: bool, to: &mut Vec<u8>) {
        to.clear();
        to.resize(BLOCK_HEAD, 0);
        let heads_stored = write_part(&self.heads, compress, to);
        let payloads_stored = write_part(&self.payloads, compress, to);
        let flag = |stored: usize, part: &[u8], flag| if stored < part.len() { flag } else { 0 };
        let head = BlockHead {
            flags: flag(heads_stored, &self.heads, HEADS_COMPRESSED)
                | flag(payloads_stored, &self.payloads, PAYLOADS_COMPRESSED),
            count: self.count,
            heads: self.heads.len(),
            payloads: self.payloads.len(),
            heads_stored,
            payloads_stored,
            first: self.first,
            earliest: self.earliest,
            latest: self.latest,
            checksum: to.get(BLOCK_HEAD..).map_or(0, xxh3_64),
        };
        if let Some(place) = to.first_chunk_mut() {
            *place = head.to_bytes();
        }
    }
}

/// Appends a part, compressed if that makes it shorter; gives its length.
fn write_part(part: &[u8], compress: bool, to: &mut Vec<u8>) -> usize {
    let start = to.len();
    if compress && (1..=MAX_COMPRESSED).contains(&part.len()) {
        to.resize(start + lz4_flex::block::get_maximum_output_size(part.len()), 0);
        let place = to.get_mut(start..).unwrap_or_default();
        match lz4_flex::block::compress_into(part, place) {
            Ok(length) if length < part.len() => {
                to.truncate(start + length);
                return length;
            }
            _ => to.truncate(start),
        }
    }
    to.extend_from_slice(part);
    part.len()
}

/// What precedes the messages of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) struct BlockHead {
    flags: u32,
    pub(in crate::trace) count: u32,
    heads: usize,
    payloads: usize,
    heads_stored: usize,
    payloads_stored: usize,
    pub(in crate::trace) first: u64,
    pub(in crate::trace) earliest: Time,
    pub(in crate::trace) latest: Time,
    /// Of all that follows.
    checksum: u64,
}

impl BlockHead {
    fn to_bytes(self) -> [u8; BLOCK_HEAD] {
        let mut bytes = Vec::with_capacity(BLOCK_HEAD);
        bytes.extend_from_slice(BLOCK_MAGIC);
        let lengths = [self.heads, self.payloads, self.heads_stored, self.payloads_stored];
        let numbers = [self.flags, self.count].into_iter().chain(lengths.map(|length| length as u32));
        bytes.extend(numbers.flat_map(u32::to_le_bytes));
        let numbers = [self.first, self.earliest.0, self.latest.0, self.checksum];
        bytes.extend(numbers.into_iter().flat_map(u64::to_le_bytes));
        let checksum = xxh3_64(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes.first_chunk().copied().unwrap_or([0; BLOCK_HEAD])
    }

    /// Reads and checks it.
    pub(in crate::trace) fn parse(bytes: &[u8; BLOCK_HEAD]) -> Result<Self, Malformed> {
        if !bytes.starts_with(BLOCK_MAGIC) {
            return Err(Malformed("there is no block here"));
        }
        let (checked, checksum) = bytes.split_at(BLOCK_HEAD - 8);
        if xxh3_64(checked) != u64_at(checksum, 0) {
            return Err(Malformed("the checksum of a block's head is wrong"));
        }
        let length = |at| u32_at(bytes, at) as usize;
        let head = BlockHead {
            flags: u32_at(bytes, 8),
            count: u32_at(bytes, 12),
            heads: length(16),
            payloads: length(20),
            heads_stored: length(24),
            payloads_stored: length(28),
            first: u64_at(bytes, 32),
            earliest: Time(u64_at(bytes, 40)),
            latest: Time(u64_at(bytes, 48)),
            checksum: u64_at(bytes, 56),
        };
        let flags_known = head.flags & !(HEADS_COMPRESSED | PAYLOADS_COMPRESSED) == 0;
        let counted = head.first.checked_add(u64::from(head.count)).is_some()
            && (head.count as usize).checked_mul(MIN_HEAD).is_some_and(|least| least <= head.heads);
        let parts = [
            (head.heads, head.heads_stored, HEADS_COMPRESSED),
            (head.payloads, head.payloads_stored, PAYLOADS_COMPRESSED),
        ];
        let lengths = parts.into_iter().all(|(length, stored, flag)| match head.flags & flag {
            0 => length == stored && length <= MAX_PART,
            _ => stored < length && length <= MAX_COMPRESSED,
        });
        if flags_known && counted && lengths {
            Ok(head)
        } else {
            Err(Malformed("a block's head is nonsense"))
        }
    }

    /// Length of what follows it.
    pub(in crate::trace) fn stored(&self) -> usize {
        self.heads_stored + self.payloads_stored
    }

    /// The length of the whole block.
    pub(in crate::trace) fn size(&self) -> u64 {
        (BLOCK_HEAD + self.stored()) as u64
    }

    /// Whether what follows is what was written.
    pub(in crate::trace) fn holds(&self, stored: &[u8]) -> bool {
        stored.len() == self.stored() && xxh3_64(stored) == self.checksum
    }

    /// Takes heads and, behind them, payloads from what follows, in place of what `to` holds; gives the length of the
    /// heads. What is not compressed is not copied: then the two change places.
    pub(in crate::trace) fn open(&self, stored: &mut Vec<u8>, to: &mut Vec<u8>) -> Result<usize, Malformed> {
        if self.flags == 0 {
            std::mem::swap(stored, to);
            return Ok(self.heads);
        }
        let parts = stored.split_at_checked(self.heads_stored);
        let (heads_stored, payloads_stored) = parts.ok_or(Malformed("a block is too short"))?;
        to.clear();
        read_part(heads_stored, self.heads, self.flags & HEADS_COMPRESSED != 0, to)?;
        read_part(payloads_stored, self.payloads, self.flags & PAYLOADS_COMPRESSED != 0, to)?;
        Ok(self.heads)
    }

    /// Such a head with the lengths and the checksum of these bytes, for the fuzzer.
    pub(in crate::trace) fn mended(bytes: &[u8; BLOCK_HEAD], stored: &[u8]) -> [u8; BLOCK_HEAD] {
        let mut mended = *bytes;
        // The heads as long as they say, as far as that is possible; what is left is what messages say.
        let heads = (u32_at(bytes, 24) as usize).min(stored.len());
        let lengths = [heads as u32, (stored.len() - heads) as u32];
        let [heads, payloads] = lengths.map(u32::to_le_bytes);
        let is_plain = u32_at(bytes, 8) == 0;
        let mut put = |at: usize, part: &[u8]| {
            if let Some(place) = mended.get_mut(at..at + part.len()) {
                place.copy_from_slice(part);
            }
        };
        if is_plain {
            put(16, &heads);
            put(20, &payloads);
        }
        put(24, &heads);
        put(28, &payloads);
        put(56, &xxh3_64(stored).to_le_bytes());
        let checksum = mended.get(..BLOCK_HEAD - 8).map_or(0, xxh3_64);
        if let Some(place) = mended.last_chunk_mut() {
            *place = checksum.to_le_bytes();
        }
        mended
    }
}

/// Appends a part.
fn read_part(stored: &[u8], length: usize, compressed: bool, to: &mut Vec<u8>) -> Result<(), Malformed> {
    if !compressed {
        to.extend_from_slice(stored);
        return Ok(());
    }
    let start = to.len();
    to.resize(start + length, 0);
    match lz4_flex::block::decompress_into(stored, to.get_mut(start..).unwrap_or_default()) {
        Ok(read) if read == length => Ok(()),
        _ => Err(Malformed("a block does not decompress")),
    }
}
