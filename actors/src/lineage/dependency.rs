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
            | Dependency::Shuffle { rdd, .. } => rdd,
        }
    }
}

/// A shuffle: its map side as the control plane needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShuffleInfo {
    /// The RDD whose partitions are the map tasks.
    pub rdd: RddId,
    /// Number of reduce partitions.
    pub num_reduces: u32,
    /// The map tasks' code and data, or why there is none.
    pub binary: Result<StageBinary, BinaryError>,
}
