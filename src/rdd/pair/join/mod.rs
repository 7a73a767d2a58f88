//! Joins: pairs of values that two RDDs have of the same key.

mod chunks;
mod hash_join;
mod kind;
mod meet;
mod pairs;
mod probe;
mod rows;
mod table;
mod tables;

use std::{fmt, marker::PhantomData, sync::Arc};

use serde::{Deserialize, Serialize};

pub use self::{
    kind::{FullOuter, InBoth, Inner, JoinKind, LeftOuter, NotInOther, RightOuter},
    pairs::JoinPairs,
};
use super::{
    in_partitions,
    side::{Side, SideSplit, side_pairs},
    sides::{PairSpec, Sides},
};
use crate::{
    context::CallSite,
    rdd::{
        Compute, Data, Key, PlanError, Rdd,
        partitioning::{PartitionerInfo, partitioned},
    },
    shuffle::Partitioner,
    task::{Interruptible, TaskContext, TaskError},
};

/// The operator of [`Rdd::join`], the outer joins, [`Rdd::subtract`] and [`Rdd::intersection`].
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Joined<K: 'static, V: 'static, W: 'static, J> {
    left: Side<K, V>,
    right: Side<K, W>,
    #[serde(skip)]
    partitioner: Option<PartitionerInfo>,
    #[serde(skip)]
    kind: PhantomData<fn() -> J>,
}

impl<K, V, W, J> Clone for Joined<K, V, W, J> {
    fn clone(&self) -> Self {
        let (left, right) = (self.left.clone(), self.right.clone());
        Joined { left, right, partitioner: self.partitioner.clone(), kind: PhantomData }
    }
}

impl<K, V, W, J> fmt::Debug for Joined<K, V, W, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Joined({:?}, {:?})", self.left, self.right)
    }
}

impl<K: Key, V: Data, W: Data, J: JoinKind<V, W>> Compute for Joined<K, V, W, J> {
    type Item = (K, J::Out);
    type Split = (SideSplit, SideSplit);
    type Iter = Interruptible<JoinPairs<K, V, W, J>>;

    partitioned!(left, right);

    fn compute(&self, split: Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let right = side_pairs(&self.right, split.1, task)?;
        let left = side_pairs(&self.left, split.0, task)?;
        Ok(Interruptible::new(JoinPairs::new(left, right, task)?, task))
    }
}

/// Makes the three methods of a kind of join.
macro_rules! join {
    ($(#[$meta:meta])* $name:ident, $name_n:ident, $name_by:ident = $kind:ident) => {
        in_partitions! {
            $(#[$meta])*
            $name, $name_n<W, Q>(self, call_site, count, other: &Rdd<Q>) -> Joined<K, V, W, $kind>
            where { W: Data, Q: Compute<Item = (K, W)> } {
                joined("CoGroupedRDD", PairSpec::of_pairs(stringify!($name), call_site, count, self, other), self, other)
            }
        }

        #[doc = concat!("As [`", stringify!($name), "`](Self::", stringify!($name), "), into the partitions that a partitioner names.")]
        #[track_caller]
        pub fn $name_by<R: Partitioner<K>, W: Data, Q>(
            &self,
            partitioner: R,
            other: &Rdd<Q>,
        ) -> Rdd<Joined<K, V, W, $kind>>
        where
            Q: Compute<Item = (K, W)>,
        {
            let spec = PairSpec::by(stringify!($name), CallSite::here(stringify!($name)), &partitioner);
            joined("CoGroupedRDD", spec, self, other)
        }
    };
}

impl<K: Key, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    join! {
        /// All pairs of a value of this RDD and a value of another with the same key. Sides that are partitioned in the
        /// same way already are not shuffled (see [`PartitionerInfo`]). In a task the other RDD's pairs are held in
        /// tables, unless this one is known to be less than half as large; those of this RDD stream past them. What does
        /// not fit into memory is divided among files, of both sides; keys with more rows than fit are joined chunk by
        /// chunk.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let names = context.parallelize(vec![(1, 'a'), (2, 'b'), (3, 'c')], 2);
        /// let sums = context.parallelize(vec![(1, 10), (1, 11), (2, 20), (4, 40)], 3);
        /// let mut pairs = names.join(&sums).collect()?;
        /// pairs.sort();
        /// assert_eq!(pairs, [(1, ('a', 10)), (1, ('a', 11)), (2, ('b', 20))]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        join, join_n, join_by = Inner
    }

    join! {
        /// As [`join`](Self::join), and `None` beside each value of this RDD whose key the other does not have.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let (left, right) = (vec![(1, 'a'), (2, 'b')], vec![(1, 10)]);
        /// let mut pairs = context.parallelize(left, 2).left_outer_join(&context.parallelize(right, 2)).collect()?;
        /// pairs.sort();
        /// assert_eq!(pairs, [(1, ('a', Some(10))), (2, ('b', None))]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        left_outer_join, left_outer_join_n, left_outer_join_by = LeftOuter
    }

    join! {
        /// As [`join`](Self::join), and `None` beside each value of the other RDD whose key this one does not have.
        right_outer_join, right_outer_join_n, right_outer_join_by = RightOuter
    }

    join! {
        /// As [`join`](Self::join), and `None` beside each value of either RDD whose key the other does not have.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let (left, right) = (vec![(1, 'a')], vec![(2, 20)]);
        /// let mut pairs = context.parallelize(left, 2).full_outer_join(&context.parallelize(right, 2)).collect()?;
        /// pairs.sort();
        /// assert_eq!(pairs, [(1, (Some('a'), None)), (2, (None, Some(20)))]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        full_outer_join, full_outer_join_n, full_outer_join_by = FullOuter
    }
}

/// The join of two RDDs.
pub(super) fn joined<K: Key, V: Data, W: Data, J: JoinKind<V, W>, P, Q>(
    kind: &'static str,
    spec: PairSpec,
    left: &Rdd<P>,
    right: &Rdd<Q>,
) -> Rdd<Joined<K, V, W, J>>
where
    P: Compute<Item = (K, V)>,
    Q: Compute<Item = (K, W)>,
{
    let context = &left.context;
    let Sides { left, right, dependencies } = spec.sides(left, right);
    let op = Joined { left, right, partitioner: Some(spec.partitioner), kind: PhantomData };
    Rdd::new(context, kind, spec.call_site, dependencies, op)
}
