//! [`RowsEstimate`]: what the rows of one consumer own on the heap.

use std::collections::HashSet;

use serde::Serialize;

use super::{HeapSampler, estimate::ALLOCATION, heap_bytes};
use crate::text::{HeldChunk, held_chunks};

/// What rows own, judged by some of them as they come.
///
/// A long [`Text`](crate::text::Text) keeps the whole chunk of the file that it was read from. The first text of a chunk
/// counts with all of it and the others with nothing, unless those who hold the chunk fill it: then it was counted when
/// they came, and the text counts as if its bytes were its own.
#[derive(Debug, Default)]
pub(crate) struct RowsEstimate {
    sampler: HeapSampler,
    /// Chunks that have been counted.
    chunks: HashSet<usize>,
}

impl RowsEstimate {
    /// A row comes; how many bytes that stands for. Rows that own nothing cost nothing: that is decided at compile time.
    #[inline(always)]
    pub(crate) fn add<T: Serialize>(&mut self, row: &T) -> u64 {
        if !std::mem::needs_drop::<T>() {
            return 0;
        }
        match self.sampler.weight() {
            0 => 0,
            weight => self.look_at(row, weight),
        }
    }

    #[cold]
    #[inline(never)]
    fn look_at<T: Serialize>(&mut self, row: &T, weight: u64) -> u64 {
        let mut own = 0;
        let held = held_chunks(|| own = heap_bytes(row));
        let mut of_chunks = 0;
        for held in held {
            if !self.chunks.contains(&held.chunk) {
                if is_filled(&held) {
                    continue;
                }
                self.chunks.insert(held.chunk);
                of_chunks += held.size as u64 + ALLOCATION;
            }
            own = own.saturating_sub(held.len as u64 + ALLOCATION);
        }
        if of_chunks > 0 {
            // Each row may hold another one.
            self.sampler.look_at_next();
        }
        self.sampler.stands_for(weight, own) + of_chunks
    }

    /// The rows are gone.
    pub(crate) fn clear(&mut self) {
        self.chunks.clear();
    }
}

/// Whether those who hold a chunk, if they are all like this one, have half of it.
fn is_filled(held: &HeldChunk) -> bool {
    held.holders.saturating_mul(held.len) >= held.size / 2
}
