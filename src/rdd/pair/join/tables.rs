//! The right side's rows in memory, charged for what they take.

use std::{ops::Range, sync::Arc};

use super::{
    rows::{hash_of, part_of},
    table::{NO_ROW, Table},
};
use crate::{
    memory::Reservation,
    rdd::{Data, Key},
    shuffle::{FAN_OUT, LEAST_ROWS, Overflow, RowsHeap, file_of, hash_key},
    spill::SpillError,
    task::TaskContext,
};

/// Rows of a part whose table fits into a core's cache.
const PART_ROWS: usize = 4096;
/// Rows up to which there is one part, past which the left side streams.
const ONE_PART: usize = 16 << 10;
/// Parts at most: each is written to at the same time.
const MAX_PARTS: usize = 512;
/// Rows for which a part has room at first.
const FIRST_ROOM: usize = 16;
/// Rows of the left side that are collected per part before they look for theirs.
pub(super) const BATCH_ROWS: usize = 2048;

/// In parts by hash.
pub(super) struct Tables<K, W> {
    pub(super) parts: Vec<Table<K, W>>,
    /// The part that has chains, if only one has.
    current: usize,
    /// Whether each key stays once.
    is_set: bool,
    /// Bytes of a row of the left side.
    left_row: usize,
    /// Bytes of all parts' room.
    room: u64,
    heap: RowsHeap,
    /// Charged for both, and for the room of what is collected of the left side.
    reservation: Reservation,
}

/// How many parts so many rows get.
fn parts_for(rows: usize) -> usize {
    if rows <= ONE_PART { 1 } else { rows.div_ceil(PART_ROWS).next_power_of_two().min(MAX_PARTS) }
}

impl<K: Key, W: Data> Tables<K, W> {
    /// Of no rows.
    pub(super) fn new(is_set: bool, left_row: usize, task: &Arc<TaskContext>) -> Self {
        let reservation = Reservation::reader(task);
        Tables {
            parts: Vec::new(),
            current: 0,
            is_set,
            left_row,
            room: 0,
            heap: RowsHeap::default(),
            reservation,
        }
    }

    /// Begins anew, for so many rows if that is known.
    pub(super) fn begin(&mut self, rows: Option<usize>) {
        self.release();
        // Of a set nobody knows how many stay.
        let rows = rows.filter(|_| !self.is_set);
        let count = rows.map_or(1, parts_for);
        // Some are larger than others.
        let room = rows.map_or(0, |rows| rows.div_ceil(count).saturating_add(1));
        let room = if count == 1 { room } else { room.saturating_add(room / 8) }.max(FIRST_ROOM);
        let bytes = Self::room_of(room.saturating_mul(count)).saturating_add(self.batches(count));
        if self.reservation.try_grow(bytes) {
            self.make_parts(count, room);
        } else {
            // Rows may take less than was said, or go to files.
            self.make_parts(1, FIRST_ROOM);
        }
    }

    fn make_parts(&mut self, count: usize, room: usize) {
        self.parts.resize_with(count, || Table::with_capacity(room));
        self.measure();
    }

    fn measure(&mut self) {
        self.room = self.parts.iter().map(|part| Self::room_of(part.rows.capacity())).sum();
    }

    fn room_of(rows: usize) -> u64 {
        (rows as u64).saturating_mul(Table::<K, W>::ROW as u64)
    }

    /// Bytes of what is collected of the left side for so many parts, whose room grows by doubling.
    fn batches(&self, count: usize) -> u64 {
        if count > 1 { (count * BATCH_ROWS * 2 * self.left_row) as u64 } else { 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.rows.len()).sum()
    }

    /// Adds a row; `true`: no more fit.
    #[inline(always)]
    pub(super) fn push(&mut self, pair: (K, W)) -> bool {
        let hash = hash_of(&pair.0);
        let index = part_of(hash, self.parts.len());
        let is_due = self.heap.add(&pair);
        // Below the count.
        let rows = &mut self.parts[index].rows;
        rows.push(hash, pair);
        if rows.is_full() || is_due { self.grow(index) } else { false }
    }

    /// Charges what rows own, and makes room in a full part; `true`: no more fit. Few rows go on uncounted.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, index: usize) -> bool {
        let was_full = self.parts[index].rows.is_full();
        if self.is_set && was_full {
            self.remove_repeated(index..index + 1);
        }
        let mut granted = self.heap.try_charge(&mut self.reservation);
        if self.is_set && !granted && self.remove_repeated(0..self.parts.len()) {
            granted = self.heap.try_charge(&mut self.reservation);
        }
        let is_much = self.heap.is_much();
        let part = &self.parts[index].rows;
        if was_full && part.len() > part.capacity() / 2 {
            granted = granted && self.try_grow(index);
        }
        let rows = if granted { 0 } else { self.len() };
        if !granted && (rows >= LEAST_ROWS || (is_much && rows > 1)) {
            return true;
        }
        let part = &mut self.parts[index].rows;
        if part.is_full() {
            part.reserve(part.len());
        }
        false
    }

    /// Leaves one row of each key in some parts; whether many of all rows went.
    fn remove_repeated(&mut self, parts: Range<usize>) -> bool {
        let before = self.len();
        self.parts.iter_mut().take(parts.end).skip(parts.start).for_each(Table::remove_repeated);
        let after = self.len();
        self.heap.keep(after, before);
        self.settle();
        after < before - before / 4
    }

    /// Makes more room if that is granted: in a part, or by cutting all into more.
    fn try_grow(&mut self, index: usize) -> bool {
        let (count, rows) = (self.parts.len(), self.len());
        let most = if count == 1 { ONE_PART } else { count * PART_ROWS * 4 };
        if rows >= most && count < MAX_PARTS {
            return self.try_split(parts_for(rows * 4), rows);
        }
        let part = &self.parts[index].rows;
        let (capacity, more) = (part.capacity(), part.capacity());
        if capacity + more >= NO_ROW as usize || !self.reservation.try_grow(Self::room_of(capacity + more)) {
            return false;
        }
        self.parts[index].rows.reserve(more);
        self.room += Self::room_of(self.parts[index].rows.capacity()) - Self::room_of(capacity);
        self.settle();
        true
    }

    /// Cuts all rows into `count` parts, with room for as many again.
    fn try_split(&mut self, count: usize, rows: usize) -> bool {
        let room = (rows * 2).div_ceil(count) + FIRST_ROOM;
        let batches = self.batches(count) - self.batches(self.parts.len());
        if !self.reservation.try_grow(Self::room_of(room * count) + batches) {
            return false;
        }
        let parts = std::mem::take(&mut self.parts);
        self.make_parts(count, room);
        for part in parts {
            let mut rows = part.rows;
            rows.pairs.drain(..).for_each(|pair| {
                let hash = hash_of(&pair.0);
                let part = &mut self.parts[part_of(hash, count)].rows;
                part.push(hash, pair);
            });
        }
        self.measure();
        self.settle();
        true
    }

    /// Charges what there is.
    fn settle(&mut self) {
        let batches = self.batches(self.parts.len());
        self.reservation.resize(self.room + batches + self.heap.charged());
    }

    /// Makes the chains of a part in the room of the last one's.
    #[inline(always)]
    pub(super) fn enter(&mut self, index: usize, notes_met: bool) {
        if index != self.current {
            self.change_to(index, notes_met);
        }
    }

    #[inline(never)]
    fn change_to(&mut self, index: usize, notes_met: bool) {
        let room = self.parts.get_mut(self.current).map(Table::take_chains);
        self.parts[index].index(room.unwrap_or_default(), notes_met);
        self.current = index;
    }

    /// Whether files would part the rows at a level: not if nearly all go to one.
    pub(super) fn can_divide(&self, level: u32) -> bool {
        const LOOKED_AT: usize = 1024;
        let step = self.len().div_ceil(LOOKED_AT).max(1);
        let mut files = [0usize; FAN_OUT];
        let rows = self.parts.iter().flat_map(|part| &part.rows.pairs).step_by(step);
        rows.for_each(|(key, _)| files[file_of(hash_key(key), level)] += 1);
        let (most, all) = (files.iter().max().copied().unwrap_or(0), files.iter().sum::<usize>());
        most * 8 <= all * 7
    }

    /// Writes all rows to files.
    pub(super) fn spill(&mut self, files: &mut Overflow, task: &TaskContext) -> Result<(), SpillError> {
        if self.is_set {
            self.remove_repeated(0..self.parts.len());
        }
        for part in std::mem::take(&mut self.parts) {
            for pair in part.rows.pairs {
                files.write(hash_key(&pair.0), &pair)?;
            }
        }
        task.metrics.memory_bytes_spilled(self.reservation.bytes());
        self.release();
        Ok(())
    }

    /// Gives all memory back.
    pub(super) fn release(&mut self) {
        self.parts = Vec::new();
        self.current = 0;
        self.room = 0;
        self.heap.clear();
        self.reservation.resize(0);
    }

    /// Takes a row that met none, when the left side has ended.
    pub(super) fn take_unmet(&mut self) -> Option<(K, W)> {
        loop {
            if let Some(pair) = self.parts.last_mut()?.take_unmet() {
                return Some(pair);
            }
            self.parts.pop();
        }
    }
}
