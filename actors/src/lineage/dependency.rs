//! How an RDD depends on others: narrow dependencies stay within a stage, a shuffle cuts.

use serde::{Deserialize, Serialize};

use super::{BinaryError, StageBinary};
use crate::{RddId, ShuffleId};

/// One dependency of an RDD on a parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dependency {
    /// Partition i needs partition i of the parent.
    OneToOne {
        /// The parent.
        rdd: RddId,
    },
    /// Partitions `out_start .. out_start + length` need those from `in_start` of the parent (union).
    Range {
        /// The parent.
        rdd: RddId,
        /// First partition of the parent.
        in_start: u32,
        /// First partition of the child.
        out_start: u32,
        /// How many.
        length: u32,
    },
    /// Partition i needs one partition of the parent: partition `partitions[i]` (a pruned RDD).
    Prune {
        /// The parent.
        rdd: RddId,
        /// By partition of the child.
        partitions: Vec<u32>,
    },
    /// Partition i needs several partitions of the parent: `partitions[i]` (coalesce, cartesian).
    Many {
        /// The parent.
        rdd: RddId,
        /// By partition of the child.
        partitions: Vec<Vec<u32>>,
    },
    /// All of the parent is redistributed: a stage border.
    Shuffle {
        /// The parent.
        rdd: RddId,
        /// Which shuffle; its facts are in [`Lineage::shuffles`](super::Lineage).
        shuffle: ShuffleId,
    },
}

impl Dependency {
    /// The parent.
    pub fn rdd(&self) -> RddId {
        match *self {
            Dependency::OneToOne { rdd }
            | Dependency::Range { rdd, .. }
            | Dependency::Prune { rdd, .. }
            | Dependency::Many { rdd, .. }
            | Dependency::Shuffle { rdd, .. } => rdd,
        }
    }

    /// Whether the parent is computed in the same stage.
    pub fn is_narrow(&self) -> bool {
        !matches!(self, Dependency::Shuffle { .. })
    }

    /// The parent's partitions that a partition of the child needs, if the dependency is narrow.
    pub fn parents_of(&self, partition: u32) -> impl Iterator<Item = u32> + '_ {
        let one = match self {
            Dependency::OneToOne { .. } => Some(partition),
            Dependency::Range { in_start, out_start, length, .. } => partition
                .checked_sub(*out_start)
                .filter(|offset| offset < length)
                .and_then(|offset| in_start.checked_add(offset)),
            Dependency::Prune { partitions, .. } => partitions.get(partition as usize).copied(),
            Dependency::Many { .. } | Dependency::Shuffle { .. } => None,
        };
        let many = match self {
            Dependency::Many { partitions, .. } => partitions.get(partition as usize),
            _ => None,
        };
        one.into_iter().chain(many.into_iter().flatten().copied())
    }
}

/// A shuffle: its map side as the control plane needs it. [`ShuffleInfo::new`] fills in the usual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShuffleInfo {
    /// The RDD whose partitions are the map tasks.
    pub rdd: RddId,
    /// Number of reduce partitions.
    pub num_reduces: u32,
    /// The map tasks' code and data, or why there is none.
    pub binary: Result<StageBinary, BinaryError>,
    /// Whether its parent is partitioned in the same way already (`spark-semantics` section 5).
    pub keeps_partitioning: bool,
    /// Whether it sorts by key and aggregates, so that the order of its output does not depend on that of its input.
    pub is_ordered: bool,
}

impl ShuffleInfo {
    /// A shuffle that neither keeps a partitioning nor an order.
    pub fn new(rdd: RddId, num_reduces: u32, binary: Result<StageBinary, BinaryError>) -> Self {
        ShuffleInfo { rdd, num_reduces, binary, keeps_partitioning: false, is_ordered: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_past_the_last_number_has_no_parents_there() {
        let range = Dependency::Range { rdd: RddId(0), in_start: u32::MAX - 1, out_start: 0, length: 9 };
        let parents = |partition| range.parents_of(partition).collect::<Vec<_>>();
        assert_eq!((parents(1), parents(2)), (vec![u32::MAX], vec![]));
    }
}
