//! `union`: the partitions of one RDD, then those of another.

use std::{iter::Chain, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    context::CallSite,
    rdd::{Compute, Deferred, NodeDependency, PartitionerInfo, PlanError, Rdd},
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::union`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute, Q: Compute")]
pub struct Union<P, Q> {
    first: P,
    second: Q,
    /// Whether both are partitioned alike: then partition i is both parents' partition i.
    #[serde(skip)]
    is_aware: bool,
    #[serde(skip)]
    partitioner: Option<PartitionerInfo>,
}

/// One of two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Either<A, B> {
    /// The first.
    First(A),
    /// The second.
    Second(B),
}

impl<A: Iterator, B: Iterator<Item = A::Item>> Iterator for Either<A, B> {
    type Item = A::Item;

    #[inline]
    fn next(&mut self) -> Option<A::Item> {
        match self {
            Either::First(first) => first.next(),
            Either::Second(second) => second.next(),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Either::First(first) => first.size_hint(),
            Either::Second(second) => second.size_hint(),
        }
    }

    #[inline]
    fn fold<C, F: FnMut(C, A::Item) -> C>(self, init: C, f: F) -> C {
        match self {
            Either::First(first) => first.fold(init, f),
            Either::Second(second) => second.fold(init, f),
        }
    }
}

impl<P: Compute, Q: Compute<Item = P::Item>> Compute for Union<P, Q> {
    type Item = P::Item;
    /// Of one parent, or of both.
    type Split = Either<Either<P::Split, Q::Split>, (P::Split, Q::Split)>;
    type Iter = Either<Either<P::Iter, Q::Iter>, Chain<P::Iter, Q::Iter>>;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        let first = self.first.num_partitions()?;
        if self.is_aware {
            return Ok(first);
        }
        let count = first + self.second.num_partitions()?;
        // Both may be empty sources.
        PlanError::check_count("union", count.max(1)).map(|_| count)
    }

    fn known_num_partitions(&self) -> Option<usize> {
        let first = self.first.known_num_partitions()?;
        if self.is_aware { Some(first) } else { Some(first + self.second.known_num_partitions()?) }
    }

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        if self.is_aware {
            return Ok(Either::Second((self.first.split(index)?, self.second.split(index)?)));
        }
        let of_first = self.first.num_partitions()?;
        Ok(Either::First(if index < of_first {
            Either::First(self.first.split(index)?)
        } else {
            Either::Second(self.second.split(index - of_first)?)
        }))
    }

    fn compute(&self, split: Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        Ok(match split {
            Either::First(Either::First(split)) => {
                Either::First(Either::First(self.first.compute(split, task)?))
            }
            Either::First(Either::Second(split)) => {
                Either::First(Either::Second(self.second.compute(split, task)?))
            }
            Either::Second((first, second)) => {
                Either::Second(self.first.compute(first, task)?.chain(self.second.compute(second, task)?))
            }
        })
    }

    fn partitioner(&self) -> Option<PartitionerInfo> {
        self.partitioner.clone()
    }

    fn preferred_locations(&self, index: usize) -> Vec<String> {
        match self.first.num_partitions() {
            Ok(of_first) if index >= of_first => self.second.preferred_locations(index - of_first),
            _ => self.first.preferred_locations(index),
        }
    }

    fn boxed_levels(&self) -> usize {
        self.first.boxed_levels().max(self.second.boxed_levels())
    }
}

impl<P: Compute> Rdd<P> {
    /// This RDD's elements and another's, duplicates kept: this RDD's partitions, then the other's. If both are
    /// partitioned in the same way (see [`PartitionerInfo`]), so is the result: each of its partitions has both RDDs'
    /// elements (Spark's `PartitionerAwareUnionRDD`).
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let (small, large) = (context.range(0..3, 1, 1), context.range(10..13, 1, 2));
    /// assert_eq!(small.union(&large).collect()?, [0, 1, 2, 10, 11, 12]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn union<Q: Compute<Item = P::Item>>(&self, other: &Rdd<Q>) -> Rdd<Union<P, Q>> {
        let (first, second) = (self.op.partitioner(), other.op.partitioner());
        let is_aware = first.is_some() && first == second;
        // One that is known to have no partitions has no say.
        let partitioner = match (self.op.known_num_partitions(), other.op.known_num_partitions()) {
            (_, Some(0)) => first,
            (Some(0), _) => second,
            _ => first.filter(|_| is_aware),
        };
        let (kind, dependency): (_, fn(_) -> _) = match is_aware {
            true => ("PartitionerAwareUnionRDD", NodeDependency::OneToOne),
            false => ("UnionRDD", NodeDependency::Range),
        };
        let dependencies = [&self.node, &other.node].map(|node| dependency(Deferred::new(node.clone())));
        let op = Union { first: self.op.clone(), second: other.op.clone(), is_aware, partitioner };
        Rdd::new(&self.context, kind, CallSite::here("union"), dependencies.into(), op)
    }
}
