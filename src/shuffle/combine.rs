//! Combining by key on the map side.

use std::{marker::PhantomData, sync::Arc};

use hashbrown::HashTable;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    aggregator::Aggregator,
    hash::hash_key,
    map_stage::{ShuffleWriter, Written},
    map_tables::MapTables,
    output_file::Kept,
    table::Entry,
};
use crate::{
    rdd::Key,
    task::{TaskContext, TaskError},
};

/// A map task's output: for each reducer [`subparts`] tables, so that a table fits into a core's cache. Rows that did
/// not fit into memory are in runs of as many parts, as (key, combiner); their hash is computed again.
pub(crate) struct CombinedBlock<K, C> {
    pub(super) tables: Vec<HashTable<Entry<K, C>>>,
    pub(super) kept: Kept,
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
