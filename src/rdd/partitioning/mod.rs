//! By what the keys of an RDD are partitioned: what is known of it on the driver, and which partitioner the operators
//! choose. Equal [`PartitionerInfo`]s mean that no shuffle is needed.

mod any_partitioner;
mod choose;
mod count;
mod info;
mod key_order;

pub(crate) use any_partitioner::AnyPartitioner;
pub(crate) use choose::{Upstream, default_partitioner};
pub(crate) use count::PartitionCount;
pub use info::PartitionerInfo;
pub use key_order::KeyOrder;

/// The parts of `Compute` of an operator whose pairs are partitioned by its `partitioner` (which only the driver has),
/// and come from one or more sides.
macro_rules! partitioned {
    (@count) => {
        fn num_partitions(&self) -> Result<usize, PlanError> {
            // Asked on the driver only, where the partitioner is.
            self.partitioner.as_ref().map_or(Ok(0), |partitioner| partitioner.count().get())
        }

        fn known_num_partitions(&self) -> Option<usize> {
            self.partitioner.as_ref()?.num_partitions()
        }

        fn partitioner(&self) -> Option<PartitionerInfo> {
            self.partitioner.clone()
        }
    };
    ($side:ident) => {
        partitioned!(@count);

        fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
            self.$side.split(index)
        }

        fn preferred_locations(&self, index: usize) -> Vec<String> {
            self.$side.preferred_locations(index)
        }

        fn boxed_levels(&self) -> usize {
            self.$side.boxed_levels()
        }
    };
    ($left:ident, $right:ident) => {
        partitioned!(@count);

        fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
            Ok((self.$left.split(index)?, self.$right.split(index)?))
        }

        fn preferred_locations(&self, index: usize) -> Vec<String> {
            let left = self.$left.preferred_locations(index);
            if left.is_empty() { self.$right.preferred_locations(index) } else { left }
        }

        fn boxed_levels(&self) -> usize {
            self.$left.boxed_levels().max(self.$right.boxed_levels())
        }
    };
}
pub(crate) use partitioned;
