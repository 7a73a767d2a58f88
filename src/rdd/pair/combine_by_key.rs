//! `combine_by_key` and `reduce_by_key`: values of a key are combined, on the map side first.

use std::{marker::PhantomData, sync::Arc};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::shuffle::{ReduceSplit, ShuffleRead, ShuffleSpec, reads_shuffle};
use crate::{
    code::Fun,
    context::CallSite,
    rdd::{Compute, Data, Key, Rdd},
    shuffle::{Aggregator, Combine, CombinedBlock, CombinedIter, PartitionerInfo, read_blocks},
    task::{Interruptible, TaskContext, TaskError},
};

/// The operator of [`Rdd::combine_by_key`] and [`Rdd::reduce_by_key`]: reads a shuffle that combines.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "A: Serialize + DeserializeOwned")]
pub struct Combined<K, V, A> {
    shuffle: ShuffleRead,
    aggregator: A,
    #[serde(skip)]
    pair: PhantomData<fn() -> (K, V)>,
}

impl<K, V, A: Clone> Clone for Combined<K, V, A> {
    fn clone(&self) -> Self {
        Combined { shuffle: self.shuffle.clone(), aggregator: self.aggregator.clone(), pair: PhantomData }
    }
}

impl<K: Key, V: 'static, A: Aggregator<V>> Compute for Combined<K, V, A> {
    type Item = (K, A::Combiner);
    type Split = ReduceSplit;
    type Iter = Interruptible<CombinedIter<K, A::Combiner, V, A>>;

    reads_shuffle!();

    fn compute(&self, split: ReduceSplit, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let ReduceSplit { reduce, num_reduces, num_maps } = split;
        let blocks = read_blocks::<CombinedBlock<K, A::Combiner>>(self.shuffle.id, num_maps, reduce, task)?;
        let pairs = CombinedIter::new(blocks, reduce, num_reduces, self.aggregator.clone(), task.clone());
        Ok(Interruptible::new(pairs, task))
    }

    fn partitioner(&self) -> Option<PartitionerInfo> {
        self.num_partitions().ok().map(|num_partitions| PartitionerInfo::Hash { num_partitions })
    }
}

/// One function for all three steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "", deserialize = "F: Copy + Send + Sync + 'static"))]
pub struct Reduce<F>(Fun<F>);

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
    fn combined<A: Aggregator<V>>(
        &self,
        operation: &'static str,
        call_site: CallSite,
        num_reduces: Option<usize>,
        aggregator: A,
    ) -> Rdd<Combined<K, V, A>> {
        let writer = Combine::new(aggregator.clone());
        self.shuffled(ShuffleSpec { operation, call_site, writer, num_reduces }, |shuffle| Combined {
            shuffle,
            aggregator,
            pair: PhantomData,
        })
    }

    /// Combines the values of each key, by three functions: the first value becomes a combiner, a further value
    /// is added to one, two of them are merged. Values are combined on the map side already.
    ///
    /// As many partitions as the parent has, unless `spark.default.parallelism` says otherwise.
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
        let functions = Functions {
            create: Fun::new(create),
            merge_value: Fun::new(merge_value),
            merge_combiners: Fun::new(merge_combiners),
        };
        self.combined("combine_by_key", CallSite::here("combine_by_key"), None, functions)
    }
}

impl<K: Key, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    /// Brings the values of each key together by a function, which must be associative and commutative. Values
    /// are combined on the map side already.
    ///
    /// As many partitions as the parent has, unless `spark.default.parallelism` says otherwise.
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
}
