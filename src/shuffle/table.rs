//! Hash tables of keys and what was combined for them, and what they cost.

use hashbrown::{HashTable, hash_table};
use serde::Serialize;

use super::{aggregator::Aggregator, key_keeper::KeyKeeper};
use crate::memory::heap_bytes;

/// A key with its hash and what was combined.
pub(super) type Entry<K, C> = (u64, K, C);

/// So many rows are kept in memory before a refusal of memory makes a consumer spill: with less, files would be all
/// overhead.
pub(super) const LEAST_ROWS: usize = 1024;

/// Heap bytes that are charged at a time.
pub(super) const HEAP_STEP: i64 = 64 << 10;

/// Heap bytes that may not be charged: if more are refused even few rows go.
pub(super) const MUCH_HEAP: i64 = 16 * HEAP_STEP;

/// Merges a combiner into a table.
#[inline]
pub(super) fn merge<K: Eq + 'static, V, A: Aggregator<V>>(
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
pub(super) const fn is_plain<C>() -> bool {
    !std::mem::needs_drop::<C>()
}

/// Puts a value into a table: a new entry, whose key the `keeper` looks after, or merged into the key's.
#[inline]
pub(super) fn upsert<K: Eq + 'static, C: Clone, V>(
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

/// Whether the next insertion makes the table grow. Cheap: looked at for each row.
#[inline(always)]
pub(super) fn is_full<K, C>(table: &HashTable<Entry<K, C>>) -> bool {
    table.len() == table.capacity()
}

/// Bytes of a table's allocation.
pub(super) fn table_bytes<K, C>(table: &HashTable<Entry<K, C>>) -> u64 {
    table.allocation_size() as u64
}

/// Bytes of the allocation that a full table takes next, about.
pub(super) fn grown_bytes<K, C>(table: &HashTable<Entry<K, C>>) -> u64 {
    let least = 4 * (size_of::<Entry<K, C>>() as u64 + 1) + 16;
    (2 * table_bytes(table)).max(least)
}

/// Heap bytes of what was combined for a hash; nothing if there is nothing.
pub(super) fn combiner_heap<K, C: Serialize>(table: &HashTable<Entry<K, C>>, hash: u64) -> i64 {
    // Of different keys with one hash either will do.
    table.find(hash, |entry| entry.0 == hash).map_or(0, |entry| heap_of(&entry.2))
}

/// Heap bytes of a key and of what was combined for it.
pub(super) fn entry_heap<K: Serialize, C: Serialize>(entry: &Entry<K, C>) -> i64 {
    heap_of(&entry.1).saturating_add(heap_of(&entry.2))
}

/// Heap bytes of one value.
pub(super) fn heap_of<T: Serialize>(value: &T) -> i64 {
    i64::try_from(heap_bytes(value)).unwrap_or(i64::MAX)
}

/// Entries by which a table is judged.
const LOOKED_AT: usize = 64;

/// Heap bytes of all keys of a table, judged by some of them.
pub(super) fn keys_heap<K: Serialize, C>(table: &HashTable<Entry<K, C>>) -> u64 {
    if is_plain::<K>() {
        return 0;
    }
    scaled(table.iter().take(LOOKED_AT).map(|entry| heap_bytes(&entry.1)).sum(), table.len())
}

/// Heap bytes of all that was combined in a table, judged by some of it.
pub(super) fn combiners_heap<K, C: Serialize>(table: &HashTable<Entry<K, C>>) -> u64 {
    if is_plain::<C>() {
        return 0;
    }
    scaled(table.iter().take(LOOKED_AT).map(|entry| heap_bytes(&entry.2)).sum(), table.len())
}

fn scaled(sum: u64, len: usize) -> u64 {
    (sum as f64 * len as f64 / len.clamp(1, LOOKED_AT) as f64) as u64
}
