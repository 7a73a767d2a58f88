//! `barrier`: a stage whose tasks run all at the same time and can wait for each other.

use std::sync::Arc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::as_parent;
use crate::{
    code::Fun,
    context::CallSite,
    rdd::{Compute, Data, Rdd, With},
    task::{BarrierTaskContext, TaskContext, TaskError},
};

/// What a barrier task does with its partition.
pub trait BarrierFunction<In>: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// What it makes of it.
    type Out: Iterator + 'static;

    /// Calls it.
    ///
    /// # Errors
    /// [`TaskError`], with which the task fails.
    fn run(&self, items: In, task: BarrierTaskContext) -> Result<Self::Out, TaskError>;
}

impl<In, I, F> BarrierFunction<In> for Fun<F>
where
    I: Iterator + 'static,
    F: Fn(In, BarrierTaskContext) -> Result<I, TaskError> + Copy + Send + Sync + 'static,
{
    type Out = I;

    fn run(&self, items: In, task: BarrierTaskContext) -> Result<I, TaskError> {
        (self.get())(items, task)
    }
}

impl<E, In, I, F> BarrierFunction<In> for With<E, F>
where
    E: Send + Sync + Serialize + DeserializeOwned + 'static,
    I: Iterator + 'static,
    F: Fn(&E, In, BarrierTaskContext) -> Result<I, TaskError> + Copy + Send + Sync + 'static,
{
    type Out = I;

    fn run(&self, items: In, task: BarrierTaskContext) -> Result<I, TaskError> {
        (self.function())(self.data(), items, task)
    }
}

/// The operator of [`RddBarrier::map_partitions`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute, G: Serialize + serde::de::DeserializeOwned")]
pub struct BarrierMapPartitions<P, G> {
    parent: P,
    function: G,
}

impl<P: Compute, G: BarrierFunction<P::Iter>> Compute for BarrierMapPartitions<P, G>
where
    <G::Out as Iterator>::Item: 'static,
{
    type Item = <G::Out as Iterator>::Item;
    type Split = P::Split;
    type Iter = G::Out;

    as_parent!();
    as_parent!(split);

    fn compute(&self, split: P::Split, task: &Arc<TaskContext>) -> Result<G::Out, TaskError> {
        let barrier =
            task.barrier().ok_or_else(|| TaskError::Barrier("this is no barrier stage".to_owned()))?;
        self.function.run(self.parent.compute(split, task)?, barrier)
    }
}

/// An RDD whose next operator makes its stage a barrier stage (Spark's `RDDBarrier`); made by [`Rdd::barrier`].
#[must_use = "it does nothing until map_partitions makes an RDD of it"]
#[derive(Clone, Debug)]
pub struct RddBarrier<P> {
    rdd: Rdd<P>,
}

impl<P: Compute> Rdd<P> {
    /// Begins a barrier stage: its tasks are launched all at once or not at all, and when one of them fails the
    /// whole stage runs again. See [`BarrierTaskContext`] for what they can do with each other.
    ///
    /// A job with more tasks in such a stage than there are cores is refused after
    /// `spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures` checks.
    pub fn barrier(&self) -> RddBarrier<P> {
        RddBarrier { rdd: self.clone() }
    }
}

impl<P: Compute> RddBarrier<P> {
    /// A function of each partition's iterator and its barrier task. An error that it returns is the task's.
    #[track_caller]
    pub fn map_partitions<I, F>(&self, function: F) -> Rdd<BarrierMapPartitions<P, Fun<F>>>
    where
        I: Iterator + 'static,
        I::Item: 'static,
        F: Fn(P::Iter, BarrierTaskContext) -> Result<I, TaskError> + Copy + Send + Sync + 'static,
    {
        self.mapped(CallSite::here("map_partitions"), Fun::new(function))
    }

    /// As [`map_partitions`](Self::map_partitions), with data that travels beside the function.
    #[track_caller]
    pub fn map_partitions_with<E: Data, I, F>(
        &self,
        data: E,
        function: F,
    ) -> Rdd<BarrierMapPartitions<P, With<E, F>>>
    where
        I: Iterator + 'static,
        I::Item: 'static,
        F: Fn(&E, P::Iter, BarrierTaskContext) -> Result<I, TaskError> + Copy + Send + Sync + 'static,
    {
        self.mapped(CallSite::here("map_partitions_with"), With::new(data, function))
    }

    fn mapped<G: BarrierFunction<P::Iter>>(
        &self,
        call_site: CallSite,
        function: G,
    ) -> Rdd<BarrierMapPartitions<P, G>>
    where
        <G::Out as Iterator>::Item: 'static,
    {
        self.rdd.narrow_barrier(call_site, BarrierMapPartitions { parent: self.rdd.op.clone(), function })
    }
}
