//! What the reader is fuzzed with: any bytes, as they are and with their checksums mended, so that what is behind the
//! checksums is reached as well.

use super::{
    Payloads, Record, TraceReader, VERSION,
    format::{
        BLOCK_HEAD, BLOCK_MAGIC, BlockHead, INDEX_MAGIC, MAGIC, fingerprint, read_header, write_header,
    },
    line,
};
use crate::Time;

/// Messages of an input that are looked at: a small block can hold very many.
const LOOKED_AT: usize = 20_000;

/// Reads any bytes as a trace, in every way in which a trace is read. It must return, whatever they are.
pub fn fuzz(bytes: &[u8]) {
    read(bytes.to_vec());
    read(mended(bytes));
}

fn read(bytes: Vec<u8>) {
    let Ok(mut reader) = TraceReader::from_bytes(bytes) else { return };
    let mut last = Time::ZERO;
    for record in reader.by_ref().take(LOOKED_AT) {
        match record {
            Ok(record) => {
                last = record.handled;
                std::hint::black_box(line(&record));
            }
            Err(error) => {
                std::hint::black_box(error.to_string());
            }
        }
    }
    let total = reader.total().unwrap_or_default();
    for number in [0, total / 2, total, u64::MAX] {
        if reader.seek(number).is_ok() {
            let first = first_head(&mut reader);
            assert!(first.is_none_or(|head| head.number >= number), "before {number}");
        }
    }
    if reader.seek_time(last).is_ok() {
        let first = first_head(&mut reader);
        assert!(first.is_none_or(|head| head.handled >= last), "before {last}");
    }
    std::hint::black_box(reader.payloads() == Payloads::Readable);
}

/// The next message, whatever it says, behind what is damaged.
fn first_head(reader: &mut TraceReader) -> Option<Record> {
    loop {
        if let Ok(scanned) = reader.next_head()? {
            return Some(scanned.head().clone());
        }
    }
}

/// The same bytes with right checksums, from the header to the last block, and the fingerprint of this version's
/// messages.
pub fn mended(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = with_header(bytes).unwrap_or_else(|| bytes.to_vec());
    let is_block = |(_, window): &(usize, &[u8])| *window == BLOCK_MAGIC;
    let places = bytes.windows(BLOCK_MAGIC.len()).enumerate().filter(is_block);
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    let ends = places.iter().copied().skip(1).chain([bytes.len()]);
    for (place, end) in places.iter().zip(ends) {
        let Some(block) = bytes.get_mut(*place..end) else { continue };
        let Some((head, rest)) = block.split_first_chunk_mut::<BLOCK_HEAD>() else { continue };
        // The index behind the last block is no part of it.
        let length = rest.windows(INDEX_MAGIC.len()).position(|window| window == INDEX_MAGIC);
        let stored = length.and_then(|length| rest.get(..length)).unwrap_or(rest);
        *head = BlockHead::mended(head, stored);
    }
    bytes
}

/// The same with a whole header in place of one that is nearly one.
fn with_header(bytes: &[u8]) -> Option<Vec<u8>> {
    // A header without its checksum, to be read without comparing.
    let start = MAGIC.len() + 2;
    let length = u32::from_le_bytes(*bytes.get(start..)?.first_chunk()?) as usize;
    let end = start.checked_add(4)?.checked_add(length)?;
    let checked = bytes.get(..end).filter(|_| bytes.starts_with(MAGIC))?;
    let mut whole = checked.to_vec();
    whole.get_mut(MAGIC.len()..start)?.copy_from_slice(&VERSION.to_le_bytes());
    whole.extend_from_slice(&xxhash_rust::xxh3::xxh3_64(&whole).to_le_bytes());
    let read = read_header(|_, length| Ok(whole.get(..length.min(whole.len())).unwrap_or_default().to_vec()));
    let mut header = read.ok()?.header;
    header.schema = fingerprint();
    let mut mended = write_header(&header).ok()?;
    mended.extend_from_slice(bytes.get(end + 8..)?);
    Some(mended)
}
