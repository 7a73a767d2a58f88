//! Operators on RDDs of pairs: inherent methods on `Rdd<P> where P: Compute<Item = (K, V)>`; and those on any RDD that
//! bring equal elements together.
//!
//! Each brings the pairs of its parents to where their keys belong, as a `Side`: by a shuffle, or not at all where
//! they are there already (see [`PartitionerInfo`](crate::PartitionerInfo)).

mod aggregate_by_key;
mod cogroup;
mod combine_by_key;
mod combined;
mod distinct;
mod filter_by_range;
mod flat_map_values;
mod group_by_key;
mod join;
mod keys;
mod map_values;
mod partition_by;
mod reduce_by_key;
mod sample_by_key;
mod shuffle;
mod side;
mod sides;
mod sort_by_key;
mod subtract;

pub use cogroup::CoGrouped;
pub use combined::Combined;
pub use distinct::Distinct;
pub use filter_by_range::{FilteredByRange, KeyRange};
pub use flat_map_values::FlatMapValues;
pub use group_by_key::Grouped;
pub use join::{FullOuter, InBoth, Inner, JoinKind, JoinPairs, Joined, LeftOuter, NotInOther, RightOuter};
pub use keys::{AsKey, KeyOf, ValueOf};
pub use map_values::MapValues;
pub use partition_by::Partitioned;
pub(crate) use reduce_by_key::Reduce;
pub use sample_by_key::SampledByKey;
pub use sort_by_key::Sorted;

/// Makes the two methods of an operator: into as many partitions as it finds right, and into as many as the program says.
macro_rules! in_partitions {
    (
        $(#[$meta:meta])*
        $name:ident, $name_n:ident<$($generic:ident),*>(
            $self:ident, $call_site:ident, $count:ident $(, $argument:ident: $type:ty)*
        ) -> $op:ty
        where { $($bounds:tt)* }
        $body:block
    ) => {
        $(#[$meta])*
        #[track_caller]
        pub fn $name<$($generic),*>(&$self $(, $argument: $type)*) -> Rdd<$op>
        where
            $($bounds)*
        {
            let ($call_site, $count) = ($crate::context::CallSite::here(stringify!($name)), None);
            $body
        }

        #[doc = concat!("As [`", stringify!($name), "`](Self::", stringify!($name), "), into `num_partitions` partitions.")]
        #[track_caller]
        pub fn $name_n<$($generic),*>(&$self, num_partitions: usize $(, $argument: $type)*) -> Rdd<$op>
        where
            $($bounds)*
        {
            let ($call_site, $count) =
                ($crate::context::CallSite::here(stringify!($name)), Some(num_partitions));
            $body
        }
    };
}
use in_partitions;
