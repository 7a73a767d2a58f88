//! `cartesian`: each element of one RDD with each of another.

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use super::repeated::{Pass, Repeated};
use crate::{
    context::CallSite,
    rdd::{Compute, Data, Deferred, NodeDependency, PlanError, Rdd},
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
    Q::Item: Data,
{
    type Item = (P::Item, Q::Item);
    type Split = (P::Split, Q::Split);
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
        Ok((self.first.split(first)?, self.second.split(second)?))
    }

    fn compute(&self, (first, split): Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let first = self.first.compute(first, task)?;
        let second = Second::NotYet(Some((self.second.clone(), split)));
        Ok(CartesianIter { first, current: None, second, task: task.clone() })
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

/// The iterator of [`Cartesian`]: goes over the second's partition for each element of the first.
pub struct CartesianIter<P: Compute, Q: Compute> {
    first: P::Iter,
    current: Option<(P::Item, Pass<Q::Item>)>,
    second: Second<Q>,
    task: Arc<TaskContext>,
}

/// A partition of the second RDD.
enum Second<Q: Compute> {
    /// To be computed for the first element of the first.
    NotYet(Option<(Q, Q::Split)>),
    Kept(Repeated<Q::Item>),
}

impl<Q: Compute> Second<Q>
where
    Q::Item: Data,
{
    /// Its elements; `None`: computing them failed before.
    fn kept(&mut self, task: &Arc<TaskContext>) -> Option<&Repeated<Q::Item>> {
        if let Second::NotYet(second) = self {
            let (second, split) = second.take()?;
            let kept = second.compute(split, task).and_then(|items| Repeated::of(items, task));
            *self = Second::Kept(kept.unwrap_or_else(|error| task.fail(error)));
        }
        match self {
            Second::Kept(kept) => Some(kept),
            Second::NotYet(_) => None,
        }
    }
}

impl<P: Compute, Q: Compute> Iterator for CartesianIter<P, Q>
where
    P::Item: Clone,
    Q::Item: Data,
{
    type Item = (P::Item, Q::Item);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((first, pass)) = &mut self.current
                && let Second::Kept(kept) = &self.second
                && let Some(second) = kept.next(pass)
            {
                return Some((first.clone(), second));
            }
            let first = self.first.next()?;
            let pass = self.second.kept(&self.task)?.begin();
            self.current = Some((first, pass));
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
        let CartesianIter { first, current, mut second, task } = self;
        let mut row = |mut sum, first: P::Item, mut pass: Pass<Q::Item>, kept: &Repeated<Q::Item>| {
            while let Some(second) = kept.next(&mut pass) {
                sum = f(sum, (first.clone(), second));
            }
            sum
        };
        let sum = match (current, &second) {
            (Some((first, pass)), Second::Kept(kept)) => row(init, first, pass, kept),
            _ => init,
        };
        first.fold(sum, |sum, first| match second.kept(&task) {
            Some(kept) => row(sum, first, kept.begin(), kept),
            None => sum,
        })
    }
}

impl<P: Compute> Rdd<P>
where
    P::Item: Clone,
{
    /// Each element of this RDD with each of another. Has as many partitions as both have multiplied. Each computes its
    /// partition of the other RDD once, and keeps it as long as it lasts: in memory, or in a file if there is no room.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let (letters, numbers) = (context.parallelize(vec!['a', 'b'], 2), context.range(0..2, 1, 1));
    /// assert_eq!(letters.cartesian(&numbers).collect()?, [('a', 0), ('a', 1), ('b', 0), ('b', 1)]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn cartesian<Q: Compute>(&self, other: &Rdd<Q>) -> Rdd<Cartesian<P, Q>>
    where
        Q::Item: Data,
    {
        let dependencies = vec![
            NodeDependency::Many(Deferred::new(self.node.clone()), Box::new(row)),
            NodeDependency::Many(Deferred::new(other.node.clone()), Box::new(column)),
        ];
        let op = Cartesian { first: self.op.clone(), second: other.op.clone() };
        Rdd::new(&self.context, "CartesianRDD", CallSite::here("cartesian"), dependencies, op)
    }
}
