//! Merging rows of one part into a table that may spill.
//!
//! While memory lasts, rows are merged into one hash table. When it is refused, the table goes to 16 temporary files, by
//! bits of the hash, and so do all rows after it; each file is then merged like a part of its own, by further bits. Rows
//! of one key stay in their order throughout.

use std::sync::Arc;

use hashbrown::{HashTable, hash_table};

use super::{
    aggregator::Aggregator,
    hash::hash_key,
    overflow::{MAX_LEVEL, Overflow},
    table::{
        Entry, HEAP_STEP, LEAST_ROWS, MUCH_HEAP, combiner_heap, combiners_heap, grown_bytes, is_full,
        is_plain, keys_heap, table_bytes, upsert,
    },
};
use crate::{
    memory::{HeapSampler, Reservation},
    rdd::{Data, Key},
    spill::{SpillError, SpillFile},
    task::{TaskContext, TaskError},
};

/// A part that is being merged.
pub(super) struct Merger<K, C> {
    table: HashTable<Entry<K, C>>,
    /// Charged for the table and what its entries own.
    reservation: Reservation,
    /// Estimated heap bytes that are not charged.
    heap: i64,
    sampler: HeapSampler,
    rows: u64,
    level: u32,
    /// Where everything goes once memory was refused. At the last level that is not asked for: it goes on in memory.
    overflow: Option<Overflow>,
    task: Arc<TaskContext>,
}

/// What becomes of a part.
pub(super) enum Merged<K, C> {
    /// All of it.
    Table(HashTable<Entry<K, C>>),
    /// Files to be merged one by one, and their level.
    Files(Vec<Arc<SpillFile>>, u32),
}

impl<K: Key, C: Data> Merger<K, C> {
    fn new(reservation: Reservation, level: u32, task: &Arc<TaskContext>) -> Self {
        let task = task.clone();
        Merger {
            table: HashTable::new(),
            reservation,
            heap: 0,
            sampler: HeapSampler::default(),
            rows: 0,
            level,
            overflow: None,
            task,
        }
    }

    /// Begins with a copy of a table, if there is memory for it.
    pub(super) fn start_with(&mut self, table: &HashTable<Entry<K, C>>) -> bool {
        let bytes = table_bytes(table) + keys_heap(table) + combiners_heap(table);
        let starts = self.rows == 0 && self.reservation.try_grow(bytes);
        if starts {
            self.rows = table.len() as u64;
            self.table = table.clone();
        }
        starts
    }

    pub(super) fn task(&self) -> &Arc<TaskContext> {
        &self.task
    }

    /// Merges a row.
    #[inline(always)]
    pub(super) fn add<V>(
        &mut self,
        hash: u64,
        key: K,
        value: V,
        create: impl FnOnce(V) -> C,
        merge: impl FnOnce(C, V) -> C,
    ) -> Result<(), TaskError> {
        if self.rows & 1023 == 0 {
            self.task.kill_task_if_interrupted();
        }
        self.rows += 1;
        // An overflowing table is empty, and so it is full.
        if is_full(&self.table) && !self.make_room()? {
            return Ok(self.write(hash, &(key, create(value)))?);
        }
        let weight = if is_plain::<C>() { 0 } else { self.sampler.weight() };
        if weight == 0 {
            upsert(&mut self.table, None, hash, key, value, create, merge);
            return Ok(());
        }
        let before = combiner_heap(&self.table, hash);
        upsert(&mut self.table, None, hash, key, value, create, merge);
        let more = combiner_heap(&self.table, hash) - before;
        let more = self.sampler.change_stands_for(weight, more);
        self.owns_more(more)
    }

    fn may_overflow(&self) -> bool {
        self.level < MAX_LEVEL
    }

    /// Makes room for an entry; `false`: rows go to files from now on.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self) -> Result<bool, TaskError> {
        if self.overflow.is_some() {
            return Ok(false);
        }
        let (old, new) = (table_bytes(&self.table), grown_bytes(&self.table) + keys_heap(&self.table));
        let granted = self.reservation.try_grow(new);
        if !granted && self.table.len() >= LEAST_ROWS && self.may_overflow() {
            self.begin_overflow()?;
            return Ok(false);
        }
        self.table.reserve(1, |entry| entry.0);
        if granted {
            self.reservation.shrink(old);
        }
        Ok(true)
    }

    #[cold]
    #[inline(never)]
    fn owns_more(&mut self, bytes: i64) -> Result<(), TaskError> {
        self.heap = self.heap.saturating_add(bytes);
        if self.heap >= HEAP_STEP {
            if self.reservation.try_grow(self.heap as u64) {
                self.heap = 0;
            } else if (self.table.len() >= LEAST_ROWS || (self.heap > MUCH_HEAP && self.table.len() > 1))
                && self.may_overflow()
            {
                self.begin_overflow()?;
            }
        } else if self.heap <= -HEAP_STEP {
            let charged = self.reservation.bytes().saturating_sub(table_bytes(&self.table));
            self.reservation.shrink(self.heap.unsigned_abs().min(charged));
            self.heap = 0;
        }
        Ok(())
    }

    /// Writes the table to files, where all that comes goes too.
    fn begin_overflow(&mut self) -> Result<(), TaskError> {
        self.overflow = Some(Overflow::new("merge", self.level, &self.task));
        for (hash, key, combiner) in std::mem::take(&mut self.table) {
            self.write(hash, &(key, combiner))?;
        }
        self.task.metrics.memory_bytes_spilled(self.reservation.bytes());
        self.reservation.resize(0);
        self.heap = 0;
        Ok(())
    }

    /// Writes a row to its file.
    fn write(&mut self, hash: u64, row: &(K, C)) -> Result<(), SpillError> {
        self.overflow.as_mut().map_or(Ok(()), |files| files.write(hash, row))
    }

    /// Ends the part. What is in memory stays charged to the reservation, which comes back.
    fn finish(self) -> Result<(Merged<K, C>, Reservation), TaskError> {
        let Some(overflow) = self.overflow else { return Ok((Merged::Table(self.table), self.reservation)) };
        let finished = overflow.finish()?.into_iter().flatten().collect();
        Ok((Merged::Files(finished, self.level + 1), self.reservation))
    }
}

/// Where the rows of parts come from.
pub(super) trait Parts<K, C> {
    /// Gives the rows of the next part to `merger`; `false` if there is none.
    fn feed(&mut self, merger: &mut Merger<K, C>) -> Result<bool, TaskError>;
}

/// All parts, merged one after the other.
pub(super) struct MergedParts<K, C, A, V, P> {
    parts: P,
    aggregator: A,
    task: Arc<TaskContext>,
    /// Of an overflow, with their level; the last is the next.
    files: Vec<(Arc<SpillFile>, u32)>,
    reservation: Option<Reservation>,
    current: hash_table::IntoIter<Entry<K, C>>,
    value: std::marker::PhantomData<fn(V)>,
}

impl<K, V, A, P> MergedParts<K, A::Combiner, A, V, P>
where
    K: Key,
    A: Aggregator<V>,
    P: Parts<K, A::Combiner>,
{
    pub(super) fn new(parts: P, aggregator: A, task: &Arc<TaskContext>) -> Self {
        MergedParts {
            parts,
            aggregator,
            task: task.clone(),
            files: Vec::new(),
            reservation: None,
            current: HashTable::new().into_iter(),
            value: std::marker::PhantomData,
        }
    }

    /// Merges the next part, or the next file of one, into `current`; `false` at the end.
    fn advance(&mut self) -> bool {
        // The table before goes first.
        self.current = HashTable::new().into_iter();
        match self.merge_next() {
            Ok(more) => more,
            Err(error) => self.task.fail(error),
        }
    }

    fn merge_next(&mut self) -> Result<bool, TaskError> {
        self.task.kill_task_if_interrupted();
        let mut reservation = self.reservation.take().unwrap_or_else(|| Reservation::reader(&self.task));
        reservation.resize(0);
        let (next, level) = self.files.pop().map_or((None, 0), |(file, level)| (Some(file), level));
        let mut merger = Merger::new(reservation, level, &self.task);
        match next {
            Some(file) => self.merge_file(&file, &mut merger)?,
            None if !self.parts.feed(&mut merger)? => return Ok(false),
            None => {}
        }
        let (merged, reservation) = merger.finish()?;
        self.reservation = Some(reservation);
        match merged {
            Merged::Table(table) => self.current = table.into_iter(),
            Merged::Files(files, level) => {
                self.files.extend(files.into_iter().rev().map(|file| (file, level)));
            }
        }
        Ok(true)
    }

    fn merge_file(&self, file: &SpillFile, merger: &mut Merger<K, A::Combiner>) -> Result<(), TaskError> {
        for row in file.rows::<(K, A::Combiner)>(0, 0)? {
            let (key, combiner) = row?;
            add_combiner(merger, hash_key(&key), key, combiner, &self.aggregator)?;
        }
        Ok(())
    }
}

/// Merges a combiner into a part.
#[inline(always)]
pub(super) fn add_combiner<K: Key, V, A: Aggregator<V>>(
    merger: &mut Merger<K, A::Combiner>,
    hash: u64,
    key: K,
    combiner: A::Combiner,
    aggregator: &A,
) -> Result<(), TaskError> {
    merger.add(hash, key, combiner, |combiner| combiner, |a, b| aggregator.merge_combiners(a, b))
}

impl<K, V, A, P> Iterator for MergedParts<K, A::Combiner, A, V, P>
where
    K: Key,
    A: Aggregator<V>,
    P: Parts<K, A::Combiner>,
{
    type Item = (K, A::Combiner);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((_, key, combiner)) = self.current.next() {
                return Some((key, combiner));
            }
            if !self.advance() {
                return None;
            }
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(mut self, init: B, mut f: F) -> B {
        let mut sum = init;
        loop {
            let current = std::mem::replace(&mut self.current, HashTable::new().into_iter());
            sum = current.fold(sum, |sum, (_, key, combiner)| f(sum, (key, combiner)));
            if !self.advance() {
                return sum;
            }
        }
    }
}
