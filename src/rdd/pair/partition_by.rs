//! `partition_by`: pairs go where a partitioner says.

use std::{marker::PhantomData, sync::Arc};

use serde::{Deserialize, Serialize};

use super::shuffle::{ReduceSplit, ShuffleRead, ShuffleSpec, reads_shuffle};
use crate::{
    context::CallSite,
    rdd::{Compute, Data, Rdd},
    shuffle::{By, Gather, GatheredBlock, GatheredRows, Partitioner, PartitionerInfo, read_blocks},
    task::{Interruptible, TaskContext, TaskError},
};

/// The operator of [`Rdd::partition_by`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Partitioned<K, V> {
    shuffle: ShuffleRead,
    #[serde(skip)]
    pair: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Clone for Partitioned<K, V> {
    fn clone(&self) -> Self {
        Partitioned { shuffle: self.shuffle.clone(), pair: PhantomData }
    }
}

impl<K: Data, V: Data> Compute for Partitioned<K, V> {
    type Item = (K, V);
    type Split = ReduceSplit;
    type Iter = Interruptible<GatheredRows<K, V>>;

    reads_shuffle!();

    fn compute(&self, split: ReduceSplit, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let blocks = read_blocks::<GatheredBlock<K, V>>(self.shuffle.id, split.num_maps, split.reduce, task)?;
        Ok(Interruptible::new(GatheredRows::new(blocks, split.reduce, task), task))
    }

    fn partitioner(&self) -> Option<PartitionerInfo> {
        Some(PartitionerInfo::Shuffle(self.shuffle.id))
    }
}

impl<K: Data, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    /// The same pairs, each in the partition that a partitioner names. A partitioner that names one that there
    /// is not fails the task.
    ///
    /// ```
    /// use firesteel::HashPartitioner;
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let pairs = context.range(0..100, 1, 4).map(|x| (x % 10, x)).partition_by(HashPartitioner::new(3));
    /// assert_eq!((pairs.num_partitions()?, pairs.count()?), (3, 100));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn partition_by<R: Partitioner<K>>(&self, partitioner: R) -> Rdd<Partitioned<K, V>> {
        let num_reduces = Some(partitioner.num_partitions());
        let writer = Gather(By(partitioner));
        let call_site = CallSite::here("partition_by");
        let spec = ShuffleSpec { operation: "partition_by", call_site, writer, num_reduces };
        self.shuffled(spec, |shuffle| Partitioned { shuffle, pair: PhantomData })
    }
}
