//! `tree_aggregate` and `tree_reduce`: partitions are merged by executors, in levels, so that few come to the driver.

use std::iter::{Once, once};

use serde::{Deserialize, Serialize};

use super::{action, aggregate::Aggregate};
use crate::{
    Error, JobFuture,
    code::Fun,
    context::CallSite,
    rdd::{
        Apply, Boxed, Compute, Data, PartitionerInfo, PlanError, Rdd,
        op::{Map, MapPartitions, Placed},
        pair::{Reduce, ValueOf},
    },
};

impl<I, Z, F> Apply<I> for Aggregate<Z, F>
where
    I: Iterator,
    Z: Data,
    F: Fn(Z, I::Item) -> Z + Copy + Send + Sync + 'static,
{
    type Out = Once<Z>;

    fn apply(&self, items: I) -> Once<Z> {
        once(self.of(items))
    }
}

/// Gives a partition's values the partition of the next level as a key: neighbours go to different ones.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct NextLevel {
    count: usize,
}

impl<Z> Apply<(Z, u64)> for NextLevel {
    type Out = (u32, Z);

    fn apply(&self, (value, partition): (Z, u64)) -> (u32, Z) {
        ((partition % self.count.max(1) as u64) as u32, value)
    }
}

/// How many partitions each of the levels between the first and the driver has.
fn levels(partitions: usize, depth: usize) -> Vec<usize> {
    let scale = ((partitions as f64).powf(1.0 / depth as f64).ceil() as usize).max(2);
    let (mut levels, mut left) = (Vec::new(), partitions);
    // A further level must spare the driver some.
    while left > scale + left.div_ceil(scale) {
        left /= scale;
        levels.push(left);
    }
    levels
}

impl<P: Compute> Rdd<P> {
    action! {
        /// As [`aggregate`](Self::aggregate), with partitions merged by executors in `depth` levels (Spark's default is
        /// 2), so that the driver merges few: for large values of many partitions. `merge` must be associative and
        /// commutative.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let numbers = context.range(0..1_000, 1, 16);
        /// assert_eq!(numbers.tree_aggregate(0, |sum, x| sum + x, |a, b| a + b, 2)?, 499_500);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`PlanError::TreeDepth`] for no levels; [`Error`] if the job cannot be planned or fails.
        tree_aggregate, tree_aggregate_async = tree_aggregate_job
            [Z, F, G] (zero: Z, add: F, merge: G, depth: usize) -> Z
        where
            Z: Data,
            F: Fn(Z, P::Item) -> Z + Copy + Send + Sync + 'static,
            G: Fn(Z, Z) -> Z + Copy + Send + Sync + 'static
    }

    fn tree_aggregate_job<Z, F, G>(
        &self,
        call_site: CallSite,
        zero: Z,
        add: F,
        merge: G,
        depth: usize,
    ) -> JobFuture<Z>
    where
        Z: Data,
        F: Fn(Z, P::Item) -> Z + Copy + Send + Sync + 'static,
        G: Fn(Z, Z) -> Z + Copy + Send + Sync + 'static,
    {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move {
            rdd.tree_aggregated("tree_aggregate", call_site, zero, add, merge, depth).await
        })
    }

    async fn tree_aggregated<Z, F, G>(
        &self,
        operation: &'static str,
        call_site: CallSite,
        zero: Z,
        add: F,
        merge: G,
        depth: usize,
    ) -> Result<Z, Error>
    where
        Z: Data,
        F: Fn(Z, P::Item) -> Z + Copy + Send + Sync + 'static,
        G: Fn(Z, Z) -> Z + Copy + Send + Sync + 'static,
    {
        if depth == 0 {
            return Err(PlanError::TreeDepth { depth }.into());
        }
        self.context.prepare(&self.node).await?;
        let function = Aggregate::new(zero.clone(), add);
        let parts = MapPartitions::new(self.op.clone(), function);
        let mut merged = self.narrow(call_site, Boxed::new(parts));
        for count in levels(self.num_partitions()?, depth) {
            merged = merged.merged_into(operation, call_site, count, merge);
        }
        merged.aggregated(call_site, zero, merge, merge).await
    }

    action! {
        /// As [`reduce`](Self::reduce), with partitions merged by executors in `depth` levels: see
        /// [`tree_aggregate`](Self::tree_aggregate).
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// assert_eq!(context.range(0..1_000, 1, 16).tree_reduce(|a, b| a.max(b), 3)?, 999);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error::EmptyCollection`] if there is no element; [`PlanError::TreeDepth`] for no levels; [`Error`] if the job
        /// cannot be planned or fails.
        tree_reduce, tree_reduce_async = tree_reduce_job [F] (function: F, depth: usize) -> P::Item
        where P::Item: Data, F: Fn(P::Item, P::Item) -> P::Item + Copy + Send + Sync + 'static
    }

    fn tree_reduce_job<F>(&self, call_site: CallSite, function: F, depth: usize) -> JobFuture<P::Item>
    where
        P::Item: Data,
        F: Fn(P::Item, P::Item) -> P::Item + Copy + Send + Sync + 'static,
    {
        let rdd = self.clone();
        let merge = move |a: Option<P::Item>, b: Option<P::Item>| match (a, b) {
            (Some(a), Some(b)) => Some(function(a, b)),
            (a, b) => a.or(b),
        };
        let add = move |all, item| merge(all, Some(item));
        JobFuture::new(&self.context, async move {
            let all = rdd.tree_aggregated("tree_reduce", call_site, None, add, merge, depth).await?;
            all.ok_or(Error::EmptyCollection)
        })
    }
}

impl<Z: Data> Rdd<Boxed<Z>> {
    /// The values of partitions merged into this many, by a shuffle.
    fn merged_into<G>(
        &self,
        operation: &'static str,
        call_site: CallSite,
        count: usize,
        merge: G,
    ) -> Rdd<Boxed<Z>>
    where
        G: Fn(Z, Z) -> Z + Copy + Send + Sync + 'static,
    {
        // One value in each partition: its number is its partition's.
        let numbered = self.numbered_by_partition(call_site);
        let keyed = numbered.narrow(call_site, Map::new(numbered.op.clone(), NextLevel { count }));
        let partitioner = PartitionerInfo::by(operation, &Placed { count });
        let merged = keyed.combined_by(operation, call_site, partitioner, Reduce(Fun::new(merge)));
        merged.narrow(call_site, Boxed::new(Map::new(merged.op.clone(), ValueOf)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_shrink_as_in_spark() {
        assert!(levels(1, 2).is_empty() && levels(4, 2).is_empty() && levels(0, 2).is_empty());
        assert_eq!(levels(100, 2), [10]);
        assert_eq!(levels(1_000, 3), [100, 10]);
        assert!(levels(1_000, 1).is_empty());
    }
}
