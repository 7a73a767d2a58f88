//! `subtract_by_key`, `subtract` and `intersection`: elements whose keys another RDD does or does not have.

use serde::{Deserialize, Serialize};

use super::{
    join::{InBoth, JoinKind, Joined, NotInOther, joined},
    keys::{AsKey, KeyOf},
    map_values::MapValues,
    sides::PairSpec,
};
use crate::{
    context::CallSite,
    rdd::{
        Apply, Compute, Data, Key, Rdd,
        op::Map,
        partitioning::{PartitionCount, PartitionerInfo, Upstream},
    },
};

/// What the join of two RDDs is called in a lineage when it keeps pairs of one of them.
const KIND: &str = "SubtractedRDD";

/// Drops values, of which only the keys are needed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct NoValue;

impl<V> Apply<V> for NoValue {
    type Out = ();

    #[inline(always)]
    fn apply(&self, _: V) {}
}

impl<P: Compute> Rdd<P> {
    /// By hash into as many partitions as this RDD has, whatever `spark.default.parallelism` says.
    pub(super) fn hash_of_own_count(&self, operation: &'static str, count: Option<usize>) -> PartitionerInfo {
        let known = || self.op.known_num_partitions().map(|count| count.max(1));
        PartitionerInfo::by_hash(match count.or_else(known) {
            Some(count) => PartitionCount::given(operation, count),
            None => PartitionCount::largest_of(operation, [&self.node]),
        })
    }
}

impl<K: Key, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    /// The pairs whose keys another RDD does not have. Partitioned as this RDD is, or into as many partitions as it
    /// has. Of the other RDD's keys memory holds each once; what does not fit goes to files.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let pairs = context.parallelize(vec![(1, 'a'), (2, 'b'), (3, 'c'), (3, 'd')], 2);
    /// let done = context.parallelize(vec![(1, "yes".to_owned()), (2, "yes".to_owned())], 1);
    /// assert_eq!(pairs.subtract_by_key(&done).collect()?, [(3, 'c'), (3, 'd')]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn subtract_by_key<W: 'static, Q>(&self, other: &Rdd<Q>) -> Rdd<Joined<K, V, (), NotInOther>>
    where
        Q: Compute<Item = (K, W)>,
    {
        self.subtracted_by_key(CallSite::here("subtract_by_key"), other, None)
    }

    /// As [`subtract_by_key`](Self::subtract_by_key), into `num_partitions` partitions.
    #[track_caller]
    pub fn subtract_by_key_n<W: 'static, Q>(
        &self,
        num_partitions: usize,
        other: &Rdd<Q>,
    ) -> Rdd<Joined<K, V, (), NotInOther>>
    where
        Q: Compute<Item = (K, W)>,
    {
        self.subtracted_by_key(CallSite::here("subtract_by_key_n"), other, Some(num_partitions))
    }

    fn subtracted_by_key<W: 'static, Q>(
        &self,
        call_site: CallSite,
        other: &Rdd<Q>,
        count: Option<usize>,
    ) -> Rdd<Joined<K, V, (), NotInOther>>
    where
        Q: Compute<Item = (K, W)>,
    {
        let operation = "subtract_by_key";
        let own = self.op.partitioner().filter(|_| count.is_none());
        let partitioner = own.unwrap_or_else(|| self.hash_of_own_count(operation, count));
        let keys = other.narrow(call_site, MapValues::of(other.op.clone(), NoValue));
        joined(KIND, PairSpec { operation, call_site, partitioner }, self, &keys)
    }
}

/// Elements as keys.
type Elements<T, J> = Map<Joined<T, (), (), J>, KeyOf>;

impl<P: Compute> Rdd<P>
where
    P::Item: Key,
{
    /// The elements that another RDD does not have; those that this RDD has several times stay so. Into as many
    /// partitions as this RDD has.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let (all, some) = (context.range(0..6, 1, 2), context.range(0..10, 2, 3));
    /// let mut odd = all.subtract(&some).collect()?;
    /// odd.sort();
    /// assert_eq!(odd, [1, 3, 5]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn subtract<Q: Compute<Item = P::Item>>(&self, other: &Rdd<Q>) -> Rdd<Elements<P::Item, NotInOther>> {
        let call_site = CallSite::here("subtract");
        let partitioner = self.hash_of_own_count("subtract", None);
        self.kept_elements(other, PairSpec { operation: "subtract", call_site, partitioner })
    }

    /// As [`subtract`](Self::subtract), into `num_partitions` partitions.
    #[track_caller]
    pub fn subtract_n<Q: Compute<Item = P::Item>>(
        &self,
        num_partitions: usize,
        other: &Rdd<Q>,
    ) -> Rdd<Elements<P::Item, NotInOther>> {
        let call_site = CallSite::here("subtract_n");
        let partitioner = self.hash_of_own_count("subtract", Some(num_partitions));
        self.kept_elements(other, PairSpec { operation: "subtract", call_site, partitioner })
    }

    /// The elements that both RDDs have, each once.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let (a, b) = (context.parallelize(vec![1, 2, 2, 3], 2), context.parallelize(vec![3, 2, 2, 5], 3));
    /// let mut both = a.intersection(&b).collect()?;
    /// both.sort();
    /// assert_eq!(both, [2, 3]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn intersection<Q: Compute<Item = P::Item>>(&self, other: &Rdd<Q>) -> Rdd<Elements<P::Item, InBoth>> {
        self.intersected(CallSite::here("intersection"), other, None)
    }

    /// As [`intersection`](Self::intersection), into `num_partitions` partitions.
    #[track_caller]
    pub fn intersection_n<Q: Compute<Item = P::Item>>(
        &self,
        num_partitions: usize,
        other: &Rdd<Q>,
    ) -> Rdd<Elements<P::Item, InBoth>> {
        self.intersected(CallSite::here("intersection_n"), other, Some(num_partitions))
    }

    fn intersected<Q: Compute<Item = P::Item>>(
        &self,
        call_site: CallSite,
        other: &Rdd<Q>,
        count: Option<usize>,
    ) -> Rdd<Elements<P::Item, InBoth>> {
        // Partitioners are of keys, not of whole elements.
        let parents = [Upstream::of(self).unpartitioned(), Upstream::of(other).unpartitioned()];
        let default = self.context.default_reduces();
        self.kept_elements(other, PairSpec::new("intersection", call_site, count, default, &parents))
    }

    fn kept_elements<J: JoinKind<(), (), Out = ()>, Q: Compute<Item = P::Item>>(
        &self,
        other: &Rdd<Q>,
        spec: PairSpec,
    ) -> Rdd<Elements<P::Item, J>> {
        let call_site = spec.call_site;
        let left = self.narrow(call_site, Map::new(self.op.clone(), AsKey));
        let right = other.narrow(call_site, Map::new(other.op.clone(), AsKey));
        let pairs: Rdd<Joined<P::Item, (), (), J>> = joined(KIND, spec, &left, &right);
        pairs.narrow(call_site, Map::new(pairs.op.clone(), KeyOf))
    }
}
