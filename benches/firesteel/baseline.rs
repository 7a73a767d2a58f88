//! The word count that a good programmer writes by hand for one machine: what the engine is measured against.
//!
//! The text is mapped and cut at white space into one piece per thread. Each thread counts its piece into
//! [`SHARDS`] tables chosen by hash; then the tables of each shard are merged, shards in parallel. Words are
//! never copied: a table's keys point into the mapped text. It uses nothing of the engine, and it does not free
//! its tables: the process is about to end.
#![allow(unsafe_code)]

use std::{
    fs::File,
    hash::{BuildHasher, Hasher},
    io, mem,
    path::{Path, PathBuf},
    time::Instant,
};

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use memmap2::Mmap;
use rayon::{ThreadPoolBuildError, ThreadPoolBuilder, prelude::*};
use thiserror::Error;

use super::{
    answer::{Totals, WordCount},
    top::Top,
};

/// Tables per thread. More than threads, so that small tables stay in cache and merging spreads evenly.
const SHARDS: usize = 64;

/// Why the text could not be counted.
#[derive(Debug, Error)]
pub(crate) enum BaselineError {
    /// The text cannot be opened or mapped.
    #[error("cannot read {path}; name a readable file")]
    Read {
        /// The text.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The threads cannot be started.
    #[error("cannot start {threads} threads; ask for fewer")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// The reason.
        source: ThreadPoolBuildError,
    },
}

/// A word and how often it occurred so far. The hash is kept: growing and merging must not compute it again.
struct Entry<'a> {
    hash: u64,
    word: &'a [u8],
    count: u64,
}

type Shard<'a> = HashTable<Entry<'a>>;

/// Counts the words of `file` with `threads` threads.
///
/// # Errors
/// If the file cannot be read or the threads cannot be started.
pub(crate) fn word_count_baseline(path: &Path, threads: usize) -> Result<WordCount, BaselineError> {
    let started = Instant::now();
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| BaselineError::Threads { threads, source })?;
    let text = map(path).map_err(|source| BaselineError::Read { path: path.to_owned(), source })?;
    let shards = pool.install(|| count(&text, threads));
    let (totals, top) = pool.install(|| sum_up(&shards));
    let top = top.into_sorted();
    let top = top.into_iter().map(|(word, n)| (String::from_utf8_lossy(word).into_owned(), n)).collect();
    mem::forget(shards);
    Ok(WordCount { totals, top, seconds: started.elapsed().as_secs_f64() })
}

fn map(path: &Path) -> io::Result<Mmap> {
    let file = File::open(path)?;
    // SAFETY: the mapping is shared and read-only, and nothing in this executable writes to the text while a
    // child reads it: `data` finishes a file under another name before it renames it into place. That no other
    // program cuts it short meanwhile is the one thing taken on trust: the file is a benchmark's own input.
    unsafe { Mmap::map(&file) }
}

/// The counts of all words of `text`, each word in the shard of its hash.
fn count(text: &[u8], threads: usize) -> Vec<Shard<'_>> {
    let counted: Vec<Vec<Shard<'_>>> = pieces(text, threads).into_par_iter().map(count_piece).collect();
    let mut by_shard: Vec<Vec<Shard<'_>>> = (0..SHARDS).map(|_| Vec::with_capacity(threads)).collect();
    for shards in counted {
        by_shard.iter_mut().zip(shards).for_each(|(same, shard)| same.push(shard));
    }
    by_shard.into_par_iter().map(merge).collect()
}

/// Cuts `text` at white space into at most `n` pieces of about equal size.
pub(crate) fn pieces(text: &[u8], n: usize) -> Vec<&[u8]> {
    let size = text.len() / n + 1;
    let mut pieces = Vec::with_capacity(n);
    let mut rest = text;
    while !rest.is_empty() {
        let start = size.min(rest.len());
        let word_end = rest[start..].iter().position(|byte| is_space(*byte));
        let (piece, after) = rest.split_at(word_end.map_or(rest.len(), |length| start + length));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

fn count_piece(piece: &[u8]) -> Vec<Shard<'_>> {
    let hasher = FixedState::with_seed(7);
    let mut shards: Vec<Shard<'_>> = (0..SHARDS).map(|_| HashTable::new()).collect();
    for_each_word(piece, |word| {
        let mut state = hasher.build_hasher();
        state.write(word);
        let hash = state.finish();
        // The tables use the lowest and the highest bits.
        let shard = &mut shards[(hash >> 40) as usize % SHARDS];
        add(shard, Entry { hash, word, count: 1 });
    });
    shards
}

#[inline(always)]
fn add<'a>(shard: &mut Shard<'a>, entry: Entry<'a>) {
    shard
        .entry(entry.hash, |known| known.word == entry.word, |known| known.hash)
        .and_modify(|known| known.count += entry.count)
        .or_insert(entry);
}

#[inline(always)]
fn for_each_word<'a>(text: &'a [u8], mut each: impl FnMut(&'a [u8])) {
    let mut at = 0;
    loop {
        while at < text.len() && is_space(text[at]) {
            at += 1;
        }
        if at == text.len() {
            return;
        }
        let start = at;
        while at < text.len() && !is_space(text[at]) {
            at += 1;
        }
        each(&text[start..at]);
    }
}

#[inline(always)]
fn is_space(byte: u8) -> bool {
    byte == b' ' || matches!(byte, 0x09..=0x0d)
}

/// Merges the tables of one shard into the largest of them.
fn merge(mut shards: Vec<Shard<'_>>) -> Shard<'_> {
    shards.sort_unstable_by_key(HashTable::len);
    let mut merged = shards.pop().unwrap_or_default();
    for shard in shards {
        shard.into_iter().for_each(|entry| add(&mut merged, entry));
    }
    merged
}

/// The totals and the most frequent words over all shards.
fn sum_up<'a>(shards: &[Shard<'a>]) -> (Totals, Top<'a>) {
    let of_shards: Vec<(Totals, Top<'a>)> = shards.par_iter().map(sum_up_shard).collect();
    let mut totals = Totals::default();
    let mut top = Top::default();
    for (of_shard, top_of_shard) in of_shards {
        totals.add(of_shard);
        top_of_shard.into_sorted().into_iter().for_each(|(word, n)| top.offer(word, n));
    }
    (totals, top)
}

fn sum_up_shard<'a>(shard: &Shard<'a>) -> (Totals, Top<'a>) {
    let mut totals = Totals::default();
    let mut top = Top::default();
    for entry in shard {
        totals.add_word(entry.count);
        top.offer(entry.word, entry.count);
    }
    (totals, top)
}
