//! `reduce`, `fold`, `aggregate`: one value from all elements.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ResultFunction, action};
use crate::{
    Error, JobFuture,
    code::Fun,
    context::CallSite,
    rdd::{Compute, Data, Rdd},
    task::{TaskContext, TaskError},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "", deserialize = "F: Copy + Send + Sync + 'static"))]
struct Reduce<F>(Fun<F>);

impl<T: Data, I: Iterator<Item = T>, F> ResultFunction<I> for Reduce<F>
where
    F: Fn(T, T) -> T + Copy + Send + Sync + 'static,
{
    /// None for an empty partition.
    type Out = Option<T>;

    fn run(&self, mut items: I, _task: &Arc<TaskContext>) -> Result<Option<T>, TaskError> {
        Ok(items.next().map(|first| items.fold(first, self.0.get())))
    }
}

/// One value of each partition.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(
    serialize = "Z: Serialize",
    deserialize = "Z: serde::de::DeserializeOwned, F: Copy + Send + Sync + 'static"
))]
pub(super) struct Aggregate<Z, F> {
    zero: Z,
    add: Fun<F>,
}

impl<Z, F: Copy + Send + Sync + 'static> Aggregate<Z, F> {
    pub(super) fn new(zero: Z, add: F) -> Self {
        Aggregate { zero, add: Fun::new(add) }
    }

    /// One value of all these.
    pub(super) fn of<T>(&self, items: impl Iterator<Item = T>) -> Z
    where
        Z: Clone,
        F: Fn(Z, T) -> Z,
    {
        items.fold(self.zero.clone(), self.add.get())
    }
}

impl<T, Z: Data, I: Iterator<Item = T>, F> ResultFunction<I> for Aggregate<Z, F>
where
    F: Fn(Z, T) -> Z + Copy + Send + Sync + 'static,
{
    type Out = Z;

    fn run(&self, items: I, _task: &Arc<TaskContext>) -> Result<Z, TaskError> {
        Ok(self.of(items))
    }
}

impl<P: Compute> Rdd<P> {
    action! {
        /// All elements brought together by a function, which must be associative and commutative: partitions
        /// are merged in the order in which they end.
        ///
        /// # Errors
        /// [`Error::EmptyCollection`] if there is no element; [`Error`] if the job cannot be planned or fails.
        reduce, reduce_async = reduce_job [F] (function: F) -> P::Item
        where P::Item: Data, F: Fn(P::Item, P::Item) -> P::Item + Copy + Send + Sync + 'static
    }

    pub(super) fn reduce_job<F>(&self, call_site: CallSite, function: F) -> JobFuture<P::Item>
    where
        P::Item: Data,
        F: Fn(P::Item, P::Item) -> P::Item + Copy + Send + Sync + 'static,
    {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move {
            let mut all: Option<P::Item> = None;
            rdd.run(Reduce(Fun::new(function)), None, call_site, |_, part: Option<P::Item>| {
                all = match (all.take(), part) {
                    (Some(a), Some(b)) => Some(function(a, b)),
                    (a, b) => a.or(b),
                };
            })
            .await?;
            all.ok_or(Error::EmptyCollection)
        })
    }

    action! {
        /// As [`reduce`](Self::reduce), beginning with `zero`: in each partition, and once more when they are
        /// merged.
        ///
        /// # Errors
        /// [`Error`] if the job cannot be planned or fails.
        fold, fold_async = fold_job [F] (zero: P::Item, function: F) -> P::Item
        where P::Item: Data, F: Fn(P::Item, P::Item) -> P::Item + Copy + Send + Sync + 'static
    }

    fn fold_job<F>(&self, call_site: CallSite, zero: P::Item, function: F) -> JobFuture<P::Item>
    where
        P::Item: Data,
        F: Fn(P::Item, P::Item) -> P::Item + Copy + Send + Sync + 'static,
    {
        self.aggregate_job(call_site, zero, function, function)
    }

    action! {
        /// A value of another type from all elements: `add` puts an element to what a partition has, `merge`
        /// brings partitions together. `zero` begins each partition, and once more the merging.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let (sum, count) = context.range(1..5, 1, 2).aggregate(
        ///     (0, 0),
        ///     |(sum, count), x| (sum + x, count + 1),
        ///     |a, b| (a.0 + b.0, a.1 + b.1),
        /// )?;
        /// assert_eq!((sum, count), (10, 4));
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error`] if the job cannot be planned or fails.
        aggregate, aggregate_async = aggregate_job [Z, F, G] (zero: Z, add: F, merge: G) -> Z
        where
            Z: Data,
            F: Fn(Z, P::Item) -> Z + Copy + Send + Sync + 'static,
            G: Fn(Z, Z) -> Z + Send + Sync + 'static
    }

    fn aggregate_job<Z, F, G>(&self, call_site: CallSite, zero: Z, add: F, merge: G) -> JobFuture<Z>
    where
        Z: Data,
        F: Fn(Z, P::Item) -> Z + Copy + Send + Sync + 'static,
        G: Fn(Z, Z) -> Z + Send + Sync + 'static,
    {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move { rdd.aggregated(call_site, zero, add, merge).await })
    }

    pub(super) async fn aggregated<Z, F, G>(
        &self,
        call_site: CallSite,
        zero: Z,
        add: F,
        merge: G,
    ) -> Result<Z, Error>
    where
        Z: Data,
        F: Fn(Z, P::Item) -> Z + Copy + Send + Sync + 'static,
        G: Fn(Z, Z) -> Z + Send + Sync + 'static,
    {
        let function = Aggregate::new(zero.clone(), add);
        let mut all = Some(zero);
        self.run(function, None, call_site, |_, part| all = all.take().map(|all| merge(all, part))).await?;
        // Taken only while `merge` runs; if that panics the job has failed.
        all.ok_or(Error::EmptyCollection)
    }
}
