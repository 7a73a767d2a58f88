//! `combine_by_key` and `reduce_by_key`: values of a key are combined, on the map side first.

use std::sync::Arc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::side::{Side, SideSplit, wrong_split};
use crate::{
    code::Fun,
    context::CallSite,
    rdd::{
        Compute, Data, Key, PlanError, Rdd,
        op::Either,
        partitioning::{PartitionerInfo, Upstream, default_partitioner, partitioned},
    },
    shuffle::{AggregatedIter, Aggregator, Combine, CombinedBlock, CombinedIter, read_blocks},
    task::{Interruptible, TaskContext, TaskError},
};

/// The operator of [`Rdd::combine_by_key`], [`Rdd::reduce_by_key`] and their like: reads a shuffle that combines, or
/// combines the pairs of partitions that have all of a key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "A: Serialize + DeserializeOwned")]
pub struct Combined<K: 'static, V: 'static, A> {
    side: Side<K, V>,
    aggregator: A,
    #[serde(skip)]
    partitioner: Option<PartitionerInfo>,
}

impl<K, V, A: Clone> Clone for Combined<K, V, A> {
    fn clone(&self) -> Self {
        Combined {
            side: self.side.clone(),
            aggregator: self.aggregator.clone(),
            partitioner: self.partitioner.clone(),
        }
    }
}

impl<K, V, A> Combined<K, V, A> {
    pub(super) fn new(side: Side<K, V>, aggregator: A, partitioner: PartitionerInfo) -> Self {
        Combined { side, aggregator, partitioner: Some(partitioner) }
    }
}

/// Pairs that are combined where they are.
type LocalIter<K, V, A> =
    AggregatedIter<K, <A as Aggregator<V>>::Combiner, V, A, Box<dyn Iterator<Item = (K, V)>>>;

impl<K: Key, V: 'static, A: Aggregator<V>> Compute for Combined<K, V, A> {
    type Item = (K, A::Combiner);
    type Split = SideSplit;
    type Iter = Interruptible<Either<CombinedIter<K, A::Combiner, V, A>, LocalIter<K, V, A>>>;

    partitioned!(side);

    fn compute(&self, split: SideSplit, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let aggregator = self.aggregator.clone();
        let pairs = match (&self.side, split) {
            (Side::Shuffle(shuffle), SideSplit::Shuffle(split)) => {
                let (reduce, num_reduces) = (split.reduce, split.num_reduces);
                let blocks =
                    read_blocks::<CombinedBlock<K, A::Combiner>>(shuffle.id, split.num_maps, reduce, task)?;
                Either::First(CombinedIter::new(blocks, reduce, num_reduces, aggregator, task.clone()))
            }
            (Side::Narrow(chain), SideSplit::Narrow(split)) => {
                Either::Second(AggregatedIter::new(chain.compute(split, task)?, aggregator, task))
            }
            _ => return Err(wrong_split(task)),
        };
        Ok(Interruptible::new(pairs, task))
    }
}

/// One function for all three steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "", deserialize = "F: Copy + Send + Sync + 'static"))]
pub struct Reduce<F>(Fun<F>);

impl<F: Copy + Send + Sync + 'static> Reduce<F> {
    pub(crate) fn new(function: F) -> Self {
        Reduce(Fun::new(function))
    }
}

impl<V: Data, F: Fn(V, V) -> V + Copy + Send + Sync + 'static> Aggregator<V> for Reduce<F> {
    type Combiner = V;

    #[inline(always)]
    fn create(&self, value: V) -> V {
        value
    }

    #[inline(always)]
    fn merge_value(&self, combiner: V, value: V) -> V {
        (self.0.get())(combiner, value)
    }

    #[inline(always)]
    fn merge_combiners(&self, a: V, b: V) -> V {
        (self.0.get())(a, b)
    }
}

/// One function for all three steps, with data beside it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(
    serialize = "E: Serialize",
    deserialize = "E: DeserializeOwned, F: Copy + Send + Sync + 'static"
))]
pub struct ReduceWith<E, F> {
    data: Arc<E>,
    function: Fun<F>,
}

impl<E, F: Copy> Clone for ReduceWith<E, F> {
    fn clone(&self) -> Self {
        ReduceWith { data: self.data.clone(), function: self.function }
    }
}

impl<E: Data, V: Data, F: Fn(&E, V, V) -> V + Copy + Send + Sync + 'static> Aggregator<V>
    for ReduceWith<E, F>
{
    type Combiner = V;

    #[inline(always)]
    fn create(&self, value: V) -> V {
        value
    }

    #[inline(always)]
    fn merge_value(&self, combiner: V, value: V) -> V {
        (self.function.get())(&self.data, combiner, value)
    }

    #[inline(always)]
    fn merge_combiners(&self, a: V, b: V) -> V {
        (self.function.get())(&self.data, a, b)
    }
}

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

impl<P: Compute> Rdd<P> {
    /// The partitioner of an operator on this RDD alone.
    pub(crate) fn own_partitioner(&self, operation: &'static str, count: Option<usize>) -> PartitionerInfo {
        match count {
            Some(_) => PartitionerInfo::by_hash(self.count_or_default(operation, count)),
            None => default_partitioner(operation, self.context.default_reduces(), &[Upstream::of(self)]),
        }
    }
}

impl<K: Key, V: 'static, P: Compute<Item = (K, V)>> Rdd<P> {
    pub(crate) fn combined<A: Aggregator<V>>(
        &self,
        operation: &'static str,
        call_site: CallSite,
        count: Option<usize>,
        aggregator: A,
    ) -> Rdd<Combined<K, V, A>> {
        self.combined_by(operation, call_site, self.own_partitioner(operation, count), aggregator)
    }

    pub(crate) fn combined_by<A: Aggregator<V>>(
        &self,
        operation: &'static str,
        call_site: CallSite,
        partitioner: PartitionerInfo,
        aggregator: A,
    ) -> Rdd<Combined<K, V, A>> {
        let writer = Combine::new(aggregator.clone());
        let (side, dependency) = self.side(self.op.clone(), operation, &partitioner, writer);
        let kind = side.kind();
        let op = Combined::new(side, aggregator, partitioner);
        Rdd::new(&self.context, kind, call_site, vec![dependency], op)
    }

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
    #[track_caller]
    pub fn combine_by_key<T, C, M, F>(
        &self,
        create: C,
        merge_value: M,
        merge_combiners: F,
    ) -> Rdd<Combined<K, V, Functions<C, M, F>>>
    where
        T: Data,
        C: Fn(V) -> T + Copy + Send + Sync + 'static,
        M: Fn(T, V) -> T + Copy + Send + Sync + 'static,
        F: Fn(T, T) -> T + Copy + Send + Sync + 'static,
    {
        let functions = Functions::new(create, merge_value, merge_combiners);
        self.combined("combine_by_key", CallSite::here("combine_by_key"), None, functions)
    }

    /// As [`combine_by_key`](Self::combine_by_key), into `num_partitions` partitions.
    #[track_caller]
    pub fn combine_by_key_n<T, C, M, F>(
        &self,
        num_partitions: usize,
        create: C,
        merge_value: M,
        merge_combiners: F,
    ) -> Rdd<Combined<K, V, Functions<C, M, F>>>
    where
        T: Data,
        C: Fn(V) -> T + Copy + Send + Sync + 'static,
        M: Fn(T, V) -> T + Copy + Send + Sync + 'static,
        F: Fn(T, T) -> T + Copy + Send + Sync + 'static,
    {
        let functions = Functions::new(create, merge_value, merge_combiners);
        self.combined("combine_by_key", CallSite::here("combine_by_key_n"), Some(num_partitions), functions)
    }

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
    #[track_caller]
    pub fn aggregate_by_key<Z, S, C>(
        &self,
        zero: Z,
        add: S,
        merge: C,
    ) -> Rdd<Combined<K, V, Aggregate<Z, S, C>>>
    where
        Z: Data,
        S: Fn(Z, V) -> Z + Copy + Send + Sync + 'static,
        C: Fn(Z, Z) -> Z + Copy + Send + Sync + 'static,
    {
        let aggregate = Aggregate { zero: Arc::new(zero), add: Fun::new(add), merge: Fun::new(merge) };
        self.combined("aggregate_by_key", CallSite::here("aggregate_by_key"), None, aggregate)
    }

    /// As [`aggregate_by_key`](Self::aggregate_by_key), into `num_partitions` partitions.
    #[track_caller]
    pub fn aggregate_by_key_n<Z, S, C>(
        &self,
        num_partitions: usize,
        zero: Z,
        add: S,
        merge: C,
    ) -> Rdd<Combined<K, V, Aggregate<Z, S, C>>>
    where
        Z: Data,
        S: Fn(Z, V) -> Z + Copy + Send + Sync + 'static,
        C: Fn(Z, Z) -> Z + Copy + Send + Sync + 'static,
    {
        let aggregate = Aggregate { zero: Arc::new(zero), add: Fun::new(add), merge: Fun::new(merge) };
        let call_site = CallSite::here("aggregate_by_key_n");
        self.combined("aggregate_by_key", call_site, Some(num_partitions), aggregate)
    }
}

impl<K: Key, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
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
    #[track_caller]
    pub fn reduce_by_key<F>(&self, function: F) -> Rdd<Combined<K, V, Reduce<F>>>
    where
        F: Fn(V, V) -> V + Copy + Send + Sync + 'static,
    {
        self.combined("reduce_by_key", CallSite::here("reduce_by_key"), None, Reduce(Fun::new(function)))
    }

    /// As [`reduce_by_key`](Self::reduce_by_key), into `num_partitions` partitions.
    #[track_caller]
    pub fn reduce_by_key_n<F>(&self, num_partitions: usize, function: F) -> Rdd<Combined<K, V, Reduce<F>>>
    where
        F: Fn(V, V) -> V + Copy + Send + Sync + 'static,
    {
        let reduce = Reduce(Fun::new(function));
        self.combined("reduce_by_key", CallSite::here("reduce_by_key"), Some(num_partitions), reduce)
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
        let reduce = ReduceWith { data: Arc::new(data), function: Fun::new(function) };
        self.combined("reduce_by_key", CallSite::here("reduce_by_key_with"), None, reduce)
    }

    /// As [`reduce_by_key`](Self::reduce_by_key), beginning each key with `zero`: in each map task, so that it is to
    /// change nothing (0 for sums).
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let pairs = context.parallelize(vec![('a', 3), ('b', 1), ('a', 4)], 2);
    /// assert_eq!(pairs.fold_by_key(0, |a, b| a + b).lookup('a')?, [7]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn fold_by_key<F>(&self, zero: V, function: F) -> Rdd<Combined<K, V, Aggregate<V, F, F>>>
    where
        F: Fn(V, V) -> V + Copy + Send + Sync + 'static,
    {
        let function = Fun::new(function);
        let aggregate = Aggregate { zero: Arc::new(zero), add: function, merge: function };
        self.combined("fold_by_key", CallSite::here("fold_by_key"), None, aggregate)
    }

    /// As [`fold_by_key`](Self::fold_by_key), into `num_partitions` partitions.
    #[track_caller]
    pub fn fold_by_key_n<F>(
        &self,
        num_partitions: usize,
        zero: V,
        function: F,
    ) -> Rdd<Combined<K, V, Aggregate<V, F, F>>>
    where
        F: Fn(V, V) -> V + Copy + Send + Sync + 'static,
    {
        let function = Fun::new(function);
        let aggregate = Aggregate { zero: Arc::new(zero), add: function, merge: function };
        self.combined("fold_by_key", CallSite::here("fold_by_key_n"), Some(num_partitions), aggregate)
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
