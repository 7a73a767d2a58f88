//! `collect` and `count`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ResultFunction, action};
use crate::{
    Error, JobFuture,
    context::CallSite,
    rdd::{Compute, Data, Rdd},
    task::{TaskContext, TaskError},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Collect;

impl<T: Data, I: Iterator<Item = T>> ResultFunction<I> for Collect {
    type Out = Vec<T>;

    fn run(&self, items: I, _task: &Arc<TaskContext>) -> Result<Vec<T>, TaskError> {
        let mut all = Vec::with_capacity(items.size_hint().0.min(1 << 16));
        items.for_each(|item| all.push(item));
        Ok(all)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Count;

impl<I: Iterator> ResultFunction<I> for Count {
    type Out = u64;

    fn run(&self, items: I, _task: &Arc<TaskContext>) -> Result<u64, TaskError> {
        Ok(items.fold(0, |count, _| count + 1))
    }
}

impl<P: Compute> Rdd<P> {
    action! {
        /// All elements, in the order of the partitions.
        ///
        /// # Errors
        /// [`Error`] if the job cannot be planned or fails.
        collect, collect_async = collect_job () -> Vec<P::Item> where P::Item: Data
    }

    pub(super) fn collect_job(&self, call_site: CallSite) -> JobFuture<Vec<P::Item>>
    where
        P::Item: Data,
    {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move { rdd.collected(call_site).await })
    }

    pub(super) async fn collected(&self, call_site: CallSite) -> Result<Vec<P::Item>, Error>
    where
        P::Item: Data,
    {
        let mut parts: Vec<Vec<P::Item>> = Vec::new();
        self.run(Collect, None, call_site, |position, part| {
            if parts.len() <= position {
                parts.resize_with(position + 1, Vec::new);
            }
            if let Some(slot) = parts.get_mut(position) {
                *slot = part;
            }
        })
        .await?;
        Ok(parts.into_iter().flatten().collect())
    }

    action! {
        /// The number of elements.
        ///
        /// # Errors
        /// [`Error`] if the job cannot be planned or fails.
        count, count_async = count_job () -> u64
    }

    fn count_job(&self, call_site: CallSite) -> JobFuture<u64> {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move { rdd.counted_elements(call_site).await })
    }

    pub(super) async fn counted_elements(&self, call_site: CallSite) -> Result<u64, Error> {
        let mut sum = 0;
        self.run(Count, None, call_site, |_, count| sum += count).await?;
        Ok(sum)
    }
}
