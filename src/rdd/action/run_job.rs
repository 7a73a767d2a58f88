//! `run_job`: any function of chosen partitions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ResultFunction, action};
use crate::{
    JobFuture,
    code::Fun,
    context::CallSite,
    rdd::{Compute, Data, Rdd},
    task::{TaskContext, TaskError},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "", deserialize = "F: Copy + Send + Sync + 'static"))]
struct Function<F>(Fun<F>);

impl<I, U: Data, F> ResultFunction<I> for Function<F>
where
    F: Fn(I, Arc<TaskContext>) -> U + Copy + Send + Sync + 'static,
{
    type Out = U;

    fn run(&self, items: I, task: &Arc<TaskContext>) -> Result<U, TaskError> {
        Ok((self.0.get())(items, task.clone()))
    }
}

impl<P: Compute> Rdd<P> {
    action! {
        /// A function of the iterators of some partitions; the results in the order of `partitions`.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let numbers = context.range(0..100, 1, 10);
        /// let sums = numbers.run_job(vec![9, 0], |part, _task| part.sum::<i64>())?;
        /// assert_eq!(sums, [945, 45]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`PlanError::NoSuchPartition`](crate::rdd::PlanError) if a partition is out of range;
        /// [`Error`](crate::Error) if the job cannot be planned or fails.
        run_job, run_job_async = run_job_at [U, F] (partitions: Vec<usize>, function: F) -> Vec<U>
        where U: Data, F: Fn(P::Iter, Arc<TaskContext>) -> U + Copy + Send + Sync + 'static
    }

    fn run_job_at<U, F>(&self, call_site: CallSite, partitions: Vec<usize>, function: F) -> JobFuture<Vec<U>>
    where
        U: Data,
        F: Fn(P::Iter, Arc<TaskContext>) -> U + Copy + Send + Sync + 'static,
    {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move {
            let mut results: Vec<Option<U>> = Vec::new();
            results.resize_with(partitions.len(), || None);
            rdd.run(Function(Fun::new(function)), Some(partitions), call_site, |position, result| {
                if let Some(slot) = results.get_mut(position) {
                    *slot = Some(result);
                }
            })
            .await?;
            Ok(results.into_iter().flatten().collect())
        })
    }
}
