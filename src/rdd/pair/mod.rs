//! Operators on RDDs of pairs: inherent methods on `Rdd<P> where P: Compute<Item = (K, V)>`; and those on any RDD that
//! bring equal elements together.
//!
//! Each brings the pairs of its parents to where their keys belong, as a `Side`: by a shuffle, or not at all where
//! they are there already (see [`PartitionerInfo`](crate::PartitionerInfo)).

mod cogroup;
mod combine_by_key;
mod distinct;
mod filter_by_range;
mod flat_map_values;
mod group_by_key;
mod join;
mod keys;
mod map_values;
mod partition_by;
mod shuffle;
mod side;
mod sides;
mod sort_by_key;
mod subtract;

pub use cogroup::CoGrouped;
pub use combine_by_key::Combined;
pub(crate) use combine_by_key::Reduce;
pub use distinct::Distinct;
pub use filter_by_range::{FilteredByRange, KeyRange};
pub use flat_map_values::FlatMapValues;
pub use group_by_key::Grouped;
pub use join::{FullOuter, InBoth, Inner, JoinKind, JoinPairs, Joined, LeftOuter, NotInOther, RightOuter};
pub use keys::{AsKey, KeyOf, ValueOf};
pub use map_values::MapValues;
pub use partition_by::Partitioned;
pub use sort_by_key::Sorted;
