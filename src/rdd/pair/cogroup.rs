//! `cogroup`: the values that two or more RDDs have of each key.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    in_partitions,
    map_values::MapValues,
    side::{Side, SidePairs, SideSplit, side_pairs},
    sides::{PairSpec, Sides},
};
use crate::{
    code::Fun,
    context::CallSite,
    rdd::{
        Compute, Data, Key, PlanError, Rdd,
        op::Either,
        partitioning::{PartitionerInfo, Upstream, partitioned},
    },
    shuffle::{AggregatedIter, Aggregator, Partitioner},
    task::{Interruptible, TaskContext, TaskError},
};

/// The operator of [`Rdd::cogroup`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct CoGrouped<K: 'static, V: 'static, W: 'static> {
    left: Side<K, V>,
    right: Side<K, W>,
    #[serde(skip)]
    partitioner: Option<PartitionerInfo>,
}

impl<K, V, W> Clone for CoGrouped<K, V, W> {
    fn clone(&self) -> Self {
        let (left, right) = (self.left.clone(), self.right.clone());
        CoGrouped { left, right, partitioner: self.partitioner.clone() }
    }
}

/// The values of both sides, each in their order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GroupBoth;

impl<V: Data, W: Data> Aggregator<Either<V, W>> for GroupBoth {
    type Combiner = (Vec<V>, Vec<W>);

    #[inline]
    fn create(&self, value: Either<V, W>) -> Self::Combiner {
        match value {
            Either::First(left) => (vec![left], Vec::new()),
            Either::Second(right) => (Vec::new(), vec![right]),
        }
    }

    #[inline]
    fn merge_value(&self, mut values: Self::Combiner, value: Either<V, W>) -> Self::Combiner {
        match value {
            Either::First(left) => values.0.push(left),
            Either::Second(right) => values.1.push(right),
        }
        values
    }

    fn merge_combiners(&self, mut a: Self::Combiner, mut b: Self::Combiner) -> Self::Combiner {
        a.0.append(&mut b.0);
        a.1.append(&mut b.1);
        a
    }
}

/// The pairs of both sides, the left first.
pub struct BothSides<K: 'static, V: 'static, W: 'static> {
    /// `None`: it has ended.
    left: Option<SidePairs<K, V>>,
    right: SidePairs<K, W>,
}

impl<K: Data, V: Data, W: Data> Iterator for BothSides<K, V, W> {
    type Item = (K, Either<V, W>);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((key, left)) = self.left.as_mut().and_then(Iterator::next) {
            return Some((key, Either::First(left)));
        }
        self.left = None;
        self.right.next().map(|(key, right)| (key, Either::Second(right)))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
        let left = self.left.into_iter().flatten();
        let sum = left.fold(init, |sum, (key, left)| f(sum, (key, Either::First(left))));
        self.right.fold(sum, |sum, (key, right)| f(sum, (key, Either::Second(right))))
    }
}

type Groups<K, V, W> = AggregatedIter<K, (Vec<V>, Vec<W>), Either<V, W>, GroupBoth, BothSides<K, V, W>>;

impl<K: Key, V: Data, W: Data> Compute for CoGrouped<K, V, W> {
    type Item = (K, (Vec<V>, Vec<W>));
    type Split = (SideSplit, SideSplit);
    type Iter = Interruptible<Groups<K, V, W>>;

    partitioned!(left, right);

    fn compute(&self, split: Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let left = Some(side_pairs(&self.left, split.0, task)?);
        let right = side_pairs(&self.right, split.1, task)?;
        Ok(Interruptible::new(AggregatedIter::new(BothSides { left, right }, GroupBoth, task), task))
    }
}

type Grouped3<K, V, W, X> = CoGrouped<K, (Vec<V>, Vec<W>), X>;

impl<K: Key, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    in_partitions! {
        /// The values that this RDD and another have of each key that one of them has. Sides that are partitioned in the
        /// same way already are not shuffled (see [`PartitionerInfo`]). What does
        /// not fit into memory is spilled; the values of a single key have to fit.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let ages = context.parallelize(vec![('a', 41), ('b', 19)], 2);
        /// let pets = context.parallelize(vec![('a', "cat".to_owned()), ('a', "dog".to_owned()), ('e', "owl".to_owned())], 2);
        /// let all = ages.cogroup(&pets).sort_by_key(true).collect()?;
        /// assert_eq!(all[0], ('a', (vec![41], vec!["cat".to_owned(), "dog".to_owned()])));
        /// assert_eq!(all[2], ('e', (vec![], vec!["owl".to_owned()])));
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        cogroup, cogroup_n<W, Q>(self, call_site, count, other: &Rdd<Q>) -> CoGrouped<K, V, W>
        where { W: Data, Q: Compute<Item = (K, W)> } {
            self.cogrouped(other, PairSpec::of_pairs("cogroup", call_site, count, self, other))
        }
    }

    /// As [`cogroup`](Self::cogroup), into the partitions that a partitioner names.
    #[track_caller]
    pub fn cogroup_by<R: Partitioner<K>, W: Data, Q>(
        &self,
        partitioner: R,
        other: &Rdd<Q>,
    ) -> Rdd<CoGrouped<K, V, W>>
    where
        Q: Compute<Item = (K, W)>,
    {
        self.cogrouped(other, PairSpec::by("cogroup", CallSite::here("cogroup"), &partitioner))
    }

    fn cogrouped<W: Data, Q>(&self, other: &Rdd<Q>, spec: PairSpec) -> Rdd<CoGrouped<K, V, W>>
    where
        Q: Compute<Item = (K, W)>,
    {
        let Sides { left, right, dependencies } = spec.sides(self, other);
        let op = CoGrouped { left, right, partitioner: Some(spec.partitioner) };
        Rdd::new(&self.context, "CoGroupedRDD", spec.call_site, dependencies, op)
    }

    /// As [`cogroup`](Self::cogroup), of three RDDs.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let numbers = |numbers: Vec<(u8, i32)>| context.parallelize(numbers, 2);
    /// let (a, b, c) = (numbers(vec![(1, 10), (2, 20)]), numbers(vec![(1, 11)]), numbers(vec![(2, 22), (2, 23)]));
    /// let mut all = a.cogroup3(&b, &c).collect()?;
    /// all.sort();
    /// assert_eq!(all, [(1, (vec![10], vec![11], vec![])), (2, (vec![20], vec![], vec![22, 23]))]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    #[allow(clippy::type_complexity)]
    pub fn cogroup3<W: Data, X: Data, Q, R>(
        &self,
        second: &Rdd<Q>,
        third: &Rdd<R>,
    ) -> Rdd<impl Compute<Item = (K, (Vec<V>, Vec<W>, Vec<X>))> + use<K, V, W, X, P, Q, R>>
    where
        Q: Compute<Item = (K, W)>,
        R: Compute<Item = (K, X)>,
    {
        let call_site = CallSite::here("cogroup3");
        let parents = [Upstream::of(self), Upstream::of(second), Upstream::of(third)];
        let default = self.context.default_reduces();
        let spec = PairSpec::new("cogroup3", call_site, None, default, &parents);
        let grouped: Rdd<Grouped3<K, V, W, X>> = self.cogrouped(second, spec.clone()).cogrouped(third, spec);
        let function = Fun::new(|(pairs, third): (Vec<(Vec<V>, Vec<W>)>, Vec<X>)| {
            let (first, second) = brought_together(pairs);
            (first, second, third)
        });
        grouped.narrow(call_site, MapValues::of(grouped.op.clone(), function))
    }

    /// As [`cogroup`](Self::cogroup), of four RDDs.
    #[track_caller]
    #[allow(clippy::type_complexity)]
    pub fn cogroup4<W: Data, X: Data, Y: Data, Q, R, S>(
        &self,
        second: &Rdd<Q>,
        third: &Rdd<R>,
        fourth: &Rdd<S>,
    ) -> Rdd<impl Compute<Item = (K, (Vec<V>, Vec<W>, Vec<X>, Vec<Y>))> + use<K, V, W, X, Y, P, Q, R, S>>
    where
        Q: Compute<Item = (K, W)>,
        R: Compute<Item = (K, X)>,
        S: Compute<Item = (K, Y)>,
    {
        let call_site = CallSite::here("cogroup4");
        let parents = [Upstream::of(self), Upstream::of(second), Upstream::of(third), Upstream::of(fourth)];
        let default = self.context.default_reduces();
        let spec = PairSpec::new("cogroup4", call_site, None, default, &parents);
        let (left, right) = (self.cogrouped(second, spec.clone()), third.cogrouped(fourth, spec.clone()));
        let grouped: Rdd<CoGrouped<K, (Vec<V>, Vec<W>), (Vec<X>, Vec<Y>)>> = left.cogrouped(&right, spec);
        #[allow(clippy::type_complexity)]
        let function = Fun::new(|(left, right): (Vec<(Vec<V>, Vec<W>)>, Vec<(Vec<X>, Vec<Y>)>)| {
            let (first, second) = brought_together(left);
            let (third, fourth) = brought_together(right);
            (first, second, third, fourth)
        });
        grouped.narrow(call_site, MapValues::of(grouped.op.clone(), function))
    }
}

/// The groups of a key: one or none, unless its hash is another each time.
fn brought_together<A, B>(groups: Vec<(Vec<A>, Vec<B>)>) -> (Vec<A>, Vec<B>) {
    let append = |mut all: (Vec<A>, Vec<B>), mut more: (Vec<A>, Vec<B>)| {
        all.0.append(&mut more.0);
        all.1.append(&mut more.1);
        all
    };
    groups.into_iter().reduce(append).unwrap_or_default()
}
