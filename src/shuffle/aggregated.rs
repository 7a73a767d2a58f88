//! Combining the values of one partition where they are, with a table that may spill: grouping, and what is partitioned
//! already.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    aggregator::Aggregator,
    hash::hash_key,
    merger::{MergedParts, Merger, Parts},
};
use crate::{
    rdd::{Data, Key},
    task::{TaskContext, TaskError},
};

/// Values in a vector, in their order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Group;

impl<V: Data> Aggregator<V> for Group {
    type Combiner = Vec<V>;

    #[inline]
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

/// The pairs of a partition, as one part.
struct Values<I, A> {
    pairs: Option<I>,
    aggregator: A,
}

impl<K: Key, V, A: Aggregator<V>, I: Iterator<Item = (K, V)>> Parts<K, A::Combiner> for Values<I, A> {
    fn feed(&mut self, merger: &mut Merger<K, A::Combiner>) -> Result<bool, TaskError> {
        let Some(pairs) = self.pairs.take() else { return Ok(false) };
        let aggregator = &self.aggregator;
        // By `fold`, as all chains are driven; an error leaves by the task's own way.
        let task = merger.task().clone();
        pairs.for_each(|(key, value)| {
            let merge = |combiner, value| aggregator.merge_value(combiner, value);
            let added = merger.add(hash_key(&key), key, value, |value| aggregator.create(value), merge);
            added.unwrap_or_else(|error| task.fail(error));
        });
        Ok(true)
    }
}

/// The keys of a partition, each with what its values were combined to, in the order in which they came.
pub struct AggregatedIter<K, C, V, A, I>(MergedParts<K, C, A, V, Values<I, A>>);

impl<K: Key, V, A: Aggregator<V>, I: Iterator<Item = (K, V)>> AggregatedIter<K, A::Combiner, V, A, I> {
    pub(crate) fn new(pairs: I, aggregator: A, task: &Arc<TaskContext>) -> Self {
        let values = Values { pairs: Some(pairs), aggregator: aggregator.clone() };
        AggregatedIter(MergedParts::new(values, aggregator, task))
    }
}

impl<K: Key, V, A: Aggregator<V>, I: Iterator<Item = (K, V)>> Iterator
    for AggregatedIter<K, A::Combiner, V, A, I>
{
    type Item = (K, A::Combiner);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B {
        self.0.fold(init, f)
    }
}
