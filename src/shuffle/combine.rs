//! Combining by key on the map side: hash tables, which are written to a file as a run whenever memory is refused.

use std::{marker::PhantomData, sync::Arc};

use hashbrown::HashTable;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    hash::{bucket, hash_key},
    key_keeper::KeyKeeper,
    map_stage::{ShuffleWriter, Written},
    output_file::{Kept, OutputFile},
    table::{
        Entry, HEAP_STEP, LEAST_ROWS, MUCH_HEAP, entry_heap, grown_bytes, heap_of, is_full, is_plain, merge,
        table_bytes, upsert,
    },
};
use crate::{
    memory::{HeapSampler, Reservation},
    rdd::{Data, Key},
    spill::SpillError,
    task::{TaskContext, TaskError},
};

/// How values of one key are brought together.
pub trait Aggregator<V>: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// What they become.
    type Combiner: Data;

    /// Begins with the first value.
    fn create(&self, value: V) -> Self::Combiner;

    /// Adds a value.
    fn merge_value(&self, combiner: Self::Combiner, value: V) -> Self::Combiner;

    /// Brings two together.
    fn merge_combiners(&self, a: Self::Combiner, b: Self::Combiner) -> Self::Combiner;
}

/// A map task's output: for each reducer [`subparts`] tables, so that a table fits into a core's cache. Rows that did
/// not fit into memory are in runs of as many parts, as (key, combiner); their hash is computed again.
pub(crate) struct CombinedBlock<K, C> {
    pub(super) tables: Vec<HashTable<Entry<K, C>>>,
    pub(super) kept: Kept,
}

/// Tables per reducer: 64 in all at least.
pub(super) fn subparts(num_reduces: usize) -> usize {
    64usize.div_ceil(num_reduces)
}

/// Records after which the front cache pays: before that, setting it up costs more than it saves.
const CACHE_FROM: u64 = 4096;
/// Entries of the front cache, which catches the frequent keys before they reach the large tables.
const CACHE_LEN: usize = 1 << 11;

/// The writer that combines on the map side.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "A: Serialize + DeserializeOwned")]
pub(crate) struct Combine<K, A> {
    aggregator: A,
    #[serde(skip)]
    key: PhantomData<fn() -> K>,
}

impl<K, A> Combine<K, A> {
    pub(crate) fn new(aggregator: A) -> Self {
        Combine { aggregator, key: PhantomData }
    }
}

impl<K, A: Clone> Clone for Combine<K, A> {
    fn clone(&self) -> Self {
        Combine::new(self.aggregator.clone())
    }
}

type Cache<K, C> = Vec<Option<Entry<K, C>>>;

/// The tables of a running map task.
struct Tables<K, C> {
    tables: Vec<HashTable<Entry<K, C>>>,
    keeper: KeyKeeper,
    task: Arc<TaskContext>,
    /// Charged for the tables, and for what their entries and the cache's own.
    reservation: Reservation,
    /// What these own, about, and what of it is charged. Never negative.
    heap: i64,
    charged: i64,
    sampler: HeapSampler,
    file: OutputFile,
}

impl<K: Key, C: Data> Tables<K, C> {
    fn new(count: usize, task: &Arc<TaskContext>) -> Self {
        let mut tables = Vec::new();
        tables.resize_with(count, HashTable::new);
        Tables {
            tables,
            keeper: KeyKeeper::default(),
            task: task.clone(),
            reservation: Reservation::writer(task),
            heap: 0,
            charged: 0,
            sampler: HeapSampler::default(),
            file: OutputFile::of::<Entry<K, C>>(task, count),
        }
    }

    /// The table for a hash, and the keeper of keys. A full table is made larger first, or everything is spilled.
    #[inline(always)]
    fn table(&mut self, hash: u64, cache: &mut Cache<K, C>) -> (&mut HashTable<Entry<K, C>>, &mut KeyKeeper) {
        let index = bucket(hash, self.tables.len());
        if is_full(&self.tables[index]) {
            self.grow(index, cache);
        }
        (&mut self.tables[index], &mut self.keeper)
    }

    fn rows(&self) -> usize {
        self.tables.iter().map(HashTable::len).sum()
    }

    /// Makes room in a table. While it grows there are two.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, index: usize, cache: &mut Cache<K, C>) {
        let table = &self.tables[index];
        let (old, new) = (table_bytes(table), grown_bytes(table));
        let granted = self.reservation.try_grow(new);
        if !granted && self.rows() >= LEAST_ROWS {
            self.spill(cache);
        }
        let table = &mut self.tables[index];
        if is_full(table) {
            table.reserve(1, |entry| entry.0);
        }
        if granted {
            self.reservation.shrink(old);
        }
    }

    /// Bytes of all tables' room.
    fn room(&self) -> u64 {
        self.tables.iter().map(table_bytes).sum()
    }

    /// Takes note of what entries own more than before. May spill.
    #[cold]
    #[inline(never)]
    fn owns_more(&mut self, bytes: i64, cache: &mut Cache<K, C>) {
        self.heap = self.heap.saturating_add(bytes).max(0);
        let uncharged = self.heap - self.charged;
        if uncharged >= HEAP_STEP {
            if self.reservation.try_grow(uncharged.unsigned_abs()) {
                self.charged = self.heap;
            } else if self.rows() + cache.len() >= LEAST_ROWS || uncharged > MUCH_HEAP {
                self.spill(cache);
            }
        } else if uncharged <= -HEAP_STEP {
            self.reservation.shrink(uncharged.unsigned_abs());
            self.charged = self.heap;
        }
    }

    /// Writes everything as a run and begins anew.
    fn spill(&mut self, cache: &mut Cache<K, C>) {
        if let Err(error) = self.write_run(cache) {
            self.task.fail(error.into());
        }
        let (rows, room) = (self.rows(), self.tables.iter().map(HashTable::capacity).sum::<usize>());
        debug_assert_eq!(rows, 0);
        let bytes = self.room();
        // Tables that have room for what comes need not grow again; if that is more than is counted, it goes.
        if room > 0 && bytes > self.reservation.bytes() {
            self.tables.iter_mut().for_each(|table| *table = HashTable::new());
            self.reservation.resize(0);
        } else {
            self.reservation.resize(bytes);
        }
        (self.heap, self.charged) = (0, 0);
    }

    fn write_run(&mut self, cache: &mut Cache<K, C>) -> Result<(), SpillError> {
        let count = self.tables.len();
        // The cache's entries go with those of their tables: that a key comes twice is no matter.
        let mut cached: Vec<Entry<K, C>> = cache.iter_mut().filter_map(Option::take).collect();
        cached.sort_unstable_by_key(|entry| std::cmp::Reverse(bucket(entry.0, count)));
        let (tables, task) = (&mut self.tables, &self.task);
        let mut records = 0u64;
        self.file.run(self.reservation.bytes(), |writer, part| {
            while let Some((_, key, combiner)) = cached.pop_if(|entry| bucket(entry.0, count) == part) {
                writer.write(&(key, combiner))?;
            }
            for (_, key, combiner) in tables.get_mut(part).into_iter().flat_map(HashTable::drain) {
                if records & 1023 == 0 {
                    task.kill_task_if_interrupted();
                }
                records += 1;
                writer.write(&(key, combiner))?;
            }
            Ok(())
        })
    }

    /// Heap bytes of a hash's entries, and of those of the hash that leaves the cache for it.
    fn heap_around(&self, hash: u64, leaving: Option<u64>, cache: &Cache<K, C>) -> i64 {
        let leaving = leaving.filter(|other| *other != hash).map_or(0, |other| self.heap_at(other, cache));
        self.heap_at(hash, cache).saturating_add(leaving)
    }

    fn heap_at(&self, hash: u64, cache: &Cache<K, C>) -> i64 {
        let cached = cached(hash, cache).filter(|entry| entry.0 == hash);
        let cached = cached.map_or(0, |entry| heap_of(&entry.1).saturating_add(heap_of(&entry.2)));
        let table = self.tables.get(bucket(hash, self.tables.len()));
        table.map_or(0, |table| entry_heap(table, hash)).saturating_add(cached)
    }
}

/// What is in a hash's place of the cache.
fn cached<K, C>(hash: u64, cache: &Cache<K, C>) -> Option<&Entry<K, C>> {
    cache.get(hash as usize & (CACHE_LEN - 1)).and_then(Option::as_ref)
}

impl<K: Key, V, A: Aggregator<V>> ShuffleWriter<(K, V)> for Combine<K, A> {
    fn write(
        &self,
        pairs: impl Iterator<Item = (K, V)>,
        num_reduces: usize,
        task: &Arc<TaskContext>,
    ) -> Result<Written, TaskError> {
        let mut tables = Tables::<K, A::Combiner>::new(num_reduces * subparts(num_reduces), task);
        let mut cache: Cache<K, A::Combiner> = Vec::new();
        let mut records = 0u64;
        pairs.for_each(|(key, value)| {
            let hash = hash_key(&key);
            if records & 1023 == 0 {
                task.kill_task_if_interrupted();
                if records == CACHE_FROM {
                    cache.resize_with(CACHE_LEN, || None);
                }
            }
            records += 1;
            let weight = if is_plain::<(K, A::Combiner)>() { 0 } else { tables.sampler.weight() };
            if weight == 0 {
                self.add(hash, key, value, &mut tables, &mut cache);
            } else {
                let leaving = cached(hash, &cache).map(|entry| entry.0);
                let before = tables.heap_around(hash, leaving, &cache);
                self.add(hash, key, value, &mut tables, &mut cache);
                let more = tables.heap_around(hash, leaving, &cache) - before;
                let more = tables.sampler.change_stands_for(weight, more);
                tables.owns_more(more, &mut cache);
            }
        });
        let mut rest = std::mem::take(&mut cache);
        while let Some(entry) = rest.pop() {
            let Some(entry) = entry else { continue };
            let (table, keeper) = tables.table(entry.0, &mut rest);
            merge(table, Some(keeper), entry, &self.aggregator);
        }
        finish(tables, num_reduces)
    }
}

impl<K: Key, A> Combine<K, A> {
    /// One record.
    #[inline(always)]
    fn add<V>(
        &self,
        hash: u64,
        key: K,
        value: V,
        tables: &mut Tables<K, A::Combiner>,
        cache: &mut Cache<K, A::Combiner>,
    ) where
        A: Aggregator<V>,
    {
        let aggregator = &self.aggregator;
        match cache.get_mut(hash as usize & (CACHE_LEN - 1)) {
            None => {
                let (table, keeper) = tables.table(hash, cache);
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
                    if is_plain::<A::Combiner>() {
                        *combiner = aggregator.merge_value(combiner.clone(), value);
                    } else if let Some((hash, key, combiner)) = slot.take() {
                        // Out of the cache while the user's function runs: if that panics it is gone, and
                        // with it the whole task.
                        *slot = Some((hash, key, aggregator.merge_value(combiner, value)));
                    }
                }
                _ => {
                    if let Some(entry) = slot.replace((hash, key, aggregator.create(value))) {
                        let (table, keeper) = tables.table(entry.0, cache);
                        merge(table, Some(keeper), entry, aggregator);
                    }
                }
            },
        }
    }
}

/// Keeps the tables in memory if that is granted, else writes them as the last run.
fn finish<K: Key, C: Data>(mut tables: Tables<K, C>, num_reduces: usize) -> Result<Written, TaskError> {
    let is_charged = tables.reservation.resize(tables.room() + tables.heap.unsigned_abs());
    debug_assert!(!is_charged || tables.reservation.bytes() >= tables.room());
    let memory = if is_charged { tables.reservation.keep_output() } else { None };
    if memory.is_none() {
        tables.write_run(&mut Vec::new())?;
        tables.tables = Vec::new();
        tables.reservation.resize(0);
    }
    let entry = size_of::<Entry<K, C>>() as u64;
    let Tables { tables, file, .. } = tables;
    let len = |tables: &[HashTable<_>]| tables.iter().map(|table| table.len() as u64).sum::<u64>();
    let mut sizes = vec![0; num_reduces];
    for (size, part) in sizes.iter_mut().zip(tables.chunks(subparts(num_reduces))) {
        *size = len(part) * entry;
    }
    file.add_sizes(&mut sizes);
    let records = len(&tables) + file.rows();
    Ok(Written { block: Arc::new(CombinedBlock { tables, kept: Kept::new(file, memory)? }), sizes, records })
}
