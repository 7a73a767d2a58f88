//! Operators on RDDs of pairs: inherent methods on `Rdd<P> where P: Compute<Item = (K, V)>`.

mod combine_by_key;
mod group_by_key;
mod map_values;
mod partition_by;
mod shuffle;
mod sort_by_key;

pub use combine_by_key::Combined;
pub use group_by_key::Grouped;
pub use map_values::MapValues;
pub use partition_by::Partitioned;
pub use sort_by_key::Sorted;
