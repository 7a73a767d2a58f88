//! Keys, values and elements that are kept must not keep much more memory than they need.

use std::{any::Any, collections::HashSet};

use foldhash::fast::FixedState;

use crate::text::{HeldChunk, Text};

/// Pinned bytes that are no matter.
const SLACK: usize = 1 << 20;
/// Pinned bytes for each byte of a key.
const FACTOR: usize = 8;

/// Looks after the keys and values that one task keeps. A long text holds the chunk of its file that it was read from: that is
/// cheap as long as many keys of a chunk are kept. Where they are few, so that whole files would stay in memory for some
/// words, keys are copied instead.
#[derive(Debug, Default)]
pub(crate) struct KeyKeeper {
    /// Chunks that are pinned, and the last that was looked at of them. Keys may come in any order.
    chunks: HashSet<usize, FixedState>,
    last_chunk: usize,
    pinned: usize,
    kept: usize,
}

impl KeyKeeper {
    /// A key enters a table, a value or an element a buffer. What is no text costs nothing: that is decided at compile time.
    #[inline(always)]
    pub(crate) fn keep<K: 'static>(&mut self, key: &mut K) {
        if let Some(text) = (key as &mut dyn Any).downcast_mut::<Text>()
            && let Some(held) = text.held_chunk()
        {
            self.keep_long(text, held);
        }
    }

    fn keep_long(&mut self, text: &mut Text, HeldChunk { chunk, size, .. }: HeldChunk) {
        if chunk != self.last_chunk && !self.chunks.contains(&chunk) {
            if self.pinned + size > SLACK + FACTOR * self.kept {
                *text = Text::from(text.as_bytes());
                self.kept += text.len();
                return;
            }
            self.chunks.insert(chunk);
            self.pinned += size;
        }
        self.last_chunk = chunk;
        self.kept += text.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Chunk;

    /// Of `chunks` chunks of 256 KiB, keeps `keys` keys of 32 bytes each; the bytes that they pin.
    fn pinned(chunks: usize, keys: usize) -> usize {
        let mut keeper = KeyKeeper::default();
        let mut kept = Vec::new();
        for _ in 0..chunks {
            let chunk = Chunk::new(vec![b'x'; 256 << 10]);
            for key in 0..keys {
                let mut text = chunk.slice(key * 32..key * 32 + 32);
                keeper.keep(&mut text);
                assert_eq!(text, "x".repeat(32).as_str());
                kept.push(text);
            }
        }
        let held = kept.iter().filter_map(Text::held_chunk);
        let mut held: Vec<_> = held.map(|held| (held.chunk, held.size)).collect();
        held.sort_unstable();
        held.dedup();
        held.iter().map(|(_, size)| size).sum()
    }

    #[test]
    fn few_keys_of_many_chunks_are_copied() {
        assert!(pinned(200, 1) < 2 << 20);
    }

    #[test]
    fn many_keys_of_each_chunk_share_it() {
        assert_eq!(pinned(20, 2_000), 20 * (256 << 10));
    }

    #[test]
    fn a_chunk_counts_once_however_keys_come() {
        let chunks: Vec<Chunk> = (0..20).map(|_| Chunk::new(vec![b'x'; 256 << 10])).collect();
        let mut keeper = KeyKeeper::default();
        for key in 0..2_000 {
            for chunk in &chunks {
                keeper.keep(&mut chunk.slice(key * 32..key * 32 + 32));
            }
        }
        assert!(keeper.pinned > 4 * SLACK && keeper.pinned <= 20 * (256 << 10), "{}", keeper.pinned);
    }

    #[test]
    fn short_keys_and_other_types_are_left_alone() {
        let mut keeper = KeyKeeper::default();
        let mut short = Text::from("short");
        keeper.keep(&mut short);
        keeper.keep(&mut 7);
        assert_eq!((short, keeper.kept), (Text::from("short"), 0));
    }
}
