//! `sort_by_key` and `sort_by`: partitions that follow one another, each sorted;
//! `repartition_and_sort_within_partitions`: partitions of a partitioner, each sorted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    keys::ValueOf,
    side::{Side, SidePairs, SideSplit, side_pairs},
};
use crate::{
    context::CallSite,
    rdd::{
        Boxed, Compute, Data, Deferred, KeyOrder, NodeDependency, PlanError, Rdd,
        op::{Either, Map},
        partitioning::{PartitionerInfo, partitioned},
    },
    shuffle::{By, Gather, GatheredBlock, Partitioner, RangeBounds, SortedIter, read_blocks, sort_pairs},
    task::{Interruptible, TaskContext, TaskError},
};

/// The operator of [`Rdd::sort_by_key`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Sorted<K: 'static, V: 'static> {
    /// Narrow if it is sorted already.
    side: Side<K, V>,
    ascending: bool,
    /// Whether partitions follow one another.
    #[serde(skip)]
    is_total: bool,
    #[serde(skip)]
    partitioner: Option<PartitionerInfo>,
}

impl<K, V> Clone for Sorted<K, V> {
    fn clone(&self) -> Self {
        let (side, partitioner) = (self.side.clone(), self.partitioner.clone());
        Sorted { side, ascending: self.ascending, is_total: self.is_total, partitioner }
    }
}

impl<K: Data + Ord, V: Data> Compute for Sorted<K, V> {
    type Item = (K, V);
    type Split = SideSplit;
    type Iter = Either<Interruptible<SortedIter<K, V>>, SidePairs<K, V>>;

    partitioned!(side);

    fn compute(&self, split: SideSplit, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let (shuffle, split) = match (&self.side, split) {
            (Side::Shuffle(shuffle), SideSplit::Shuffle(split)) => (shuffle, split),
            (side, split) => return side_pairs(side, split, task).map(Either::Second),
        };
        let blocks = read_blocks::<GatheredBlock<K, V>>(shuffle.id, split.num_maps, split.reduce, task)?;
        // Stable: equal keys stay in the order of the map partitions.
        let sorted = sort_pairs(blocks, split.reduce, self.ascending, task)?;
        Ok(Either::First(Interruptible::new(sorted, task)))
    }

    fn key_order(&self) -> Option<KeyOrder> {
        self.is_total.then(|| KeyOrder::new(self.ascending))
    }
}

impl<K: Data + Ord, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    /// The pairs in the order of their keys: over all partitions, and within each. The first action runs a job
    /// that samples the keys, to cut them into ranges of like size; that is remembered. What is sorted so already stays
    /// as it is.
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

    /// The pairs where a partitioner puts them, each partition in the order of its keys: what
    /// [`partition_by`](Self::partition_by) and a sort of each partition give, at the cost of one of them. It shuffles in any
    /// case.
    ///
    /// ```
    /// use firesteel::HashPartitioner;
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let pairs = context.parallelize(vec![(3, 'c'), (1, 'a'), (2, 'b')], 2);
    /// let placed = pairs.repartition_and_sort_within_partitions(HashPartitioner::new(1));
    /// assert_eq!(placed.collect()?, [(1, 'a'), (2, 'b'), (3, 'c')]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn repartition_and_sort_within_partitions<R: Partitioner<K>>(
        &self,
        partitioner: R,
    ) -> Rdd<Sorted<K, V>> {
        let operation = "repartition_and_sort_within_partitions";
        let info = PartitionerInfo::by::<K, R>(operation, &partitioner);
        let writer = Gather(By(partitioner));
        let (shuffle, dependency) = self.shuffle_of(self.op.clone(), operation, writer, info.count().clone());
        let side = Side::Shuffle(shuffle);
        self.sorted_side(CallSite::here(operation), side, dependency, (true, false), info)
    }

    fn sorted(
        &self,
        operation: &'static str,
        call_site: CallSite,
        ascending: bool,
        count: Option<usize>,
    ) -> Rdd<Sorted<K, V>> {
        if self.op.key_order() == Some(KeyOrder::new(ascending))
            && let Some(own) = self.op.partitioner()
            && count.is_none_or(|count| own.num_partitions() == Some(count))
        {
            let dependency = NodeDependency::OneToOne(Deferred::new(self.node.clone()));
            let side = Side::Narrow(Boxed::new(self.op.clone()));
            return self.sorted_side(call_site, side, dependency, (ascending, true), own);
        }
        let count = self.count_or_default(operation, count);
        let bounds = RangeBounds::of(self, ascending, count.clone(), call_site);
        let partitioner = PartitionerInfo::unique::<K, _>(count.clone(), bounds.clone());
        let (shuffle, dependency) = self.shuffle_of(self.op.clone(), operation, Gather(bounds), count);
        self.sorted_side(call_site, Side::Shuffle(shuffle), dependency, (ascending, true), partitioner)
    }

    fn sorted_side(
        &self,
        call_site: CallSite,
        side: Side<K, V>,
        dependency: NodeDependency,
        (ascending, is_total): (bool, bool),
        partitioner: PartitionerInfo,
    ) -> Rdd<Sorted<K, V>> {
        let kind = side.kind();
        let op = Sorted { side, ascending, is_total, partitioner: Some(partitioner) };
        Rdd::new(&self.context, kind, call_site, vec![dependency], op)
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
    /// let words = context.parallelize(["pear", "fig", "banana"].map(str::to_owned).to_vec(), 2);
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
