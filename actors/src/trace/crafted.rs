//! Files that were made to keep a reader busy: its work grows with their length, not with its square.

use std::{
    io::{self, Cursor, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use xxhash_rust::xxh3::xxh3_64;

use super::{
    block_reader::BlockReader,
    format::{BLOCK_HEAD, BLOCK_MAGIC, INDEX_MAGIC, Index},
    source::Source,
};

/// A file that counts the bytes that are read.
struct Counting(Cursor<Vec<u8>>, Arc<AtomicU64>);

impl Read for Counting {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(to)?;
        self.1.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Counting {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// The head of a block that says that so many bytes follow, with a checksum that holds.
fn head(claimed: usize, checksum: u64) -> [u8; BLOCK_HEAD] {
    let mut bytes = BLOCK_MAGIC.to_vec();
    let claimed = claimed as u32;
    bytes.extend([0, 0, claimed, 0, claimed, 0].into_iter().flat_map(u32::to_le_bytes));
    bytes.extend([0, 0, 0, checksum].into_iter().flat_map(u64::to_le_bytes));
    bytes.extend(xxh3_64(&bytes).to_le_bytes());
    bytes.try_into().unwrap()
}

/// How many blocks are found, and how many bytes are read for each of the file: one block after the other, and for the
/// index.
fn read(bytes: Vec<u8>) -> (usize, [u64; 2]) {
    let length = bytes.len() as u64;
    let counter = Arc::new(AtomicU64::new(0));
    let source = Source(Box::new(Counting(Cursor::new(bytes), counter.clone())));
    let mut reader = BlockReader::new("crafted".as_ref(), source, 0);
    let (mut blocks, mut errors) = (0, 0u64);
    loop {
        match reader.next() {
            Ok(true) => blocks += 1,
            Ok(false) => break,
            Err(_) => errors += 1,
        }
    }
    assert!(errors <= length);
    let blocks_read = counter.swap(0, Ordering::Relaxed);
    reader.index().unwrap();
    (blocks, [blocks_read, counter.load(Ordering::Relaxed)].map(|read| read / length))
}

#[test]
fn heads_that_claim_all_that_follows_are_not_each_read_to_the_end() {
    let count = 60_000;
    let crafted = (0..count).flat_map(|at| head((count - at - 1) * BLOCK_HEAD, 7)).collect::<Vec<u8>>();
    assert!(crafted.len() > 4 << 20);
    let (blocks, times) = read(crafted);
    assert_eq!(blocks, 0);
    assert!(times.iter().all(|times| *times <= 8), "{times:?}");
}

#[test]
fn what_is_whole_is_found_between_heads_that_claim_too_much() {
    let mut crafted = Vec::new();
    for _ in 0..200 {
        (0..300).for_each(|_| crafted.extend(head(1 << 20, 7)));
        crafted.extend(head(3, xxh3_64(b"abc")));
        crafted.extend(b"abc");
    }
    let (blocks, times) = read(crafted);
    assert_eq!(blocks, 200);
    assert!(times.iter().all(|times| *times <= 8), "{times:?}");
}

#[test]
fn what_looks_like_an_index_is_not_each_time_read_to_the_end() {
    let length = 4 << 20;
    let mut crafted = Vec::new();
    while crafted.len() < length {
        let entries = (length - crafted.len()) / 36;
        crafted.extend(INDEX_MAGIC);
        crafted.extend((entries as u32).saturating_sub(4).to_le_bytes());
    }
    let (_, times) = read(crafted);
    assert!(times.iter().all(|times| *times <= 12), "{times:?}");
}

#[test]
fn a_trailer_that_names_another_place_does_not_have_the_file_read() {
    let (block, mut crafted) = (vec![7; 50_000], Vec::new());
    for _ in 0..40 {
        crafted.extend(head(block.len(), xxh3_64(&block)));
        crafted.extend(&block);
    }
    // The index is at the end, and the trailer says that it is at the first block, or behind that.
    for wrong in [0, 30] {
        let (_, [_, times]) = read([&crafted[..], &Index::default().write(wrong)].concat());
        assert_eq!(times, 0, "only heads are read");
    }
    let (_, [_, times]) = read([&crafted[..], &Index::default().write(crafted.len() as u64)].concat());
    assert_eq!(times, 0);
}

#[test]
fn small_gaps_are_not_searched_far() {
    let (mut crafted, empty) = (Vec::new(), head(0, xxh3_64(b"")));
    for _ in 0..30_000 {
        crafted.extend(empty);
        crafted.push(b'F');
    }
    let (blocks, times) = read(crafted);
    assert_eq!(blocks, 30_000);
    assert!(times.iter().all(|times| *times <= 12), "{times:?}");
}

#[test]
fn beginnings_alone_cost_little() {
    for beginning in [BLOCK_MAGIC, INDEX_MAGIC] {
        let (blocks, times) = read(beginning.repeat(400_000));
        assert_eq!(blocks, 0);
        assert!(times.iter().all(|times| *times <= 12), "{times:?}");
    }
}
