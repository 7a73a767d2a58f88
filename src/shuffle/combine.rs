//! Combining by key on the map side.

use std::{marker::PhantomData, sync::Arc};

use hashbrown::HashTable;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

#[cfg(feature = "cluster")]
use super::served::ServedPart;
use super::{
    aggregator::Aggregator,
    block::ShuffleBlock,
    hash::hash_key,
    map_stage::{ShuffleWriter, Written},
    map_tables::MapTables,
    output_file::Kept,
    table::Entry,
};
#[cfg(feature = "cluster")]
use crate::spill::LocalDirs;
use crate::{
    rdd::{Data, Key},
    task::{TaskContext, TaskError},
};

/// A map task's output: for each reducer [`subparts`] tables, so that a table fits into a core's cache. Rows that did
/// not fit into memory are in runs of as many parts, as (key, combiner); their hash is computed again.
pub(crate) struct CombinedBlock<K, C> {
    pub(super) tables: Vec<HashTable<Entry<K, C>>>,
    /// Tables of one reducer.
    #[cfg_attr(not(feature = "cluster"), allow(dead_code, reason = "only who sends it asks"))]
    pub(super) per_reducer: usize,
    pub(super) kept: Kept,
}

impl<K: Key, C: Data> ShuffleBlock for CombinedBlock<K, C> {
    fn of_kept(kept: Kept) -> Self {
        CombinedBlock { tables: Vec::new(), per_reducer: 0, kept }
    }

    #[cfg(feature = "cluster")]
    fn serve(&self, reduce: usize, dirs: &Arc<LocalDirs>) -> Result<ServedPart, TaskError> {
        let parts = (reduce.saturating_mul(self.per_reducer), self.per_reducer);
        let tables = self.tables.get(parts.0..parts.0.saturating_add(parts.1)).unwrap_or_default();
        let in_memory = tables.iter().any(|table| !table.is_empty());
        ServedPart::new(&self.kept, parts, in_memory, dirs, |writer, part| {
            for (_, key, combiner) in self.tables.get(part).into_iter().flatten() {
                writer.write(&(key, combiner))?;
            }
            Ok(())
        })
    }
}

/// Tables per reducer: 128 in all at least.
pub(super) fn subparts(num_reduces: usize) -> usize {
    128usize.div_ceil(num_reduces)
}

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
        let mut tables = MapTables::<K, A::Combiner>::new(num_reduces * subparts(num_reduces), task);
        pairs.for_each(|(key, value)| tables.add(hash_key(&key), key, value, &self.aggregator));
        tables.finish(num_reduces, &self.aggregator)
    }
}
