//! `combine_by_key`: values of a key are combined by three functions, on the map side first.

use serde::{Deserialize, Serialize};

use super::{combined::Combined, in_partitions};
use crate::{
    code::Fun,
    rdd::{Compute, Data, Key, Rdd},
    shuffle::Aggregator,
};

/// A function for each of the three steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(
    serialize = "",
    deserialize = "C: Copy + Send + Sync + 'static, M: Copy + Send + Sync + 'static, F: Copy + Send + Sync + 'static"
))]
pub struct Functions<C, M, F> {
    create: Fun<C>,
    merge_value: Fun<M>,
    merge_combiners: Fun<F>,
}

impl<C, M, F> Functions<C, M, F>
where
    C: Copy + Send + Sync + 'static,
    M: Copy + Send + Sync + 'static,
    F: Copy + Send + Sync + 'static,
{
    fn new(create: C, merge_value: M, merge_combiners: F) -> Self {
        Functions {
            create: Fun::new(create),
            merge_value: Fun::new(merge_value),
            merge_combiners: Fun::new(merge_combiners),
        }
    }
}

impl<V, T, C, M, F> Aggregator<V> for Functions<C, M, F>
where
    T: Data,
    C: Fn(V) -> T + Copy + Send + Sync + 'static,
    M: Fn(T, V) -> T + Copy + Send + Sync + 'static,
    F: Fn(T, T) -> T + Copy + Send + Sync + 'static,
{
    type Combiner = T;

    #[inline(always)]
    fn create(&self, value: V) -> T {
        (self.create.get())(value)
    }

    #[inline(always)]
    fn merge_value(&self, combiner: T, value: V) -> T {
        (self.merge_value.get())(combiner, value)
    }

    #[inline(always)]
    fn merge_combiners(&self, a: T, b: T) -> T {
        (self.merge_combiners.get())(a, b)
    }
}

impl<K: Key, V: 'static, P: Compute<Item = (K, V)>> Rdd<P> {
    in_partitions! {
        /// Combines the values of each key, by three functions: the first value becomes a combiner, a further value
        /// is added to one, two of them are merged. Values are combined on the map side already.
        ///
        /// As many partitions as the parent has, unless `spark.default.parallelism` says otherwise. A parent whose keys are
        /// partitioned already is not shuffled: see [`PartitionerInfo`](crate::PartitionerInfo).
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let marks = context.parallelize(vec![('a', 1.0), ('b', 2.0), ('a', 3.0)], 2);
        /// let sums = marks.combine_by_key(
        ///     |mark| (mark, 1u32),
        ///     |(sum, count), mark| (sum + mark, count + 1),
        ///     |a, b| (a.0 + b.0, a.1 + b.1),
        /// );
        /// let mut means = sums.map_values(|(sum, count)| sum / f64::from(count)).collect()?;
        /// means.sort_by_key(|mean| mean.0);
        /// assert_eq!(means, [('a', 2.0), ('b', 2.0)]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        combine_by_key, combine_by_key_n<T, C, M, F>(
            self, call_site, count, create: C, merge_value: M, merge_combiners: F
        ) -> Combined<K, V, Functions<C, M, F>>
        where {
            T: Data,
            C: Fn(V) -> T + Copy + Send + Sync + 'static,
            M: Fn(T, V) -> T + Copy + Send + Sync + 'static,
            F: Fn(T, T) -> T + Copy + Send + Sync + 'static,
        } {
            let functions = Functions::new(create, merge_value, merge_combiners);
            self.combined("combine_by_key", call_site, count, functions)
        }
    }
}
