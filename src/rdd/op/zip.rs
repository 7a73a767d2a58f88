//! `zip` and `zip_partitions`: partitions of two RDDs beside each other.

use std::sync::Arc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    code::Fun,
    context::CallSite,
    rdd::{Apply, Compute, Deferred, NodeDependency, PlanError, Rdd},
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::zip`] and [`Rdd::zip_partitions`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute, Q: Compute, G: Serialize + DeserializeOwned")]
pub struct ZippedPartitions<P, Q, G> {
    first: P,
    second: Q,
    function: G,
}

impl<P, Q, G> Compute for ZippedPartitions<P, Q, G>
where
    P: Compute,
    Q: Compute,
    G: Apply<(P::Iter, Q::Iter, Arc<TaskContext>)>,
    G::Out: Iterator + 'static,
    <G::Out as Iterator>::Item: 'static,
{
    type Item = <G::Out as Iterator>::Item;
    type Split = (P::Split, Q::Split);
    type Iter = G::Out;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        let (first, second) = (self.first.num_partitions()?, self.second.num_partitions()?);
        if first == second { Ok(first) } else { Err(PlanError::UnequalPartitions { first, second }) }
    }

    fn known_num_partitions(&self) -> Option<usize> {
        self.first.known_num_partitions()
    }

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        Ok((self.first.split(index)?, self.second.split(index)?))
    }

    fn compute(&self, (first, second): Self::Split, task: &Arc<TaskContext>) -> Result<G::Out, TaskError> {
        let (first, second) = (self.first.compute(first, task)?, self.second.compute(second, task)?);
        Ok(self.function.apply((first, second, task.clone())))
    }

    /// Where both are at home, or else where one of them is.
    fn preferred_locations(&self, index: usize) -> Vec<String> {
        let (mut first, second) =
            (self.first.preferred_locations(index), self.second.preferred_locations(index));
        let both: Vec<String> = first.iter().filter(|host| second.contains(host)).cloned().collect();
        if !both.is_empty() {
            return both;
        }
        first.extend(second);
        first
    }

    fn boxed_levels(&self) -> usize {
        self.first.boxed_levels().max(self.second.boxed_levels())
    }
}

/// The function of [`Rdd::zip`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Pairwise;

impl<I: Iterator, J: Iterator> Apply<(I, J, Arc<TaskContext>)> for Pairwise {
    type Out = ZipIter<I, J>;

    fn apply(&self, (first, second, task): (I, J, Arc<TaskContext>)) -> ZipIter<I, J> {
        ZipIter { first, second, task }
    }
}

/// The iterator of [`Rdd::zip`].
pub struct ZipIter<I, J> {
    first: I,
    second: J,
    task: Arc<TaskContext>,
}

impl<I: Iterator, J: Iterator> Iterator for ZipIter<I, J> {
    type Item = (I::Item, J::Item);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match (self.first.next(), self.second.next()) {
            (Some(first), Some(second)) => Some((first, second)),
            (None, None) => None,
            _ => self.task.fail(TaskError::UnequalPartitions),
        }
    }

    /// Drives the first by its own `fold`.
    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
        let ZipIter { first, mut second, task } = self;
        let all = first.fold(init, |sum, first| match second.next() {
            Some(second) => f(sum, (first, second)),
            None => task.fail(TaskError::UnequalPartitions),
        });
        if second.next().is_some() {
            task.fail(TaskError::UnequalPartitions);
        }
        all
    }
}

/// A function of two iterators, as one that gets the task too.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "", deserialize = "F: Copy + Send + Sync + 'static"))]
pub struct OfBoth<F>(Fun<F>);

impl<I, J, O, F> Apply<(I, J, Arc<TaskContext>)> for OfBoth<F>
where
    F: Fn(I, J) -> O + Copy + Send + Sync + 'static,
{
    type Out = O;

    fn apply(&self, (first, second, _): (I, J, Arc<TaskContext>)) -> O {
        (self.0.get())(first, second)
    }
}

impl<P: Compute> Rdd<P> {
    /// Pairs of the elements at the same places of two RDDs, which must have as many partitions, and as many elements
    /// in each: a job fails otherwise.
    ///
    /// Which elements meet depends on the order of both. If that can change when a partition is computed again (behind a
    /// shuffle), then so do the pairs; a lost part then means that all of it is made again (`spark-semantics` section 5).
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let (letters, numbers) = (context.parallelize(vec!['a', 'b', 'c'], 2), context.range(0..3, 1, 2));
    /// assert_eq!(letters.zip(&numbers).collect()?, [('a', 0), ('b', 1), ('c', 2)]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn zip<Q: Compute>(&self, other: &Rdd<Q>) -> Rdd<ZippedPartitions<P, Q, Pairwise>> {
        self.zipped(CallSite::here("zip"), other, Pairwise)
    }

    /// A function of the iterators of each two partitions of the same index. Both RDDs must have as many partitions. It is
    /// taken to depend on the order of the elements, as in [`zip`](Self::zip).
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let (few, many) = (context.range(0..2, 1, 2), context.range(0..10, 1, 2));
    /// let sizes = few.zip_partitions(&many, |a, b| std::iter::once((a.count(), b.count())));
    /// assert_eq!(sizes.collect()?, [(1, 5), (1, 5)]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn zip_partitions<Q, I, F>(
        &self,
        other: &Rdd<Q>,
        function: F,
    ) -> Rdd<ZippedPartitions<P, Q, OfBoth<F>>>
    where
        Q: Compute,
        I: Iterator + 'static,
        I::Item: 'static,
        F: Fn(P::Iter, Q::Iter) -> I + Copy + Send + Sync + 'static,
    {
        self.zipped(CallSite::here("zip_partitions"), other, OfBoth(Fun::new(function)))
    }

    fn zipped<Q: Compute, G>(
        &self,
        call_site: CallSite,
        other: &Rdd<Q>,
        function: G,
    ) -> Rdd<ZippedPartitions<P, Q, G>>
    where
        ZippedPartitions<P, Q, G>: Compute,
    {
        let op = ZippedPartitions { first: self.op.clone(), second: other.op.clone(), function };
        let dependencies =
            [&self.node, &other.node].map(|node| NodeDependency::OneToOne(Deferred::new(node.clone())));
        let mut node = Rdd::node(&self.context, "ZippedPartitionsRDD2", call_site, dependencies.into(), &op);
        // Which elements meet depends on the order of both.
        node.is_order_sensitive = true;
        Rdd { context: self.context.clone(), node: Arc::new(node), op }
    }
}
