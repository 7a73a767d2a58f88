//! `aggregate_by_key` and `fold_by_key`: values of a key are added to one that begins each key.

use std::sync::Arc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{combined::Combined, in_partitions};
use crate::{
    code::Fun,
    rdd::{Compute, Data, Key, Rdd},
    shuffle::Aggregator,
};

/// The three functions of [`Rdd::aggregate_by_key`], of which two are one, and the value that begins each key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(
    serialize = "Z: Serialize",
    deserialize = "Z: DeserializeOwned, S: Copy + Send + Sync + 'static, C: Copy + Send + Sync + 'static"
))]
pub struct Aggregate<Z, S, C> {
    zero: Arc<Z>,
    add: Fun<S>,
    merge: Fun<C>,
}

impl<Z, S, C> Aggregate<Z, S, C> {
    fn new(zero: Z, add: Fun<S>, merge: Fun<C>) -> Self {
        Aggregate { zero: Arc::new(zero), add, merge }
    }
}

impl<Z, S: Copy, C: Copy> Clone for Aggregate<Z, S, C> {
    fn clone(&self) -> Self {
        Aggregate { zero: self.zero.clone(), add: self.add, merge: self.merge }
    }
}

impl<V, Z, S, C> Aggregator<V> for Aggregate<Z, S, C>
where
    Z: Data,
    S: Fn(Z, V) -> Z + Copy + Send + Sync + 'static,
    C: Fn(Z, Z) -> Z + Copy + Send + Sync + 'static,
{
    type Combiner = Z;

    #[inline(always)]
    fn create(&self, value: V) -> Z {
        (self.add.get())(Z::clone(&self.zero), value)
    }

    #[inline(always)]
    fn merge_value(&self, combiner: Z, value: V) -> Z {
        (self.add.get())(combiner, value)
    }

    #[inline(always)]
    fn merge_combiners(&self, a: Z, b: Z) -> Z {
        (self.merge.get())(a, b)
    }
}

impl<K: Key, V: 'static, P: Compute<Item = (K, V)>> Rdd<P> {
    in_partitions! {
        /// A value of another type from the values of each key: `add` puts a value to what the key has, which is `zero` at
        /// first, and `merge` brings together what two map tasks have. `zero` begins each key in each map task anew.
        ///
        /// ```
        /// use std::collections::BTreeSet;
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let visits = context.parallelize(vec![('a', 3), ('b', 1), ('a', 3), ('a', 2)], 2);
        /// let pages = visits.aggregate_by_key(
        ///     BTreeSet::new(),
        ///     |mut pages, page| {
        ///         pages.insert(page);
        ///         pages
        ///     },
        ///     |a, b| &a | &b,
        /// );
        /// let pages = pages.collect_as_map()?;
        /// assert_eq!(pages[&'a'], BTreeSet::from([2, 3]));
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        aggregate_by_key, aggregate_by_key_n<Z, S, C>(
            self, call_site, count, zero: Z, add: S, merge: C
        ) -> Combined<K, V, Aggregate<Z, S, C>>
        where {
            Z: Data,
            S: Fn(Z, V) -> Z + Copy + Send + Sync + 'static,
            C: Fn(Z, Z) -> Z + Copy + Send + Sync + 'static,
        } {
            let aggregate = Aggregate::new(zero, Fun::new(add), Fun::new(merge));
            self.combined("aggregate_by_key", call_site, count, aggregate)
        }
    }
}

impl<K: Key, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    in_partitions! {
        /// As [`reduce_by_key`](Self::reduce_by_key), beginning each key with `zero`: in each map task, so that it is to
        /// change nothing (0 for sums).
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let pairs = context.parallelize(vec![('a', 3), ('b', 1), ('a', 4)], 2);
        /// assert_eq!(pairs.fold_by_key(0, |a, b| a + b).lookup('a')?, [7]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        fold_by_key, fold_by_key_n<F>(
            self, call_site, count, zero: V, function: F
        ) -> Combined<K, V, Aggregate<V, F, F>>
        where { F: Fn(V, V) -> V + Copy + Send + Sync + 'static } {
            let function = Fun::new(function);
            self.combined("fold_by_key", call_site, count, Aggregate::new(zero, function, function))
        }
    }
}
