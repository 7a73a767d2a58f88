//! A part of the right side's rows, to be found by hash and key.

use super::rows::Rows;
use crate::rdd::Key;

/// No row.
pub(super) const NO_ROW: u32 = u32::MAX;

/// Two flat lists of row numbers: the heads of chains, and each row's next. So a key costs no allocation, however many rows
/// it has.
#[derive(Default)]
pub(super) struct Chains {
    /// The first row of each chain; a power of two of them, or none yet.
    heads: Vec<u32>,
    /// The next row of each row's chain.
    next: Vec<u32>,
}

/// Rows, and their chains, which are made when the first row is looked for.
pub(super) struct Table<K, W> {
    pub(super) rows: Rows<K, W>,
    chains: Chains,
    /// Which rows were met by one of the left side, if that is asked for.
    pub(super) met: Vec<bool>,
}

impl<K: Key, W> Table<K, W> {
    /// Bytes of room for a row, and about those of its chain.
    pub(super) const ROW: usize = Rows::<K, W>::ROW + 3 * size_of::<u32>();

    pub(super) fn with_capacity(capacity: usize) -> Self {
        Table { rows: Rows::with_capacity(capacity), chains: Chains::default(), met: Vec::new() }
    }

    /// Makes the chains, in the room of others. To make them again costs less than to keep them, for it reads the rows one
    /// after the other into a core's cache, where they are needed then. There are fewer rows than `NO_ROW`.
    #[inline(never)]
    pub(super) fn index(&mut self, room: Chains, notes_met: bool) {
        let (count, Chains { mut heads, mut next }) = (self.rows.len(), room);
        heads.clear();
        heads.resize(count.next_power_of_two(), NO_ROW);
        next.clear();
        next.resize(count, NO_ROW);
        let mask = heads.len() - 1;
        // The last first, so that chains are in the order of the rows.
        for (row, next) in next.iter_mut().enumerate().rev() {
            *next = std::mem::replace(&mut heads[self.rows.hash(row) as usize & mask], row as u32);
        }
        self.chains = Chains { heads, next };
        if notes_met && self.met.is_empty() {
            self.met.resize(count, false);
        }
    }

    /// Takes the chains away.
    pub(super) fn take_chains(&mut self) -> Chains {
        std::mem::take(&mut self.chains)
    }

    /// The first row with a key.
    #[inline(always)]
    pub(super) fn first(&mut self, hash: u32, key: &K, notes_met: bool) -> u32 {
        if self.chains.heads.is_empty() {
            self.index(Chains::default(), notes_met);
        }
        self.find(self.head(hash), hash, key)
    }

    #[inline(always)]
    fn head(&self, hash: u32) -> u32 {
        self.chains.heads[hash as usize & (self.chains.heads.len() - 1)]
    }

    /// The next row with a key after one that has it.
    #[inline(always)]
    pub(super) fn after(&self, row: u32, hash: u32, key: &K) -> u32 {
        self.find(self.chains.next[row as usize], hash, key)
    }

    /// The first row with a key from `row` on in its chain.
    #[inline(always)]
    fn find(&self, mut row: u32, hash: u32, key: &K) -> u32 {
        /// Rows of a chain after which it is odd that none has the key.
        const MANY: u32 = 64;
        let mut passed = 0;
        while row != NO_ROW && !self.rows.is_at(row as usize, hash, key) {
            row = self.chains.next[row as usize];
            passed += 1;
            // Keys that are not even equal to themselves, as NaN is, must not look at each other one and all.
            #[allow(clippy::eq_op)]
            if passed == MANY && *key != *key {
                return NO_ROW;
            }
        }
        row
    }

    /// Leaves one row of each key, and of keys that are not equal to themselves none or some: no other equals them.
    pub(super) fn remove_repeated(&mut self) {
        self.index(Chains::default(), false);
        let is_first = |row: usize| {
            let (hash, key) = (self.rows.hash(row), &self.rows.pairs[row].0);
            self.find(self.head(hash), hash, key) as usize == row
        };
        let firsts: Vec<bool> = (0..self.rows.len()).map(is_first).collect();
        self.rows.retain(&firsts);
        self.chains = Chains::default();
    }

    /// Takes a row that met none.
    pub(super) fn take_unmet(&mut self) -> Option<(K, W)> {
        // The chains say nothing any more.
        loop {
            let pair = self.rows.pairs.pop()?;
            if !self.met.pop().unwrap_or(false) {
                return Some(pair);
            }
        }
    }
}
