//! `partition_by`: pairs go where a partitioner says.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::side::{Side, SidePairs, SideSplit, side_pairs};
use crate::{
    context::CallSite,
    rdd::{
        Compute, Data, PlanError, Rdd,
        partitioning::{PartitionerInfo, partitioned},
    },
    shuffle::{By, Gather, Partitioner},
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::partition_by`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Partitioned<K: 'static, V: 'static> {
    side: Side<K, V>,
    #[serde(skip)]
    partitioner: Option<PartitionerInfo>,
}

impl<K, V> Clone for Partitioned<K, V> {
    fn clone(&self) -> Self {
        Partitioned { side: self.side.clone(), partitioner: self.partitioner.clone() }
    }
}

impl<K: Data, V: Data> Compute for Partitioned<K, V> {
    type Item = (K, V);
    type Split = SideSplit;
    type Iter = SidePairs<K, V>;

    partitioned!(side);

    fn compute(&self, split: SideSplit, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        side_pairs(&self.side, split, task)
    }
}

impl<K: Data, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    /// The same pairs, each in the partition that a partitioner names. A partitioner that names one that there
    /// is not fails the task. Pairs that are partitioned by an equal partitioner already stay where they are.
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
        self.partitioned(CallSite::here("partition_by"), "partition_by", partitioner)
    }

    pub(crate) fn partitioned<R: Partitioner<K>>(
        &self,
        call_site: CallSite,
        operation: &'static str,
        partitioner: R,
    ) -> Rdd<Partitioned<K, V>> {
        let info = PartitionerInfo::by::<K, R>(operation, &partitioner);
        let (side, dependency) = self.side(self.op.clone(), operation, &info, Gather(By(partitioner)));
        let kind = side.kind();
        let op = Partitioned { side, partitioner: Some(info) };
        Rdd::new(&self.context, kind, call_site, vec![dependency], op)
    }
}
