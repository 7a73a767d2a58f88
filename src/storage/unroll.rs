//! Taking a partition into memory, piece by piece, as far as there is room.

use serde::Serialize;

use super::{
    block::{EncodedRows, Piece},
    memory::StorageMemory,
};
use crate::{
    codec::{CodecError, encode},
    memory::RowsEstimate,
    shuffle::KeyKeeper,
};

/// The least room that a vector of values begins with.
const FIRST: usize = 16;
/// Encoded bytes after which a piece ends.
const PIECE: usize = 64 << 10;

/// A partition's values while they are taken into memory.
pub(super) struct UnrolledValues<T> {
    pub(super) values: Vec<T>,
    pub(super) memory: StorageMemory,
    /// What the values own on the heap, about.
    heap: u64,
    estimate: RowsEstimate,
    keeper: KeyKeeper,
}

impl<T: Serialize + 'static> UnrolledValues<T> {
    pub(super) fn new(memory: StorageMemory) -> Self {
        UnrolledValues {
            values: Vec::new(),
            memory,
            heap: 0,
            estimate: RowsEstimate::default(),
            keeper: KeyKeeper::default(),
        }
    }

    /// Takes values until there are no more; `false`: until there is no more memory.
    pub(super) fn fill(&mut self, items: &mut impl Iterator<Item = T>) -> bool {
        loop {
            // Before the next value is there: it could not be given back.
            let hint = items.size_hint();
            if self.values.len() == self.values.capacity() && hint.1 != Some(0) && !self.grow(hint) {
                return false;
            }
            let Some(mut value) = items.next() else { break };
            self.keeper.keep(&mut value);
            let heap = self.estimate.add(&value);
            self.values.push(value);
            if heap > 0 && !self.memory.try_grow(heap) {
                return false;
            }
            self.heap += heap;
        }
        // Vectors double: what is left over is given back if it is much.
        if self.values.capacity() - self.values.len() > self.values.len() / 8 {
            self.values.shrink_to_fit();
        }
        let bytes = bytes_of::<T>(self.values.capacity()) + self.heap;
        self.memory.shrink_to(bytes);
        // An iterator may have said less than it had.
        self.memory.try_grow(bytes - self.memory.bytes())
    }

    /// Makes room for all values if it is said how many there are, else for as many again; for fewer if memory is short.
    fn grow(&mut self, hint: (usize, Option<usize>)) -> bool {
        let have = self.values.capacity();
        let double = have.max(FIRST);
        let all = hint.1.filter(|most| *most == hint.0);
        [all.unwrap_or(double), double / 4].into_iter().any(|more| {
            let granted = self.memory.try_grow(bytes_of::<T>(more));
            // What a hint says may be beyond all bounds.
            granted
                && (self.values.try_reserve_exact(more).is_ok() || {
                    self.memory.shrink_to(bytes_of::<T>(have) + self.heap);
                    false
                })
        })
    }
}

fn bytes_of<T>(count: usize) -> u64 {
    (count as u64).saturating_mul(size_of::<T>() as u64)
}

/// A partition's encoded rows while they are taken into memory.
pub(super) struct UnrolledRows {
    pub(super) rows: EncodedRows,
    pub(super) memory: StorageMemory,
}

impl UnrolledRows {
    pub(super) fn new(memory: StorageMemory) -> Self {
        UnrolledRows { rows: EncodedRows::default(), memory }
    }

    /// As [`UnrolledValues::fill`].
    pub(super) fn fill<T: Serialize>(
        &mut self,
        items: &mut impl Iterator<Item = T>,
    ) -> Result<bool, CodecError> {
        let (mut piece, mut rows) = (Vec::new(), 0);
        for item in items.by_ref() {
            encode(&item, &mut piece)?;
            rows += 1;
            if piece.len() >= PIECE && !self.end_piece(&mut piece, &mut rows) {
                return Ok(false);
            }
        }
        // If there is no memory for the last piece all rows are here, but may not stay.
        Ok(self.end_piece(&mut piece, &mut rows))
    }

    fn end_piece(&mut self, piece: &mut Vec<u8>, rows: &mut u64) -> bool {
        if *rows == 0 {
            return true;
        }
        let bytes: Box<[u8]> = piece.as_slice().into();
        piece.clear();
        let granted = self.memory.try_grow(bytes.len() as u64);
        self.rows.rows += *rows;
        self.rows.pieces.push(Piece { bytes, rows: std::mem::take(rows) });
        granted
    }
}
