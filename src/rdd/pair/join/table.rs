//! A part of the right side's rows, to be found by hash and key.

use super::rows::Rows;
use crate::rdd::Key;

/// No row.
pub(super) const NO_ROW: u32 = u32::MAX;

/// Rows, and two flat lists of row numbers: the heads of chains, and each row's next. So a key costs no allocation, however
/// many rows it has. The lists are made when the first row is looked for.
pub(super) struct Table<K, W> {
    pub(super) rows: Rows<K, W>,
    /// The first row of each chain; a power of two of them, or none yet.
    heads: Vec<u32>,
    /// The next row of each row's chain.
    next: Vec<u32>,
    /// Which rows were met by one of the left side, if that is asked for.
    pub(super) met: Vec<bool>,
}

impl<K: Key, W> Table<K, W> {
    /// Bytes that a row takes in all lists, about.
    pub(super) const ROW: usize = Rows::<K, W>::ROW + 3 * size_of::<u32>();

    pub(super) fn with_capacity(capacity: usize) -> Self {
        Table { rows: Rows::with_capacity(capacity), heads: Vec::new(), next: Vec::new(), met: Vec::new() }
    }

    /// Makes the lists. There are fewer rows than `NO_ROW`.
    #[cold]
    #[inline(never)]
    fn index(&mut self, notes_met: bool) {
        let count = self.rows.len();
        self.heads = vec![NO_ROW; count.next_power_of_two()];
        self.next = vec![NO_ROW; count];
        self.met = vec![false; if notes_met { count } else { 0 }];
        let mask = self.heads.len() - 1;
        // The last first, so that chains are in the order of the rows.
        for row in (0..count).rev() {
            let head = &mut self.heads[self.rows.hash(row) as usize & mask];
            self.next[row] = std::mem::replace(head, row as u32);
        }
    }

    /// The first row with a key.
    #[inline(always)]
    pub(super) fn first(&mut self, hash: u32, key: &K, notes_met: bool) -> u32 {
        if self.heads.is_empty() {
            self.index(notes_met);
        }
        let head = self.heads[hash as usize & (self.heads.len() - 1)];
        self.find(head, hash, key)
    }

    /// The next row with a key after one that has it.
    #[inline(always)]
    pub(super) fn after(&self, row: u32, hash: u32, key: &K) -> u32 {
        self.find(self.next[row as usize], hash, key)
    }

    /// The first row with a key from `row` on in its chain.
    #[inline(always)]
    fn find(&self, mut row: u32, hash: u32, key: &K) -> u32 {
        while row != NO_ROW && !self.rows.is_at(row as usize, hash, key) {
            row = self.next[row as usize];
        }
        row
    }

    /// Leaves one row of each key.
    pub(super) fn remove_repeated(&mut self) {
        self.index(false);
        let is_first = |row: usize| {
            let (hash, key) = (self.rows.hash(row), &self.rows.pairs[row].0);
            let head = self.heads[hash as usize & (self.heads.len() - 1)];
            self.find(head, hash, key) as usize == row
        };
        let firsts: Vec<bool> = (0..self.rows.len()).map(is_first).collect();
        self.rows.retain(&firsts);
        (self.heads, self.next) = (Vec::new(), Vec::new());
    }

    /// Takes a row that met none.
    pub(super) fn take_unmet(&mut self) -> Option<(K, W)> {
        // The lists say nothing any more.
        loop {
            let pair = self.rows.pairs.pop()?;
            if !self.met.pop().unwrap_or(false) {
                return Some(pair);
            }
        }
    }
}
