//! `group_by_key`: all values of a key together.

use std::{marker::PhantomData, sync::Arc};

use serde::{Deserialize, Serialize};

use super::shuffle::{ReduceSplit, ShuffleRead, ShuffleSpec, reads_shuffle};
use crate::{
    context::CallSite,
    rdd::{Compute, Data, Key, Rdd},
    shuffle::{ByHash, Gather, GatheredBlock, GroupedIter, PartitionerInfo, read_blocks},
    task::{Interruptible, TaskContext, TaskError},
};

/// The operator of [`Rdd::group_by_key`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Grouped<K, V> {
    shuffle: ShuffleRead,
    #[serde(skip)]
    pair: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Clone for Grouped<K, V> {
    fn clone(&self) -> Self {
        Grouped { shuffle: self.shuffle.clone(), pair: PhantomData }
    }
}

impl<K: Key, V: Data> Compute for Grouped<K, V> {
    type Item = (K, Vec<V>);
    type Split = ReduceSplit;
    type Iter = Interruptible<GroupedIter<K, V>>;

    reads_shuffle!();

    fn compute(&self, split: ReduceSplit, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let blocks = read_blocks::<GatheredBlock<K, V>>(self.shuffle.id, split.num_maps, split.reduce, task)?;
        Ok(Interruptible::new(GroupedIter::new(blocks, split.reduce, task), task))
    }

    fn partitioner(&self) -> Option<PartitionerInfo> {
        self.num_partitions().ok().map(|num_partitions| PartitionerInfo::Hash { num_partitions })
    }
}

impl<K: Key, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    /// All values of each key, in the order of the map partitions. Nothing is combined on the map side: to add
    /// values up, [`reduce_by_key`](Self::reduce_by_key) moves far less.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let pairs = context.parallelize(vec![('a', 1), ('b', 2), ('a', 3)], 2);
    /// let mut groups = pairs.group_by_key().collect()?;
    /// groups.sort();
    /// assert_eq!(groups, [('a', vec![1, 3]), ('b', vec![2])]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn group_by_key(&self) -> Rdd<Grouped<K, V>> {
        self.grouped(CallSite::here("group_by_key"), None)
    }

    /// As [`group_by_key`](Self::group_by_key), into `num_partitions` partitions.
    #[track_caller]
    pub fn group_by_key_n(&self, num_partitions: usize) -> Rdd<Grouped<K, V>> {
        self.grouped(CallSite::here("group_by_key"), Some(num_partitions))
    }

    fn grouped(&self, call_site: CallSite, num_reduces: Option<usize>) -> Rdd<Grouped<K, V>> {
        let spec = ShuffleSpec { operation: "group_by_key", call_site, writer: Gather(ByHash), num_reduces };
        self.shuffled(spec, |shuffle| Grouped { shuffle, pair: PhantomData })
    }
}
