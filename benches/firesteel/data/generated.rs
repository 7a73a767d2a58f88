//! A text of made-up words, for machines without the real one: the same bytes everywhere and always.
//!
//! In size, number of words, share of different words and frequency of the frequent ones it is like the text of
//! the Linux kernel: about 12.3 million words, 1.5 million of them different. It imitates nothing else.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use super::{DataError, SIZE};
use crate::splitmix::random;

const SEED: u64 = 1;
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz_*();=";
const WORDS_PER_LINE: u64 = 8;

/// Writes the text to `text`; leaves `work` alone.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn make(work: &Path, text: &Path) -> Result<(), DataError> {
    eprintln!("data: generating a text of {SIZE} bytes");
    let write = || -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, File::create_new(text)?);
        write_text(&mut out, SIZE)?;
        out.flush()
    };
    write().map_err(|source| DataError::Io { path: work.to_owned(), source })
}

/// Writes as many whole lines as fit into `limit` bytes.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write_text(out: &mut impl Write, limit: u64) -> io::Result<()> {
    let mut left = limit;
    let mut line = Vec::new();
    for number in 0.. {
        line.clear();
        line.push(b'\t');
        for word in 0..WORDS_PER_LINE {
            push_word(&mut line, rank(random(SEED, number * WORDS_PER_LINE + word)));
            line.push(if word + 1 < WORDS_PER_LINE { b' ' } else { b'\n' });
        }
        match left.checked_sub(line.len() as u64) {
            Some(rest) => left = rest,
            None => break,
        }
        out.write_all(&line)?;
    }
    Ok(())
}

/// Draws a rank from 1 to 2^22 - 1 with a probability of about 1 / rank, as Zipf's law has it: first the rank's
/// octave, of which all have the same chance except the last with a third of it, then a place in the octave.
fn rank(random: u64) -> u64 {
    let octave = (random % 64) / 3;
    (1 << octave) | ((random >> 6) & ((1 << octave) - 1))
}

/// Appends the word of this rank: 2 to 13 letters, the rarer the longer.
fn push_word(line: &mut Vec<u8>, rank: u64) {
    let mut letters = random(SEED + 1, rank);
    let length = 2 + u64::from(rank.ilog2()) / 2 + (letters >> 63);
    for _ in 0..length {
        line.push(LETTERS[(letters % 32) as usize]);
        letters >>= 5;
    }
}
