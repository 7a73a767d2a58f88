//! `sort_by_key` and `sort_by`: partitions that follow one another, each sorted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    keys::ValueOf,
    shuffle::{ReduceSplit, ShuffleRead, ShuffleSpec},
};
use crate::{
    context::CallSite,
    rdd::{Compute, Data, PartitionerInfo, PlanError, Rdd, op::Map},
    shuffle::{Gather, GatheredBlock, RangeBounds, SortedIter, read_blocks, sort_pairs},
    task::{Interruptible, TaskContext, TaskError},
};

/// The operator of [`Rdd::sort_by_key`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Sorted<K, V> {
    shuffle: ShuffleRead,
    ascending: bool,
    #[serde(skip)]
    partitioner: Option<PartitionerInfo>,
    #[serde(skip)]
    pair: std::marker::PhantomData<fn() -> (K, V)>,
}

impl<K, V> Clone for Sorted<K, V> {
    fn clone(&self) -> Self {
        let (shuffle, partitioner) = (self.shuffle.clone(), self.partitioner.clone());
        Sorted { shuffle, ascending: self.ascending, partitioner, pair: self.pair }
    }
}

impl<K: Data + Ord, V: Data> Compute for Sorted<K, V> {
    type Item = (K, V);
    type Split = ReduceSplit;
    type Iter = Interruptible<SortedIter<K, V>>;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        self.shuffle.num_partitions()
    }

    fn known_num_partitions(&self) -> Option<usize> {
        self.partitioner.as_ref()?.num_partitions()
    }

    fn split(&self, index: usize) -> Result<ReduceSplit, PlanError> {
        self.shuffle.split(index)
    }

    fn compute(&self, split: ReduceSplit, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let blocks = read_blocks::<GatheredBlock<K, V>>(self.shuffle.id, split.num_maps, split.reduce, task)?;
        // Stable: equal keys stay in the order of the map partitions.
        Ok(Interruptible::new(sort_pairs(blocks, split.reduce, self.ascending, task)?, task))
    }

    /// By the ranges of its keys: like no other's.
    fn partitioner(&self) -> Option<PartitionerInfo> {
        self.partitioner.clone()
    }
}

impl<K: Data + Ord, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    /// The pairs in the order of their keys: over all partitions, and within each. The first action runs a job
    /// that samples the keys, to cut them into ranges of like size; that is remembered.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let pairs = context.parallelize(vec![(3, 'c'), (1, 'a'), (2, 'b')], 2);
    /// assert_eq!(pairs.sort_by_key(true).collect()?, [(1, 'a'), (2, 'b'), (3, 'c')]);
    /// assert_eq!(pairs.sort_by_key(false).collect()?, [(3, 'c'), (2, 'b'), (1, 'a')]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn sort_by_key(&self, ascending: bool) -> Rdd<Sorted<K, V>> {
        self.sorted("sort_by_key", CallSite::here("sort_by_key"), ascending, None)
    }

    /// As [`sort_by_key`](Self::sort_by_key), into `num_partitions` partitions.
    #[track_caller]
    pub fn sort_by_key_n(&self, ascending: bool, num_partitions: usize) -> Rdd<Sorted<K, V>> {
        self.sorted("sort_by_key", CallSite::here("sort_by_key"), ascending, Some(num_partitions))
    }

    fn sorted(
        &self,
        operation: &'static str,
        call_site: CallSite,
        ascending: bool,
        count: Option<usize>,
    ) -> Rdd<Sorted<K, V>> {
        let count = self.count_or_default(operation, count);
        let bounds = RangeBounds::of(self, ascending, count.clone(), call_site);
        let partitioner = Some(PartitionerInfo::unique::<K, _>(count.clone(), bounds.clone()));
        let spec = ShuffleSpec { operation, call_site, writer: Gather(bounds), count };
        self.shuffled(spec, |shuffle| Sorted {
            shuffle,
            ascending,
            partitioner,
            pair: std::marker::PhantomData,
        })
    }
}

impl<P: Compute> Rdd<P>
where
    P::Item: Data,
{
    /// The elements in the order of keys made from them, as [`sort_by_key`](Self::sort_by_key).
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let words = context.parallelize(vec!["pear", "fig", "banana"], 2).map(str::to_owned);
    /// assert_eq!(words.sort_by(|word| word.len(), true).collect()?, ["fig", "pear", "banana"]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn sort_by<K: Data + Ord, F>(
        &self,
        function: F,
        ascending: bool,
    ) -> Rdd<Map<Sorted<K, P::Item>, ValueOf>>
    where
        F: Fn(&P::Item) -> K + Copy + Send + Sync + 'static,
    {
        self.sorted_by(CallSite::here("sort_by"), function, ascending, None)
    }

    /// As [`sort_by`](Self::sort_by), into `num_partitions` partitions.
    #[track_caller]
    pub fn sort_by_n<K: Data + Ord, F>(
        &self,
        function: F,
        ascending: bool,
        num_partitions: usize,
    ) -> Rdd<Map<Sorted<K, P::Item>, ValueOf>>
    where
        F: Fn(&P::Item) -> K + Copy + Send + Sync + 'static,
    {
        self.sorted_by(CallSite::here("sort_by_n"), function, ascending, Some(num_partitions))
    }

    fn sorted_by<K: Data + Ord, F>(
        &self,
        call_site: CallSite,
        function: F,
        ascending: bool,
        count: Option<usize>,
    ) -> Rdd<Map<Sorted<K, P::Item>, ValueOf>>
    where
        F: Fn(&P::Item) -> K + Copy + Send + Sync + 'static,
    {
        let sorted = self.keyed(call_site, function).sorted("sort_by", call_site, ascending, count);
        sorted.narrow(call_site, Map::new(sorted.op.clone(), ValueOf))
    }
}
