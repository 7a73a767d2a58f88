//! Operators on any RDD, nearly all of them narrow: a partition of the result needs the same partition of the parent, or
//! some of its partitions.

mod barrier;
mod cached;
mod cartesian;
mod coalesce;
mod coalesce_by_size;
mod filter;
mod flat_map;
mod glom;
mod map;
mod map_partitions;
mod number;
mod repeated;
mod sample;
mod union;
mod zip;

pub use crate::storage::CachedIter;
pub use barrier::{BarrierFunction, BarrierMapPartitions, RddBarrier};
pub use cached::Cached;
pub use cartesian::{Cartesian, CartesianIter};
pub(crate) use coalesce::Placed;
pub use coalesce::{Coalesced, CoalescedIter, Scattered, ScatteredIter};
pub use filter::{Filter, FilterIter};
pub use flat_map::{FlatMap, FlatMapIter};
pub use glom::Glom;
pub use map::{KeyBy, Map, MapIter};
pub use map_partitions::{MapPartitions, MapPartitionsWithIndex};
pub use number::{Numbered, NumberedIter};
pub use sample::{Choose, Chooser, Sampled, SampledIter};
pub(crate) use sample::{invalid_fraction, poisson};
pub use union::{Either, Union};
pub use zip::{OfBoth, Pairwise, ZipIter, ZippedPartitions};

/// The parts of `Compute` in which a narrow operator is as its parent.
macro_rules! as_parent {
    () => {
        fn num_partitions(&self) -> Result<usize, $crate::rdd::PlanError> {
            self.parent.num_partitions()
        }

        fn known_num_partitions(&self) -> Option<usize> {
            self.parent.known_num_partitions()
        }

        fn preferred_locations(&self, index: usize) -> Vec<String> {
            self.parent.preferred_locations(index)
        }

        fn boxed_levels(&self) -> usize {
            self.parent.boxed_levels()
        }
    };
    (split) => {
        fn split(&self, index: usize) -> Result<Self::Split, $crate::rdd::PlanError> {
            self.parent.split(index)
        }
    };
    // Operators that leave keys as they are.
    (partitioner) => {
        fn partitioner(&self) -> Option<$crate::rdd::PartitionerInfo> {
            self.parent.partitioner()
        }

        fn key_order(&self) -> Option<$crate::rdd::KeyOrder> {
            self.parent.key_order()
        }
    };
}
pub(crate) use as_parent;
