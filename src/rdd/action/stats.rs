//! `sum`, `mean`, `variance`, `stats` and their like: actions on RDDs of numbers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ResultFunction, action};
use crate::{
    Error, JobFuture,
    context::CallSite,
    rdd::{Compute, Number, Rdd, StatCounter},
    task::{TaskContext, TaskError},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sum;

impl<T: Number, I: Iterator<Item = T>> ResultFunction<I> for Sum {
    type Out = f64;

    fn run(&self, items: I, _task: &Arc<TaskContext>) -> Result<f64, TaskError> {
        Ok(items.fold(0.0, |sum, item| sum + item.to_f64()))
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stats;

impl<T: Number, I: Iterator<Item = T>> ResultFunction<I> for Stats {
    type Out = StatCounter;

    fn run(&self, items: I, _task: &Arc<TaskContext>) -> Result<StatCounter, TaskError> {
        Ok(items.fold(StatCounter::new(), |mut stats, item| {
            stats.add(item.to_f64());
            stats
        }))
    }
}

impl<P: Compute> Rdd<P>
where
    P::Item: Number,
{
    action! {
        /// The sum of the numbers, as an `f64`, as Spark's. For exact sums of integers use [`reduce`](Self::reduce).
        /// Partitions are added in their order, so that equal input has an equal sum.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// assert_eq!(context.parallelize(vec![0.5, 1.0, 2.0], 2).sum()?, 3.5);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error`] if the job cannot be planned or fails.
        sum, sum_async = sum_job () -> f64
    }

    fn sum_job(&self, call_site: CallSite) -> JobFuture<f64> {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move {
            let mut parts = Vec::new();
            rdd.run(Sum, None, call_site, |position, part| parts.push((position, part))).await?;
            parts.sort_by_key(|part: &(usize, f64)| part.0);
            Ok(parts.iter().map(|part| part.1).sum::<f64>() + 0.0)
        })
    }

    action! {
        /// Count, mean, variance, minimum and maximum of the numbers, by one job.
        ///
        /// # Errors
        /// [`Error`] if the job cannot be planned or fails.
        stats, stats_async = stats_job () -> StatCounter
    }

    fn stats_job(&self, call_site: CallSite) -> JobFuture<StatCounter> {
        self.statistic(call_site, |stats| stats)
    }

    action! {
        /// The mean of the numbers; 0 of none, as Spark's.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let numbers = context.parallelize(vec![2, 4, 4, 4, 5, 5, 7, 9], 2);
        /// assert_eq!((numbers.mean()?, numbers.variance()?, numbers.stdev()?), (5.0, 4.0, 2.0));
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error`] if the job cannot be planned or fails.
        mean, mean_async = mean_job () -> f64
    }

    fn mean_job(&self, call_site: CallSite) -> JobFuture<f64> {
        self.statistic(call_site, |stats| stats.mean())
    }

    action! {
        /// The variance of the numbers as all there are (Spark's `popVariance`); not a number of none.
        ///
        /// # Errors
        /// [`Error`] if the job cannot be planned or fails.
        variance, variance_async = variance_job () -> f64
    }

    fn variance_job(&self, call_site: CallSite) -> JobFuture<f64> {
        self.statistic(call_site, |stats| stats.variance())
    }

    action! {
        /// The square root of the [`variance`](Self::variance).
        ///
        /// # Errors
        /// [`Error`] if the job cannot be planned or fails.
        stdev, stdev_async = stdev_job () -> f64
    }

    fn stdev_job(&self, call_site: CallSite) -> JobFuture<f64> {
        self.statistic(call_site, |stats| stats.stdev())
    }

    action! {
        /// The variance of the numbers as a sample of more; not a number of less than two.
        ///
        /// # Errors
        /// [`Error`] if the job cannot be planned or fails.
        sample_variance, sample_variance_async = sample_variance_job () -> f64
    }

    fn sample_variance_job(&self, call_site: CallSite) -> JobFuture<f64> {
        self.statistic(call_site, |stats| stats.sample_variance())
    }

    action! {
        /// The square root of the [`sample_variance`](Self::sample_variance).
        ///
        /// # Errors
        /// [`Error`] if the job cannot be planned or fails.
        sample_stdev, sample_stdev_async = sample_stdev_job () -> f64
    }

    fn sample_stdev_job(&self, call_site: CallSite) -> JobFuture<f64> {
        self.statistic(call_site, |stats| stats.sample_stdev())
    }

    fn statistic<T: Send + 'static>(
        &self,
        call_site: CallSite,
        of: impl FnOnce(StatCounter) -> T + Send + 'static,
    ) -> JobFuture<T> {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move { rdd.counted_stats(call_site).await.map(of) })
    }

    /// Partitions are merged in their order, so that equal input has equal statistics.
    pub(super) async fn counted_stats(&self, call_site: CallSite) -> Result<StatCounter, Error> {
        let mut parts = Vec::new();
        self.run(Stats, None, call_site, |position, part| parts.push((position, part))).await?;
        parts.sort_by_key(|part: &(usize, StatCounter)| part.0);
        let mut all = StatCounter::new();
        parts.iter().for_each(|part| all.merge(&part.1));
        Ok(all)
    }
}
