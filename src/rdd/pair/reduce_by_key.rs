//! `reduce_by_key`: values of a key are brought together by one function, on the map side first.

use serde::{Deserialize, Serialize};

use super::{combined::Combined, in_partitions};
use crate::{
    code::Fun,
    context::CallSite,
    rdd::{Compute, Data, Key, Merge, PartitionerInfo, Rdd, With},
    shuffle::{Aggregator, Partitioner},
};

/// One function for all three steps, alone or with data beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "G: Serialize + serde::de::DeserializeOwned")]
pub struct Reduce<G>(pub(crate) G);

/// One function for all three steps, with data beside it.
type ReduceWith<E, F> = Reduce<With<E, F>>;

impl<V: Data, G: Merge<V>> Aggregator<V> for Reduce<G> {
    type Combiner = V;

    #[inline(always)]
    fn create(&self, value: V) -> V {
        value
    }

    #[inline(always)]
    fn merge_value(&self, combiner: V, value: V) -> V {
        self.0.merge(combiner, value)
    }

    #[inline(always)]
    fn merge_combiners(&self, a: V, b: V) -> V {
        self.0.merge(a, b)
    }
}

impl<K: Key, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    in_partitions! {
        /// Brings the values of each key together by a function, which must be associative and commutative. Values
        /// are combined on the map side already.
        ///
        /// As many partitions as the parent has, unless `spark.default.parallelism` says otherwise. A parent whose keys are
        /// partitioned already is not shuffled: see [`PartitionerInfo`](crate::PartitionerInfo).
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let letters = context.parallelize("banana".chars().collect(), 3);
        /// let mut counts = letters.map(|letter| (letter, 1u64)).reduce_by_key(|a, b| a + b).collect()?;
        /// counts.sort();
        /// assert_eq!(counts, [('a', 3), ('b', 1), ('n', 2)]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        reduce_by_key, reduce_by_key_n<F>(self, call_site, count, function: F) -> Combined<K, V, Reduce<Fun<F>>>
        where { F: Fn(V, V) -> V + Copy + Send + Sync + 'static } {
            self.combined("reduce_by_key", call_site, count, Reduce(Fun::new(function)))
        }
    }

    /// As [`reduce_by_key`](Self::reduce_by_key), into the partitions that a partitioner names. By another one than
    /// [`HashPartitioner`](crate::HashPartitioner), values are combined after the shuffle only.
    ///
    /// ```
    /// use firesteel::HashPartitioner;
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let pairs = context.range(0..100, 1, 4).map(|x| (x % 10, x)).partition_by(HashPartitioner::new(3));
    /// // Partitioned so already: nothing is shuffled again.
    /// let sums = pairs.reduce_by_key_by(HashPartitioner::new(3), |a, b| a + b);
    /// assert_eq!((sums.partitioner(), sums.lookup(7)?), (pairs.partitioner(), vec![520]));
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn reduce_by_key_by<R, F>(&self, partitioner: R, function: F) -> Rdd<Combined<K, V, Reduce<Fun<F>>>>
    where
        R: Partitioner<K>,
        F: Fn(V, V) -> V + Copy + Send + Sync + 'static,
    {
        let (operation, call_site) = ("reduce_by_key", CallSite::here("reduce_by_key"));
        let (info, reduce) =
            (PartitionerInfo::by::<K, R>(operation, &partitioner), Reduce(Fun::new(function)));
        if info.is_by_hash() || self.op.partitioner().as_ref() == Some(&info) {
            return self.combined_by(operation, call_site, info, reduce);
        }
        let placed = self.partitioned(call_site, operation, partitioner);
        placed.combined_by(operation, call_site, info, reduce)
    }

    /// As [`reduce_by_key`](Self::reduce_by_key), with data that travels beside the function.
    #[track_caller]
    pub fn reduce_by_key_with<E: Data, F>(
        &self,
        data: E,
        function: F,
    ) -> Rdd<Combined<K, V, ReduceWith<E, F>>>
    where
        F: Fn(&E, V, V) -> V + Copy + Send + Sync + 'static,
    {
        let reduce = Reduce(With::new(data, function));
        self.combined("reduce_by_key", CallSite::here("reduce_by_key_with"), None, reduce)
    }
}

impl<K: Key, P: Compute<Item = (K, u64)>> Rdd<P> {
    /// The sums of each key.
    pub(crate) fn counted(
        &self,
        operation: &'static str,
        call_site: CallSite,
    ) -> Rdd<Combined<K, u64, impl Aggregator<u64, Combiner = u64> + use<K, P>>> {
        self.combined(operation, call_site, None, Reduce(Fun::new(|a: u64, b: u64| a.wrapping_add(b))))
    }
}
