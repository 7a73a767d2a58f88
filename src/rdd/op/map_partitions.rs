//! `map_partitions`: a function of a whole partition's iterator.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::as_parent;
use crate::{
    code::Fun,
    context::CallSite,
    rdd::{Apply, Compute, Data, PartitionerInfo, PlanError, Rdd, With},
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::map_partitions`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute, G: Serialize + serde::de::DeserializeOwned")]
pub struct MapPartitions<P, G> {
    parent: P,
    function: G,
    /// Whether the program says that keys stay where they are.
    #[serde(skip)]
    keeps_partitioner: bool,
}

impl<P: Compute, G: Apply<P::Iter>> Compute for MapPartitions<P, G>
where
    G::Out: Iterator + 'static,
    <G::Out as Iterator>::Item: 'static,
{
    type Item = <G::Out as Iterator>::Item;
    type Split = P::Split;
    type Iter = G::Out;

    as_parent!();
    as_parent!(split);

    fn compute(&self, split: P::Split, task: &Arc<TaskContext>) -> Result<G::Out, TaskError> {
        Ok(self.function.apply(self.parent.compute(split, task)?))
    }

    fn partitioner(&self) -> Option<PartitionerInfo> {
        if self.keeps_partitioner { self.parent.partitioner() } else { None }
    }
}

impl<P, G> MapPartitions<P, G> {
    pub(crate) fn new(parent: P, function: G) -> Self {
        MapPartitions { parent, function, keeps_partitioner: false }
    }
}

/// The operator of [`Rdd::map_partitions_with_index`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "P: Compute", deserialize = "P: Compute, F: Copy + Send + Sync + 'static"))]
pub struct MapPartitionsWithIndex<P, F> {
    parent: P,
    function: Fun<F>,
}

impl<P: Compute, I, F> Compute for MapPartitionsWithIndex<P, F>
where
    I: Iterator + 'static,
    I::Item: 'static,
    F: Fn(usize, P::Iter, Arc<TaskContext>) -> I + Copy + Send + Sync + 'static,
{
    type Item = I::Item;
    type Split = (usize, P::Split);
    type Iter = I;

    as_parent!();

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        Ok((index, self.parent.split(index)?))
    }

    fn compute(&self, (index, split): Self::Split, task: &Arc<TaskContext>) -> Result<I, TaskError> {
        Ok((self.function.get())(index, self.parent.compute(split, task)?, task.clone()))
    }
}

impl<P: Compute> Rdd<P> {
    /// A function of each partition's iterator: for work that is done once per partition.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let sizes = context.range(0..10, 1, 3).map_partitions(|part| std::iter::once(part.count()));
    /// assert_eq!(sizes.collect()?, [3, 3, 4]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn map_partitions<I, F>(&self, function: F) -> Rdd<MapPartitions<P, Fun<F>>>
    where
        I: Iterator + 'static,
        I::Item: 'static,
        F: Fn(P::Iter) -> I + Copy + Send + Sync + 'static,
    {
        self.narrow(CallSite::here("map_partitions"), MapPartitions::new(self.op.clone(), Fun::new(function)))
    }

    /// As [`map_partitions`](Self::map_partitions), with a function that leaves keys as they are (Spark's
    /// `preservesPartitioning`): the result has this RDD's partitioner. Nobody checks that; if the function makes other
    /// keys, equal ones may end in different partitions, and what brings them together misses some.
    #[track_caller]
    pub fn map_partitions_preserving<I, F>(&self, function: F) -> Rdd<MapPartitions<P, Fun<F>>>
    where
        I: Iterator + 'static,
        I::Item: 'static,
        F: Fn(P::Iter) -> I + Copy + Send + Sync + 'static,
    {
        let op = MapPartitions::new(self.op.clone(), Fun::new(function));
        self.narrow(
            CallSite::here("map_partitions_preserving"),
            MapPartitions { keeps_partitioner: true, ..op },
        )
    }

    /// As [`map_partitions`](Self::map_partitions), with data that travels beside the function.
    #[track_caller]
    pub fn map_partitions_with<E: Data, I, F>(
        &self,
        data: E,
        function: F,
    ) -> Rdd<MapPartitions<P, With<E, F>>>
    where
        I: Iterator + 'static,
        I::Item: 'static,
        F: Fn(&E, P::Iter) -> I + Copy + Send + Sync + 'static,
    {
        let op = MapPartitions::new(self.op.clone(), With::new(data, function));
        self.narrow(CallSite::here("map_partitions_with"), op)
    }

    /// As [`map_partitions`](Self::map_partitions), with the partition's index and the task's context.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let numbered = context.parallelize(vec!['a', 'b'], 2).map_partitions_with_index(|index, items, task| {
    ///     items.map(move |item| format!("{item} of {index}, attempt {}", task.attempt_number()))
    /// });
    /// assert_eq!(numbered.collect()?, ["a of 0, attempt 0", "b of 1, attempt 0"]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn map_partitions_with_index<I, F>(&self, function: F) -> Rdd<MapPartitionsWithIndex<P, F>>
    where
        I: Iterator + 'static,
        I::Item: 'static,
        F: Fn(usize, P::Iter, Arc<TaskContext>) -> I + Copy + Send + Sync + 'static,
    {
        let op = MapPartitionsWithIndex { parent: self.op.clone(), function: Fun::new(function) };
        self.narrow(CallSite::here("map_partitions_with_index"), op)
    }
}
