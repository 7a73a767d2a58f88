//! `cartesian`: each element of one RDD with each of another.

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::{
    context::CallSite,
    rdd::{Compute, Deferred, NodeDependency, PlanError, Rdd, decode_split, encode_split},
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::cartesian`]. Of n times m partitions, index i is the first's partition i / m and the
/// second's i % m.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute, Q: Compute")]
pub struct Cartesian<P, Q> {
    first: P,
    second: Q,
}

/// The first RDD's partition of partition `index`.
fn row(index: usize, count: usize, parents: usize) -> Range<usize> {
    let row = index / (count / parents.max(1)).max(1);
    row..row + 1
}

/// The second RDD's partition of partition `index`.
fn column(index: usize, _count: usize, parents: usize) -> Range<usize> {
    let column = index % parents.max(1);
    column..column + 1
}

impl<P: Compute, Q: Compute> Cartesian<P, Q> {
    /// The parents' partitions of a partition.
    fn parents(&self, index: usize) -> Result<(usize, usize), PlanError> {
        let second = self.second.num_partitions()?.max(1);
        Ok((index / second, index % second))
    }
}

impl<P: Compute, Q: Compute> Compute for Cartesian<P, Q>
where
    P::Item: Clone,
{
    type Item = (P::Item, Q::Item);
    /// The second's is decoded for each element of the first.
    type Split = (P::Split, ByteBuf);
    type Iter = CartesianIter<P, Q>;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        let count = self.first.num_partitions()?.saturating_mul(self.second.num_partitions()?);
        PlanError::check_count("cartesian", count.max(1)).map(|_| count)
    }

    fn known_num_partitions(&self) -> Option<usize> {
        self.first.known_num_partitions()?.checked_mul(self.second.known_num_partitions()?)
    }

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        let (first, second) = self.parents(index)?;
        Ok((self.first.split(first)?, ByteBuf::from(encode_split(&self.second, second)?)))
    }

    fn compute(&self, (first, split): Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let first = self.first.compute(first, task)?;
        Ok(CartesianIter { first, current: None, second: self.second.clone(), split, task: task.clone() })
    }

    /// Where the first's is, then where the second's is.
    fn preferred_locations(&self, index: usize) -> Vec<String> {
        let Ok((first, second)) = self.parents(index) else { return Vec::new() };
        let mut locations = self.first.preferred_locations(first);
        for host in self.second.preferred_locations(second) {
            if !locations.contains(&host) {
                locations.push(host);
            }
        }
        locations
    }

    fn boxed_levels(&self) -> usize {
        self.first.boxed_levels().max(self.second.boxed_levels())
    }
}

/// The iterator of [`Cartesian`]: computes the second's partition anew for each element of the first.
pub struct CartesianIter<P: Compute, Q: Compute> {
    first: P::Iter,
    current: Option<(P::Item, Q::Iter)>,
    second: Q,
    split: ByteBuf,
    task: Arc<TaskContext>,
}

/// A partition of the second RDD from its beginning.
fn begin<Q: Compute>(second: &Q, split: &[u8], task: &Arc<TaskContext>) -> Q::Iter {
    task.kill_task_if_interrupted();
    let items = decode_split::<Q>(split, task).and_then(|split| second.compute(split, task));
    items.unwrap_or_else(|error| task.fail(error))
}

impl<P: Compute, Q: Compute> Iterator for CartesianIter<P, Q>
where
    P::Item: Clone,
{
    type Item = (P::Item, Q::Item);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((first, seconds)) = &mut self.current
                && let Some(second) = seconds.next()
            {
                return Some((first.clone(), second));
            }
            let first = self.first.next()?;
            self.current = Some((first, begin(&self.second, &self.split, &self.task)));
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
        let CartesianIter { first, current, second, split, task } = self;
        let mut row = |sum, first: P::Item, seconds: Q::Iter| {
            seconds.fold(sum, |sum, second| f(sum, (first.clone(), second)))
        };
        let sum = match current {
            Some((first, seconds)) => row(init, first, seconds),
            None => init,
        };
        first.fold(sum, |sum, first| row(sum, first, begin(&second, &split, &task)))
    }
}

impl<P: Compute> Rdd<P>
where
    P::Item: Clone,
{
    /// Each element of this RDD with each of another. Has as many partitions as both have multiplied. Each computes its
    /// partition of the other RDD anew for each element: persist that if it is dear.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let (letters, numbers) = (context.parallelize(vec!['a', 'b'], 2), context.range(0..2, 1, 1));
    /// assert_eq!(letters.cartesian(&numbers).collect()?, [('a', 0), ('a', 1), ('b', 0), ('b', 1)]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn cartesian<Q: Compute>(&self, other: &Rdd<Q>) -> Rdd<Cartesian<P, Q>> {
        let dependencies = vec![
            NodeDependency::Many(Deferred::new(self.node.clone()), Box::new(row)),
            NodeDependency::Many(Deferred::new(other.node.clone()), Box::new(column)),
        ];
        let op = Cartesian { first: self.op.clone(), second: other.op.clone() };
        Rdd::new(&self.context, "CartesianRDD", CallSite::here("cartesian"), dependencies, op)
    }
}
