//! `group_by_key` and `group_by`: all values of a key together.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    in_partitions,
    side::{Side, SidePairs, SideSplit, side_pairs},
};
use crate::{
    context::CallSite,
    rdd::{
        Compute, Data, Key, PlanError, Rdd,
        partitioning::{PartitionerInfo, partitioned},
    },
    shuffle::{AggregatedIter, Gather, Group, Partitioner},
    task::{Interruptible, TaskContext, TaskError},
};

/// The operator of [`Rdd::group_by_key`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Grouped<K: 'static, V: 'static> {
    side: Side<K, V>,
    #[serde(skip)]
    partitioner: Option<PartitionerInfo>,
}

impl<K, V> Clone for Grouped<K, V> {
    fn clone(&self) -> Self {
        Grouped { side: self.side.clone(), partitioner: self.partitioner.clone() }
    }
}

impl<K: Key, V: Data> Compute for Grouped<K, V> {
    type Item = (K, Vec<V>);
    type Split = SideSplit;
    type Iter = Interruptible<AggregatedIter<K, Vec<V>, V, Group, SidePairs<K, V>>>;

    partitioned!(side);

    fn compute(&self, split: SideSplit, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let pairs = side_pairs(&self.side, split, task)?;
        Ok(Interruptible::new(AggregatedIter::new(pairs, Group, task), task))
    }
}

impl<K: Key, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    in_partitions! {
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
        group_by_key, group_by_key_n<>(self, call_site, count) -> Grouped<K, V>
        where {} {
            self.grouped("group_by_key", call_site, self.own_partitioner("group_by_key", count))
        }
    }

    /// As [`group_by_key`](Self::group_by_key), into the partitions that a partitioner names.
    #[track_caller]
    pub fn group_by_key_by<R: Partitioner<K>>(&self, partitioner: R) -> Rdd<Grouped<K, V>> {
        let info = PartitionerInfo::by::<K, R>("group_by_key", &partitioner);
        self.grouped("group_by_key", CallSite::here("group_by_key"), info)
    }

    fn grouped(
        &self,
        operation: &'static str,
        call_site: CallSite,
        partitioner: PartitionerInfo,
    ) -> Rdd<Grouped<K, V>> {
        let writer = Gather(partitioner.of_keys());
        let (side, dependency) = self.side(self.op.clone(), operation, &partitioner, writer);
        let kind = side.kind();
        let op = Grouped { side, partitioner: Some(partitioner) };
        Rdd::new(&self.context, kind, call_site, vec![dependency], op)
    }
}

impl<P: Compute> Rdd<P>
where
    P::Item: Data,
{
    in_partitions! {
        /// The elements in groups, by a key made from each.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let by_parity = context.range(0..6, 1, 3).group_by(|x| x % 2).collect_as_map()?;
        /// assert_eq!(by_parity[&1], [1, 3, 5]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        group_by, group_by_n<K, F>(self, call_site, count, function: F) -> Grouped<K, P::Item>
        where { K: Key, F: Fn(&P::Item) -> K + Copy + Send + Sync + 'static } {
            let keyed = self.keyed(call_site, function);
            keyed.grouped("group_by", call_site, keyed.own_partitioner("group_by", count))
        }
    }
}
