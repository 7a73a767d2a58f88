//! `subtract_by_key`, `subtract` and `intersection`: elements whose keys another RDD does or does not have.

use std::{collections::HashSet, fmt, marker::PhantomData, sync::Arc};

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use super::{
    cogroup::{PairSpec, Sides, sides},
    keys::{AsKey, KeyOf},
    map_values::MapValues,
    side::{Side, SidePairs, SideSplit, side_pairs},
};
use crate::{
    context::CallSite,
    rdd::{
        Apply, Compute, Data, Key, PlanError, Rdd,
        op::Map,
        partitioning::{PartitionCount, PartitionerInfo, Upstream, partitioned},
    },
    task::{Interruptible, TaskContext, TaskError},
};

type Keys<K> = HashSet<K, FixedState>;

/// Which pairs of the left side stay, given the keys of the right.
pub trait KeepRule: Send + Sync + 'static {
    /// Whether a pair with this key stays.
    fn keeps<K: Key>(keys: &mut Keys<K>, key: &K) -> bool;
}

/// Those that the right side does not have.
#[derive(Debug)]
pub struct NotInOther;

impl KeepRule for NotInOther {
    #[inline(always)]
    fn keeps<K: Key>(keys: &mut Keys<K>, key: &K) -> bool {
        !keys.contains(key)
    }
}

/// Those that the right side has too, each once.
#[derive(Debug)]
pub struct InBoth;

impl KeepRule for InBoth {
    #[inline(always)]
    fn keeps<K: Key>(keys: &mut Keys<K>, key: &K) -> bool {
        keys.remove(key)
    }
}

/// The operator of [`Rdd::subtract_by_key`] and its like.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct KeptByKey<K: 'static, V: 'static, M> {
    left: Side<K, V>,
    right: Side<K, ()>,
    #[serde(skip)]
    partitioner: Option<PartitionerInfo>,
    #[serde(skip)]
    rule: PhantomData<fn() -> M>,
}

impl<K, V, M> Clone for KeptByKey<K, V, M> {
    fn clone(&self) -> Self {
        let (left, right) = (self.left.clone(), self.right.clone());
        KeptByKey { left, right, partitioner: self.partitioner.clone(), rule: PhantomData }
    }
}

impl<K, V, M> fmt::Debug for KeptByKey<K, V, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptByKey({:?}, {:?})", self.left, self.right)
    }
}

impl<K: Key, V: Data, M: KeepRule> Compute for KeptByKey<K, V, M> {
    type Item = (K, V);
    type Split = (SideSplit, SideSplit);
    type Iter = Interruptible<KeptPairs<K, V, M>>;

    partitioned!(left, right);

    fn compute(&self, split: Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let mut keys = Keys::default();
        side_pairs(&self.right, split.1, task)?.for_each(|(key, ())| {
            keys.insert(key);
        });
        let pairs = side_pairs(&self.left, split.0, task)?;
        Ok(Interruptible::new(KeptPairs { pairs, keys, rule: PhantomData }, task))
    }
}

/// The iterator of [`KeptByKey`].
pub struct KeptPairs<K: 'static, V: 'static, M> {
    pairs: SidePairs<K, V>,
    keys: Keys<K>,
    rule: PhantomData<fn() -> M>,
}

impl<K: Key, V: Data, M: KeepRule> Iterator for KeptPairs<K, V, M> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        self.pairs.find(|(key, _)| M::keeps(&mut self.keys, key))
    }

    #[inline]
    fn fold<B, F: FnMut(B, (K, V)) -> B>(self, init: B, mut f: F) -> B {
        let KeptPairs { pairs, mut keys, .. } = self;
        pairs.fold(init, |sum, pair| if M::keeps(&mut keys, &pair.0) { f(sum, pair) } else { sum })
    }
}

/// Drops values, of which only the keys are needed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct NoValue;

impl<V> Apply<V> for NoValue {
    type Out = ();

    #[inline(always)]
    fn apply(&self, _: V) {}
}

/// The pairs of `left` that a rule keeps.
fn kept<K: Key, V: Data, M: KeepRule, P, Q>(
    left: &Rdd<P>,
    right: &Rdd<Q>,
    spec: PairSpec,
) -> Rdd<KeptByKey<K, V, M>>
where
    P: Compute<Item = (K, V)>,
    Q: Compute<Item = (K, ())>,
{
    let Sides { left: of_left, right: of_right, dependencies } = sides(left, right, &spec);
    let partitioner = Some(spec.partitioner);
    let op = KeptByKey { left: of_left, right: of_right, partitioner, rule: PhantomData };
    Rdd::new(&left.context, "SubtractedRDD", spec.call_site, dependencies, op)
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
    /// has. The other RDD's keys must fit into memory, partition by partition.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let pairs = context.parallelize(vec![(1, 'a'), (2, 'b'), (3, 'c'), (3, 'd')], 2);
    /// let done = context.parallelize(vec![(1, "yes".to_owned()), (2, "yes".to_owned())], 1);
    /// assert_eq!(pairs.subtract_by_key(&done).collect()?, [(3, 'c'), (3, 'd')]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn subtract_by_key<W: 'static, Q>(&self, other: &Rdd<Q>) -> Rdd<KeptByKey<K, V, NotInOther>>
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
    ) -> Rdd<KeptByKey<K, V, NotInOther>>
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
    ) -> Rdd<KeptByKey<K, V, NotInOther>>
    where
        Q: Compute<Item = (K, W)>,
    {
        let operation = "subtract_by_key";
        let own = self.op.partitioner().filter(|_| count.is_none());
        let partitioner = own.unwrap_or_else(|| self.hash_of_own_count(operation, count));
        let keys = other.narrow(call_site, MapValues::of(other.op.clone(), NoValue));
        kept(self, &keys, PairSpec { operation, call_site, partitioner })
    }
}

/// Elements as keys.
type Elements<T, M> = Map<KeptByKey<T, (), M>, KeyOf>;

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

    fn kept_elements<M: KeepRule, Q: Compute<Item = P::Item>>(
        &self,
        other: &Rdd<Q>,
        spec: PairSpec,
    ) -> Rdd<Elements<P::Item, M>> {
        let call_site = spec.call_site;
        let left = self.narrow(call_site, Map::new(self.op.clone(), AsKey));
        let right = other.narrow(call_site, Map::new(other.op.clone(), AsKey));
        let pairs: Rdd<KeptByKey<P::Item, (), M>> = kept(&left, &right, spec);
        pairs.narrow(call_site, Map::new(pairs.op.clone(), KeyOf))
    }
}
