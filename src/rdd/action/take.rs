//! `take` and `first`: some elements, from as few partitions as possible.

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
struct Take {
    most: usize,
}

impl<T: Data, I: Iterator<Item = T>> ResultFunction<I> for Take {
    type Out = Vec<T>;

    fn run(&self, items: I, _task: &Arc<TaskContext>) -> Result<Vec<T>, TaskError> {
        Ok(items.take(self.most).collect())
    }
}

/// How many partitions to try next (`spark-semantics` 19): few more than the elements found so far let hope
/// for, at most four times those tried.
fn next_round(scanned: usize, found: usize, wanted: usize) -> usize {
    let most = scanned.saturating_mul(4);
    match found {
        _ if scanned == 0 => 1,
        0 => most,
        _ => {
            let hope = (1.5 * (wanted - found) as f64 * scanned as f64 / found as f64).ceil() as usize;
            hope.clamp(1, most)
        }
    }
}

impl<P: Compute> Rdd<P> {
    action! {
        /// The first `count` elements, or all if there are fewer. Looks at one partition first, then at more:
        /// each round is a job.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// assert_eq!(context.range(0..1_000, 1, 100).take(3)?, [0, 1, 2]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error`] if a job cannot be planned or fails.
        take, take_async = take_job (count: usize) -> Vec<P::Item> where P::Item: Data
    }

    fn take_job(&self, call_site: CallSite, count: usize) -> JobFuture<Vec<P::Item>>
    where
        P::Item: Data,
    {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move { rdd.taken(call_site, count).await })
    }

    async fn taken(&self, call_site: CallSite, count: usize) -> Result<Vec<P::Item>, Error>
    where
        P::Item: Data,
    {
        self.context.prepare(&self.node).await?;
        let total = self.op.num_partitions()?;
        let (mut taken, mut scanned) = (Vec::new(), 0);
        while taken.len() < count && scanned < total {
            let end = total.min(scanned + next_round(scanned, taken.len(), count));
            let mut parts: Vec<Vec<P::Item>> = Vec::new();
            parts.resize_with(end - scanned, Vec::new);
            let function = Take { most: count - taken.len() };
            self.run(function, Some((scanned..end).collect()), call_site, |position, part| {
                if let Some(slot) = parts.get_mut(position) {
                    *slot = part;
                }
            })
            .await?;
            taken.extend(parts.into_iter().flatten().take(count - taken.len()));
            scanned = end;
        }
        Ok(taken)
    }

    action! {
        /// The first element.
        ///
        /// # Errors
        /// [`Error::EmptyCollection`] if there is none; [`Error`] if a job cannot be planned or fails.
        first, first_async = first_job () -> P::Item where P::Item: Data
    }

    fn first_job(&self, call_site: CallSite) -> JobFuture<P::Item>
    where
        P::Item: Data,
    {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move {
            rdd.taken(call_site, 1).await?.pop().ok_or(Error::EmptyCollection)
        })
    }

    action! {
        /// Whether there are no elements. Takes no more jobs than [`take`](Self::take) of one element.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let numbers = context.range(0..10, 1, 4);
        /// assert_eq!((numbers.is_empty()?, numbers.filter(|x| *x > 10).is_empty()?), (false, true));
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error`] if a job cannot be planned or fails.
        is_empty, is_empty_async = is_empty_job () -> bool where P::Item: Data
    }

    fn is_empty_job(&self, call_site: CallSite) -> JobFuture<bool>
    where
        P::Item: Data,
    {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move { Ok(rdd.taken(call_site, 1).await?.is_empty()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_grow_as_in_spark() {
        assert_eq!(next_round(0, 0, 10), 1);
        assert_eq!(next_round(1, 0, 10), 4);
        assert_eq!(next_round(1, 5, 10), 2);
        assert_eq!(next_round(2, 1, 1_000), 8);
        assert_eq!(next_round(10, 9, 10), 2);
    }
}
