//! Combining by key: hash tables on the map side, merged on the reduce side.

use std::{marker::PhantomData, sync::Arc};

use hashbrown::{HashTable, hash_table};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    hash::{bucket, hash_key},
    key_keeper::KeyKeeper,
    map_stage::{ShuffleWriter, Written},
};
use crate::{
    rdd::{Data, Key},
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

/// A key with its hash and what was combined.
type Entry<K, C> = (u64, K, C);

/// A map task's output: for each reducer [`subparts`] tables, so that a table fits into a core's cache.
pub(crate) struct CombinedBlock<K, C> {
    tables: Vec<HashTable<Entry<K, C>>>,
}

/// Tables per reducer: 64 in all at least.
fn subparts(num_reduces: usize) -> usize {
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

impl<K: Key, V, A: Aggregator<V>> ShuffleWriter<(K, V)> for Combine<K, A> {
    fn write(
        &self,
        pairs: impl Iterator<Item = (K, V)>,
        num_reduces: usize,
        task: &Arc<TaskContext>,
    ) -> Result<Written, TaskError> {
        let subparts = subparts(num_reduces);
        let mut tables: Vec<HashTable<Entry<K, A::Combiner>>> = Vec::new();
        tables.resize_with(num_reduces * subparts, HashTable::new);
        let count = tables.len();
        let aggregator = &self.aggregator;
        let mut cache: Vec<Option<Entry<K, A::Combiner>>> = Vec::new();
        let mut keeper = KeyKeeper::default();
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
            match cache.get_mut(hash as usize & (CACHE_LEN - 1)) {
                None => {
                    let table = &mut tables[bucket(hash, count)];
                    upsert(
                        table,
                        Some(&mut keeper),
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
                            let table = &mut tables[bucket(entry.0, count)];
                            merge(table, Some(&mut keeper), entry, aggregator);
                        }
                    }
                },
            }
        });
        for entry in cache.into_iter().flatten() {
            merge(&mut tables[bucket(entry.0, count)], Some(&mut keeper), entry, aggregator);
        }
        let entry = size_of::<Entry<K, A::Combiner>>() as u64;
        let len = |tables: &[HashTable<_>]| tables.iter().map(|table| table.len() as u64).sum::<u64>();
        let sizes = tables.chunks(subparts).map(|part| len(part) * entry).collect();
        let written = len(&tables);
        Ok(Written { block: Arc::new(CombinedBlock { tables }), sizes, records: written })
    }
}

/// Merges a combiner into a table.
#[inline]
fn merge<K: Eq + 'static, V, A: Aggregator<V>>(
    table: &mut HashTable<Entry<K, A::Combiner>>,
    keeper: Option<&mut KeyKeeper>,
    (hash, key, combiner): Entry<K, A::Combiner>,
    aggregator: &A,
) {
    upsert(table, keeper, hash, key, combiner, |combiner| combiner, |a, b| aggregator.merge_combiners(a, b));
}

/// Whether values of a type own nothing, so that a clone is a copy: they are replaced in place. Others are taken
/// out of their table, given to the user's function by value, and put back.
#[inline(always)]
const fn is_plain<C>() -> bool {
    !std::mem::needs_drop::<C>()
}

/// Puts a value into a table: a new entry, whose key the `keeper` looks after, or merged into the key's.
#[inline]
fn upsert<K: Eq + 'static, C: Clone, V>(
    table: &mut HashTable<Entry<K, C>>,
    keeper: Option<&mut KeyKeeper>,
    hash: u64,
    key: K,
    value: V,
    create: impl FnOnce(V) -> C,
    merge: impl FnOnce(C, V) -> C,
) {
    match table.entry(hash, |entry| entry.0 == hash && entry.1 == key, |entry| entry.0) {
        hash_table::Entry::Vacant(vacant) => {
            let mut key = key;
            if let Some(keeper) = keeper {
                keeper.keep(&mut key);
            }
            vacant.insert((hash, key, create(value)));
        }
        hash_table::Entry::Occupied(mut occupied) if is_plain::<C>() => {
            let combiner = &mut occupied.get_mut().2;
            *combiner = merge(combiner.clone(), value);
        }
        hash_table::Entry::Occupied(occupied) => {
            occupied
                .replace_entry_with(|(hash, known, combiner)| Some((hash, known, merge(combiner, value))));
        }
    }
}

/// The elements of a reduce partition: merges the map outputs, one small table after the other.
pub struct CombinedIter<K, C, V, A> {
    blocks: Vec<Arc<CombinedBlock<K, C>>>,
    aggregator: A,
    task: Arc<TaskContext>,
    /// The tables that have not been merged.
    tables: std::ops::Range<usize>,
    current: hash_table::IntoIter<Entry<K, C>>,
    value: PhantomData<fn(V)>,
}

impl<K: Key, V, A: Aggregator<V>> CombinedIter<K, A::Combiner, V, A> {
    pub(crate) fn new(
        blocks: Vec<Arc<CombinedBlock<K, A::Combiner>>>,
        reduce: usize,
        num_reduces: usize,
        aggregator: A,
        task: Arc<TaskContext>,
    ) -> Self {
        let subparts = subparts(num_reduces);
        let tables = reduce * subparts..(reduce + 1) * subparts;
        CombinedIter {
            blocks,
            aggregator,
            task,
            tables,
            current: HashTable::new().into_iter(),
            value: PhantomData,
        }
    }

    /// Merges the next table of every block.
    fn next_table(&mut self) -> Option<HashTable<Entry<K, A::Combiner>>> {
        let index = self.tables.next()?;
        self.task.kill_task_if_interrupted();
        let parts = self.blocks.iter().filter_map(|block| block.tables.get(index));
        let mut parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        // The largest is copied whole, which is cheaper than inserting its entries one by one.
        parts.sort_by_key(|part| part.len());
        let Some(largest) = parts.pop() else { return Some(HashTable::new()) };
        let mut merged = largest.clone();
        let mut read = largest.len();
        for part in parts {
            read += part.len();
            for (hash, key, combiner) in part {
                // The map tasks have looked after the keys.
                merge(&mut merged, None, (*hash, key.clone(), combiner.clone()), &self.aggregator);
            }
        }
        self.task.metrics.shuffle_records_read(read as u64);
        let bytes = (read * size_of::<Entry<K, A::Combiner>>()) as u64;
        self.task.metrics.shuffle_total_bytes_read(bytes);
        self.task.metrics.shuffle_local_bytes_read(bytes);
        Some(merged)
    }
}

impl<K: Key, V, A: Aggregator<V>> Iterator for CombinedIter<K, A::Combiner, V, A> {
    type Item = (K, A::Combiner);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((_, key, combiner)) = self.current.next() {
                return Some((key, combiner));
            }
            self.current = self.next_table()?.into_iter();
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(mut self, init: B, mut f: F) -> B {
        let current = std::mem::replace(&mut self.current, HashTable::new().into_iter());
        let mut sum = current.fold(init, |sum, (_, key, combiner)| f(sum, (key, combiner)));
        while let Some(table) = self.next_table() {
            sum = table.into_iter().fold(sum, |sum, (_, key, combiner)| f(sum, (key, combiner)));
        }
        sum
    }
}
