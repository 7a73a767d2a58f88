//! Where the partitions of cached RDDs are. Outlives jobs, until the blocks go.

use std::collections::BTreeMap;

use crate::{ExecutorId, RddId};

/// By RDD, by partition: the executors that hold it. No empty entries, so that counting them tells whether an RDD is
/// cached as a whole.
#[derive(Clone, Debug, Default)]
pub(super) struct CachedPartitions {
    rdds: BTreeMap<RddId, BTreeMap<u32, Vec<ExecutorId>>>,
}

impl CachedPartitions {
    /// A partition is there now.
    pub(super) fn add(&mut self, rdd: RddId, partition: u32, executor: ExecutorId) {
        let holders = self.rdds.entry(rdd).or_default().entry(partition).or_default();
        if !holders.contains(&executor) {
            holders.push(executor);
        }
    }

    /// A partition is no longer there.
    pub(super) fn remove(&mut self, rdd: RddId, partition: u32, executor: ExecutorId) {
        let Some(partitions) = self.rdds.get_mut(&rdd) else { return };
        let Some(holders) = partitions.get_mut(&partition) else { return };
        holders.retain(|holder| *holder != executor);
        if holders.is_empty() {
            partitions.remove(&partition);
        }
        if partitions.is_empty() {
            self.rdds.remove(&rdd);
        }
    }

    /// An executor is gone with all that it held.
    pub(super) fn remove_executor(&mut self, executor: ExecutorId) {
        for partitions in self.rdds.values_mut() {
            for holders in partitions.values_mut() {
                holders.retain(|holder| *holder != executor);
            }
            partitions.retain(|_, holders| !holders.is_empty());
        }
        self.rdds.retain(|_, partitions| !partitions.is_empty());
    }

    /// The executors that hold a partition.
    pub(super) fn holders(&self, rdd: RddId, partition: u32) -> &[ExecutorId] {
        self.rdds.get(&rdd).and_then(|partitions| partitions.get(&partition)).map_or(&[], Vec::as_slice)
    }

    /// Whether all partitions of an RDD are held by someone.
    pub(super) fn is_whole(&self, rdd: RddId, num_partitions: u32) -> bool {
        self.rdds.get(&rdd).map_or(0, BTreeMap::len) == num_partitions as usize
    }
}
