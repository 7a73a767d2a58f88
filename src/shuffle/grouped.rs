//! The reduce side of grouping: all values of a key in one vector, with tables that may spill.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    combine::Aggregator,
    gather::GatheredBlock,
    gathered::GatheredRows,
    hash::hash_key,
    merger::{MergedParts, Merger, Parts},
};
use crate::{
    rdd::{Data, Key},
    task::{TaskContext, TaskError},
};

/// Values in a vector.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Group;

impl<V: Data> Aggregator<V> for Group {
    type Combiner = Vec<V>;

    fn create(&self, value: V) -> Vec<V> {
        vec![value]
    }

    #[inline]
    fn merge_value(&self, mut values: Vec<V>, value: V) -> Vec<V> {
        values.push(value);
        values
    }

    fn merge_combiners(&self, mut a: Vec<V>, mut b: Vec<V>) -> Vec<V> {
        a.append(&mut b);
        a
    }
}

/// The pairs of a reduce partition, as one part.
struct GroupedPart<K, V>(Option<GatheredRows<K, V>>);

impl<K: Key, V: Data> Parts<K, Vec<V>> for GroupedPart<K, V> {
    fn feed(&mut self, merger: &mut Merger<K, Vec<V>>) -> Result<bool, TaskError> {
        let Some(mut rows) = self.0.take() else { return Ok(false) };
        rows.try_for_each(|(key, value)| {
            let add = |values, value| Group.merge_value(values, value);
            merger.add(hash_key(&key), key, value, |value| Group.create(value), add)
        })?;
        Ok(true)
    }
}

/// The groups of a reduce partition: the values of each key in the order of the map partitions.
pub struct GroupedIter<K, V>(MergedParts<K, Vec<V>, Group, V, GroupedPart<K, V>>);

impl<K: Key, V: Data> GroupedIter<K, V> {
    pub(crate) fn new(blocks: Vec<Arc<GatheredBlock<K, V>>>, reduce: usize, task: &Arc<TaskContext>) -> Self {
        let rows = GatheredRows::new(blocks, reduce, task);
        GroupedIter(MergedParts::new(GroupedPart(Some(rows)), Group, task))
    }
}

impl<K: Key, V: Data> Iterator for GroupedIter<K, V> {
    type Item = (K, Vec<V>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B {
        self.0.fold(init, f)
    }
}
