//! `sort_by_key`: partitions that follow one another, each sorted.

use std::{marker::PhantomData, sync::Arc};

use serde::{Deserialize, Serialize};

use super::shuffle::{ReduceSplit, ShuffleRead, ShuffleSpec, reads_shuffle};
use crate::{
    context::CallSite,
    rdd::{Compute, Data, Rdd},
    shuffle::{Gather, GatheredBlock, PartitionerInfo, RangeBounds, SortedIter, read_blocks, sort_pairs},
    task::{Interruptible, TaskContext, TaskError},
};

/// The operator of [`Rdd::sort_by_key`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Sorted<K, V> {
    shuffle: ShuffleRead,
    ascending: bool,
    #[serde(skip)]
    pair: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Clone for Sorted<K, V> {
    fn clone(&self) -> Self {
        Sorted { shuffle: self.shuffle.clone(), ascending: self.ascending, pair: PhantomData }
    }
}

impl<K: Data + Ord, V: Data> Compute for Sorted<K, V> {
    type Item = (K, V);
    type Split = ReduceSplit;
    type Iter = Interruptible<SortedIter<K, V>>;

    reads_shuffle!();

    fn compute(&self, split: ReduceSplit, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let blocks = read_blocks::<GatheredBlock<K, V>>(self.shuffle.id, split.num_maps, split.reduce, task)?;
        Ok(Interruptible::new(sort_pairs(blocks, split.reduce, self.ascending, task)?, task))
    }

    fn partitioner(&self) -> Option<PartitionerInfo> {
        Some(PartitionerInfo::Shuffle(self.shuffle.id))
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
        self.sorted(CallSite::here("sort_by_key"), ascending, None)
    }

    /// As [`sort_by_key`](Self::sort_by_key), into `num_partitions` partitions.
    #[track_caller]
    pub fn sort_by_key_n(&self, ascending: bool, num_partitions: usize) -> Rdd<Sorted<K, V>> {
        self.sorted(CallSite::here("sort_by_key"), ascending, Some(num_partitions))
    }

    fn sorted(&self, call_site: CallSite, ascending: bool, num_reduces: Option<usize>) -> Rdd<Sorted<K, V>> {
        let writer = Gather(RangeBounds::of(self, ascending, num_reduces, call_site));
        let spec = ShuffleSpec { operation: "sort_by_key", call_site, writer, num_reduces };
        self.shuffled(spec, |shuffle| Sorted { shuffle, ascending, pair: PhantomData })
    }
}
