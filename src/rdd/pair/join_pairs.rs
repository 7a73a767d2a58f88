//! The pairs of a join's partition.
//!
//! The right side is cut by hash into subparts whose tables fit into a core's cache, and the left side with it; subpart
//! by subpart a table of the right side's rows is made, and the left side's rows stream past it. A table is two flat
//! lists of row numbers (the heads of chains, and each row's next), so that a key costs no allocation, however many
//! rows it has. A right side that is small is one subpart, and then the left side is not kept at all.

use std::{
    iter::{Fuse, Zip},
    marker::PhantomData,
    sync::Arc,
    vec,
};

use super::{join::JoinKind, side::SidePairs};
use crate::{
    rdd::{Data, Key},
    shuffle::hash_key,
    task::{TaskContext, TaskError},
};

/// Rows of the right side whose table fits into a cache.
const SUBPART_ROWS: usize = 4096;
/// Subparts at most: each is written to at the same time.
const MAX_SUBPARTS: usize = 512;
/// No row.
const NO_ROW: u32 = u32::MAX;

/// Rows with their hashes: its lower half, for the upper half told the partitions apart.
struct Rows<K, V> {
    hashes: Vec<u32>,
    pairs: Vec<(K, V)>,
}

impl<K, V> Rows<K, V> {
    fn with_capacity(capacity: usize) -> Self {
        Rows { hashes: Vec::with_capacity(capacity), pairs: Vec::with_capacity(capacity) }
    }

    #[inline(always)]
    fn push(&mut self, hash: u32, pair: (K, V)) {
        self.hashes.push(hash);
        self.pairs.push(pair);
    }
}

/// How many subparts so many rows of the right side get.
fn subparts(rows: usize) -> usize {
    rows.div_ceil(SUBPART_ROWS).next_power_of_two().min(MAX_SUBPARTS)
}

#[inline(always)]
fn hash_of<K: Key>(key: &K) -> u32 {
    hash_key(key) as u32
}

/// Cuts rows by the upper bits of their hash; tables use the lower ones.
fn divide<K: Key, V>(rows: impl Iterator<Item = (K, V)>, count: usize) -> Vec<Rows<K, V>> {
    let room = rows.size_hint().0.div_ceil(count);
    // Some are larger than others.
    let room = if count == 1 { room } else { room + room / 8 };
    let mut parts: Vec<Rows<K, V>> = Vec::new();
    parts.resize_with(count, || Rows::with_capacity(room));
    rows.for_each(|(key, value)| {
        let hash = hash_of(&key);
        // Below `count`.
        let part = ((u64::from(hash) * count as u64) >> 32) as usize;
        parts[part].push(hash, (key, value));
    });
    parts
}

/// The rows of the left side.
enum LeftRows<K: 'static, V: 'static> {
    Divided(Zip<vec::IntoIter<u32>, vec::IntoIter<(K, V)>>),
    /// Asked again for each row of the right side that met none.
    Streamed(Fuse<SidePairs<K, V>>),
}

impl<K: Key, V: Data> LeftRows<K, V> {
    #[inline]
    fn next(&mut self) -> Option<(u32, (K, V))> {
        match self {
            LeftRows::Divided(rows) => rows.next(),
            LeftRows::Streamed(pairs) => pairs.next().map(|pair| (hash_of(&pair.0), pair)),
        }
    }
}

/// The right side's rows of a subpart, to be found by hash and key.
struct Table<K, W> {
    rows: Rows<K, W>,
    /// The first row of each chain; a power of two of them.
    heads: Vec<u32>,
    /// The next row of each row's chain.
    next: Vec<u32>,
    /// Which rows were met by one of the left side, if that is asked for.
    met: Vec<bool>,
}

impl<K: Key, W> Table<K, W> {
    /// Puts other rows in place of those that it has.
    fn fill(&mut self, rows: Rows<K, W>, notes_met: bool, task: &TaskContext) {
        let count = rows.hashes.len();
        if count >= NO_ROW as usize {
            task.fail(TaskError::User(format!("{count} rows in one part of a join: use more partitions")));
        }
        self.heads.clear();
        self.heads.resize(count.next_power_of_two(), NO_ROW);
        self.next.clear();
        self.next.resize(count, NO_ROW);
        let mask = self.heads.len() - 1;
        // The last first, so that chains are in the order of the rows.
        for (row, (hash, next)) in rows.hashes.iter().zip(&mut self.next).enumerate().rev() {
            let head = &mut self.heads[*hash as usize & mask];
            *next = std::mem::replace(head, row as u32);
        }
        self.met.clear();
        if notes_met {
            self.met.resize(count, false);
        }
        self.rows = rows;
    }

    /// The first row of a hash's chain.
    #[inline(always)]
    fn head(&self, hash: u32) -> u32 {
        self.heads[hash as usize & (self.heads.len() - 1)]
    }

    /// The first row with a key from `row` on in its chain.
    #[inline(always)]
    fn find(&self, mut row: u32, hash: u32, key: &K) -> u32 {
        while row != NO_ROW {
            let at = row as usize;
            if self.rows.hashes[at] == hash && self.rows.pairs[at].0 == *key {
                break;
            }
            row = self.next[at];
        }
        row
    }
}

/// The iterator of [`Joined`](super::Joined).
pub struct JoinPairs<K: 'static, V: 'static, W, J> {
    /// Subparts that have not been begun.
    left: vec::IntoIter<Rows<K, V>>,
    right: vec::IntoIter<Rows<K, W>>,
    rows: LeftRows<K, V>,
    /// The row at hand, its hash, and the row that it meets next.
    row: Option<(K, V)>,
    hash: u32,
    meets: u32,
    table: Table<K, W>,
    /// Rows of a table that is done with, and whether they were met.
    rest: Zip<vec::IntoIter<(K, W)>, vec::IntoIter<bool>>,
    task: Arc<TaskContext>,
    kind: PhantomData<fn() -> J>,
}

impl<K: Key, V: Data, W: Data, J: JoinKind<V, W>> JoinPairs<K, V, W, J> {
    pub(super) fn new(left: SidePairs<K, V>, right: SidePairs<K, W>, task: &Arc<TaskContext>) -> Self {
        let right = match right.count_hint() {
            Some(rows) => divide(right, subparts(rows)),
            None => {
                let all: Vec<(K, W)> = right.collect();
                let count = subparts(all.len());
                divide(all.into_iter(), count)
            }
        };
        let is_one = right.len() == 1;
        let none = LeftRows::Divided(Vec::new().into_iter().zip(Vec::new()));
        let (left, rows) = if is_one {
            (Vec::new(), LeftRows::Streamed(left.fuse()))
        } else {
            (divide(left, right.len()), none)
        };
        let table =
            Table { rows: Rows::with_capacity(0), heads: Vec::new(), next: Vec::new(), met: Vec::new() };
        let mut pairs = JoinPairs {
            left: left.into_iter(),
            right: right.into_iter(),
            rows,
            row: None,
            hash: 0,
            meets: NO_ROW,
            table,
            rest: Vec::new().into_iter().zip(Vec::new()),
            task: task.clone(),
            kind: PhantomData,
        };
        if is_one && let Some(right) = pairs.right.next() {
            pairs.table.fill(right, J::KEEPS_RIGHT, task);
        }
        pairs
    }

    /// Begins the next subpart.
    fn next_subpart(&mut self) -> Option<()> {
        let (left, right) = (self.left.next()?, self.right.next()?);
        self.task.kill_task_if_interrupted();
        self.table.fill(right, J::KEEPS_RIGHT, &self.task);
        self.rows = LeftRows::Divided(left.hashes.into_iter().zip(left.pairs));
        Some(())
    }

    /// The next row of the right side that met none.
    fn next_unmet(&mut self) -> Option<(K, J::Out)> {
        if !self.table.rows.pairs.is_empty() {
            let rows = std::mem::replace(&mut self.table.rows, Rows::with_capacity(0));
            self.rest = rows.pairs.into_iter().zip(std::mem::take(&mut self.table.met));
        }
        let ((key, value), _) = self.rest.find(|(_, met)| !met)?;
        J::right_only(value).map(|out| (key, out))
    }
}

impl<K: Key, V: Data, W: Data, J: JoinKind<V, W>> Iterator for JoinPairs<K, V, W, J> {
    type Item = (K, J::Out);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.row.take() {
                let at = self.meets as usize;
                let right = self.table.rows.pairs[at].1.clone();
                if J::KEEPS_RIGHT {
                    self.table.met[at] = true;
                }
                self.meets = self.table.find(self.table.next[at], self.hash, &key);
                if self.meets == NO_ROW {
                    return Some((key, J::both(value, right)));
                }
                self.row = Some((key.clone(), value.clone()));
                return Some((key, J::both(value, right)));
            }
            match self.rows.next() {
                Some((hash, (key, value))) => {
                    let meets = self.table.find(self.table.head(hash), hash, &key);
                    if meets != NO_ROW {
                        (self.row, self.hash, self.meets) = (Some((key, value)), hash, meets);
                    } else if let Some(out) = J::left_only(value) {
                        return Some((key, out));
                    }
                }
                None => {
                    if J::KEEPS_RIGHT
                        && let Some(pair) = self.next_unmet()
                    {
                        return Some(pair);
                    }
                    self.next_subpart()?;
                }
            }
        }
    }
}
