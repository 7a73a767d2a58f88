//! [`MapTables`]: the tables of a running map task that combines.

mod output;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use hashbrown::HashTable;

use super::{
    aggregator::Aggregator,
    backlog::Backlog,
    front_cache::{FrontCache, JUDGED_EVERY, OPEN_AFTER},
    hash::bucket,
    key_keeper::KeyKeeper,
    output_file::OutputFile,
    table::{
        Entry, HEAP_STEP, LEAST_ROWS, MUCH_HEAP, entry_heap, grown_bytes, is_full, is_plain, merge,
        table_bytes, upsert,
    },
};
use crate::{
    memory::{HeapSampler, Reservation},
    rdd::{Data, Key},
    task::TaskContext,
};

/// Room of all tables from which on rows wait for their table, as a core's cache does not hold them all.
const BACKLOG_FROM: u64 = 1 << 20;

/// Hash tables, with a cache of the frequent keys before them and, when they have become large, a backlog. All are
/// written to a file as a run whenever memory is refused.
pub(super) struct MapTables<K, C> {
    tables: Vec<HashTable<Entry<K, C>>>,
    /// Bytes of their room.
    tables_room: u64,
    cache: FrontCache<K, C>,
    backlog: Backlog<K, C>,
    keeper: KeyKeeper,
    task: Arc<TaskContext>,
    /// Charged for the tables, the backlog, and for what the entries of these and the cache own.
    reservation: Reservation,
    /// What these own, about, and what of it is charged. Never negative.
    heap: i64,
    charged: i64,
    sampler: HeapSampler,
    merge_sampler: HeapSampler,
    records: u64,
    spills: u64,
    file: OutputFile,
}

impl<K: Key, C: Data> MapTables<K, C> {
    pub(super) fn new(count: usize, task: &Arc<TaskContext>) -> Self {
        let mut tables = Vec::new();
        tables.resize_with(count, HashTable::new);
        MapTables {
            tables,
            tables_room: 0,
            cache: FrontCache::default(),
            backlog: Backlog::default(),
            keeper: KeyKeeper::default(),
            task: task.clone(),
            reservation: Reservation::writer(task),
            heap: 0,
            charged: 0,
            sampler: HeapSampler::default(),
            merge_sampler: HeapSampler::default(),
            records: 0,
            spills: 0,
            file: OutputFile::of::<Entry<K, C>>(task, count),
        }
    }

    /// One record.
    #[inline(always)]
    pub(super) fn add<V, A: Aggregator<V, Combiner = C>>(
        &mut self,
        hash: u64,
        key: K,
        value: V,
        aggregator: &A,
    ) {
        if self.records & 1023 == 0 {
            self.look_up(aggregator);
        }
        self.records += 1;
        let weight = if is_plain::<(K, C)>() { 0 } else { self.sampler.weight() };
        if weight == 0 {
            self.put(hash, key, value, aggregator);
        } else {
            self.put_weighed(hash, key, value, aggregator, weight);
        }
    }

    /// As [`put`](Self::put), and takes note of what the entries own more than before.
    #[inline(never)]
    fn put_weighed<V, A: Aggregator<V, Combiner = C>>(
        &mut self,
        hash: u64,
        key: K,
        value: V,
        aggregator: &A,
        weight: u64,
    ) {
        // With a backlog, what leaves the cache only moves; it is weighed when it goes into its table.
        let waits = self.waits();
        let more = if waits && !self.cache.is_open() {
            let entry = (hash, key, aggregator.create(value));
            let heap = entry_heap(&entry);
            self.wait(entry, aggregator);
            heap
        } else if waits {
            let before = self.heap_in_cache(hash);
            self.put(hash, key, value, aggregator);
            self.heap_in_cache(hash) - before
        } else {
            let leaving = self.cache.get(hash).map(|entry| entry.0);
            let before = self.heap_around(hash, leaving);
            self.put(hash, key, value, aggregator);
            self.heap_around(hash, leaving) - before
        };
        let more = self.sampler.change_stands_for(weight, more);
        self.owns_more(more);
    }

    /// Whether rows wait for their table. Not those whose combiners own memory: a combiner for each row that waits would
    /// cost more than it saves.
    #[inline(always)]
    fn waits(&self) -> bool {
        is_plain::<C>() && self.backlog.is_open()
    }

    /// Looks up from the work, now and then.
    #[cold]
    #[inline(never)]
    fn look_up<V, A: Aggregator<V, Combiner = C>>(&mut self, aggregator: &A) {
        self.task.kill_task_if_interrupted();
        if self.records == OPEN_AFTER {
            self.cache.open();
        } else if self.records.is_multiple_of(JUDGED_EVERY) {
            let since = JUDGED_EVERY - if self.records == JUDGED_EVERY { OPEN_AFTER } else { 0 };
            if self.cache.is_useless(since) {
                self.close_cache(aggregator);
            }
        }
    }

    #[inline(always)]
    fn put<V, A: Aggregator<V, Combiner = C>>(&mut self, hash: u64, key: K, value: V, aggregator: &A) {
        let waits = self.waits();
        match self.cache.slot(hash) {
            None if waits => {
                self.wait((hash, key, aggregator.create(value)), aggregator);
            }
            None => {
                let (table, keeper) = self.table(hash);
                upsert(
                    table,
                    Some(keeper),
                    hash,
                    key,
                    value,
                    |value| aggregator.create(value),
                    |c, v| aggregator.merge_value(c, v),
                );
            }
            Some(slot) => match slot {
                Some((known, known_key, combiner)) if *known == hash && *known_key == key => {
                    if is_plain::<C>() {
                        *combiner = aggregator.merge_value(combiner.clone(), value);
                    } else if let Some((hash, key, combiner)) = slot.take() {
                        // Out of the cache while the user's function runs: if that panics it is gone, and
                        // with it the whole task.
                        *slot = Some((hash, key, aggregator.merge_value(combiner, value)));
                    }
                }
                _ => {
                    if let Some(entry) = slot.replace((hash, key, aggregator.create(value))) {
                        self.cache.count_driven_out();
                        self.put_entry(entry, aggregator);
                    }
                }
            },
        }
    }

    #[inline(always)]
    fn put_entry<V, A: Aggregator<V, Combiner = C>>(&mut self, entry: Entry<K, C>, aggregator: &A) {
        if self.waits() {
            self.wait(entry, aggregator);
        } else {
            let (table, keeper) = self.table(entry.0);
            merge(table, Some(keeper), entry, aggregator);
        }
    }

    /// Puts a row into the open backlog.
    #[inline(always)]
    fn wait<V, A: Aggregator<V, Combiner = C>>(&mut self, entry: Entry<K, C>, aggregator: &A) {
        let index = bucket(entry.0, self.tables.len());
        if self.backlog.push(index, entry) {
            self.catch_up(index, aggregator);
        }
    }

    /// Merges the rows that wait for a table into it.
    #[inline(never)]
    fn catch_up<V, A: Aggregator<V, Combiner = C>>(&mut self, index: usize, aggregator: &A) {
        let mut rows = self.backlog.take(index);
        self.merge_all(rows.drain(..), aggregator);
        self.backlog.put_back(index, rows, self.tables[index].len(), &mut self.reservation);
    }

    fn merge_all<V, A: Aggregator<V, Combiner = C>>(
        &mut self,
        rows: impl Iterator<Item = Entry<K, C>>,
        aggregator: &A,
    ) {
        let spills = self.spills;
        for entry in rows {
            let weight = if is_plain::<(K, C)>() { 0 } else { self.merge_sampler.weight() };
            if weight == 0 {
                let (table, keeper) = self.table(entry.0);
                merge(table, Some(keeper), entry, aggregator);
            } else {
                // What these rows own was counted when they came, and forgotten with everything when that was spilled.
                let owned = if self.spills == spills { entry_heap(&entry) } else { 0 };
                self.merge_weighed(entry, owned, aggregator, weight);
            }
        }
    }

    #[inline(never)]
    fn merge_weighed<V, A: Aggregator<V, Combiner = C>>(
        &mut self,
        entry: Entry<K, C>,
        owned: i64,
        aggregator: &A,
        weight: u64,
    ) {
        let (hash, spills) = (entry.0, self.spills);
        let before = owned.saturating_add(self.heap_in_table(hash));
        let (table, keeper) = self.table(hash);
        merge(table, Some(keeper), entry, aggregator);
        let before = if self.spills == spills { before } else { 0 };
        let more = self.heap_in_table(hash) - before;
        let more = self.merge_sampler.change_stands_for(weight, more);
        self.owns_more(more);
    }

    /// The table for a hash, and the keeper of keys. A full table is made larger first, or everything is spilled.
    #[inline(always)]
    fn table(&mut self, hash: u64) -> (&mut HashTable<Entry<K, C>>, &mut KeyKeeper) {
        let index = bucket(hash, self.tables.len());
        if is_full(&self.tables[index]) {
            self.grow(index);
        }
        (&mut self.tables[index], &mut self.keeper)
    }

    /// Rows in tables and backlog.
    fn rows(&self) -> usize {
        self.tables.iter().map(HashTable::len).sum::<usize>() + self.backlog.rows()
    }

    /// Makes room in a table. While it grows there are two.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, index: usize) {
        let table = &self.tables[index];
        let (old, new) = (table_bytes(table), grown_bytes(table));
        let granted = self.reservation.try_grow(new);
        if !granted && self.rows() >= LEAST_ROWS {
            self.spill();
        }
        let table = &mut self.tables[index];
        if is_full(table) {
            let before = table_bytes(table);
            table.reserve(1, |entry| entry.0);
            self.tables_room += table_bytes(table) - before;
        }
        if granted {
            self.reservation.shrink(old);
        }
        if is_plain::<C>() && granted && !self.backlog.is_open() && self.tables_room > BACKLOG_FROM {
            self.backlog.open(self.tables.len(), self.tables_room, &mut self.reservation);
        }
    }

    /// Bytes of all room.
    fn room(&self) -> u64 {
        self.tables_room + self.backlog.room()
    }

    /// Takes note of what entries own more than before. May spill.
    #[cold]
    #[inline(never)]
    fn owns_more(&mut self, bytes: i64) {
        self.heap = self.heap.saturating_add(bytes).max(0);
        let uncharged = self.heap - self.charged;
        if uncharged >= HEAP_STEP {
            if self.reservation.try_grow(uncharged.unsigned_abs()) {
                self.charged = self.heap;
            } else if self.rows() + self.cache.capacity() >= LEAST_ROWS || uncharged > MUCH_HEAP {
                self.spill();
            }
        } else if uncharged <= -HEAP_STEP {
            self.reservation.shrink(uncharged.unsigned_abs());
            self.charged = self.heap;
        }
    }

    /// Heap bytes of a hash's entries, and of those of the hash that leaves the cache for it.
    fn heap_around(&self, hash: u64, leaving: Option<u64>) -> i64 {
        let leaving = leaving.filter(|other| *other != hash).map_or(0, |other| self.heap_at(other));
        self.heap_at(hash).saturating_add(leaving)
    }

    fn heap_at(&self, hash: u64) -> i64 {
        self.heap_in_cache(hash).saturating_add(self.heap_in_table(hash))
    }

    fn heap_in_cache(&self, hash: u64) -> i64 {
        self.cache.get(hash).filter(|entry| entry.0 == hash).map_or(0, entry_heap)
    }

    fn heap_in_table(&self, hash: u64) -> i64 {
        let table = self.tables.get(bucket(hash, self.tables.len()));
        // Of different keys with one hash either will do.
        table.and_then(|table| table.find(hash, |entry| entry.0 == hash)).map_or(0, entry_heap)
    }

    fn close_cache<V, A: Aggregator<V, Combiner = C>>(&mut self, aggregator: &A) {
        for entry in self.cache.close() {
            self.put_entry(entry, aggregator);
        }
    }
}
