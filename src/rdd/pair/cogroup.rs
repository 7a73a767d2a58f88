//! `cogroup`: the values that two or more RDDs have of each key.

use std::{
    collections::{HashMap, hash_map},
    sync::Arc,
};

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use super::{
    map_values::MapValues,
    side::{Side, SideSplit, side_pairs},
};
use crate::{
    code::Fun,
    context::CallSite,
    rdd::{
        Compute, Data, Key, NodeDependency, PlanError, Rdd,
        partitioning::{
            AnyPartitioner, PartitionCount, PartitionerInfo, Upstream, default_partitioner, partitioned,
        },
    },
    shuffle::Gather,
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

type Groups<K, V, W> = HashMap<K, (Vec<V>, Vec<W>), FixedState>;

impl<K: Key, V: Data, W: Data> Compute for CoGrouped<K, V, W> {
    type Item = (K, (Vec<V>, Vec<W>));
    type Split = (SideSplit, SideSplit);
    type Iter = Interruptible<hash_map::IntoIter<K, (Vec<V>, Vec<W>)>>;

    partitioned!(left, right);

    fn compute(&self, split: Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let mut groups: Groups<K, V, W> = HashMap::default();
        side_pairs(&self.left, split.0, task)?.for_each(|(key, value)| {
            groups.entry(key).or_default().0.push(value);
        });
        side_pairs(&self.right, split.1, task)?.for_each(|(key, value)| {
            groups.entry(key).or_default().1.push(value);
        });
        Ok(Interruptible::new(groups.into_iter(), task))
    }
}

/// Two parents, partitioned alike.
pub(super) struct Sides<K: 'static, V: 'static, W: 'static> {
    pub(super) left: Side<K, V>,
    pub(super) right: Side<K, W>,
    pub(super) dependencies: Vec<NodeDependency>,
}

/// What an operator on two parents says of itself.
#[derive(Clone)]
pub(super) struct PairSpec {
    pub(super) operation: &'static str,
    pub(super) call_site: CallSite,
    pub(super) partitioner: PartitionerInfo,
}

impl PairSpec {
    /// By what the operator partitions: by hash into `count` partitions, or as [`default_partitioner`] says.
    pub(super) fn new(
        operation: &'static str,
        call_site: CallSite,
        count: Option<usize>,
        default: Option<usize>,
        parents: &[Upstream<'_>],
    ) -> Self {
        let partitioner = match count {
            Some(count) => PartitionerInfo::by_hash(PartitionCount::given(operation, count)),
            None => default_partitioner(operation, default, parents),
        };
        PairSpec { operation, call_site, partitioner }
    }
}

/// Both parents' pairs, partitioned as the operator says.
pub(super) fn sides<K: Key, V: Data, W: Data, P, Q>(
    left: &Rdd<P>,
    right: &Rdd<Q>,
    spec: &PairSpec,
) -> Sides<K, V, W>
where
    P: Compute<Item = (K, V)>,
    Q: Compute<Item = (K, W)>,
{
    // Keys of another type than the partitioner's are possible only where a program claimed falsely that it kept them.
    let writer = || Gather(spec.partitioner.partitioner::<K>().unwrap_or(AnyPartitioner::Hash));
    let (operation, partitioner) = (spec.operation, &spec.partitioner);
    let (left, left_dependency) = left.side(left.op.clone(), operation, partitioner, writer());
    let (right, right_dependency) = right.side(right.op.clone(), operation, partitioner, writer());
    Sides { left, right, dependencies: vec![left_dependency, right_dependency] }
}

type Grouped3<K, V, W, X> = CoGrouped<K, (Vec<V>, Vec<W>), X>;

impl<K: Key, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    /// The values that this RDD and another have of each key that one of them has. Sides that are partitioned in the
    /// same way already are not shuffled (see [`PartitionerInfo`]). A task holds its whole partition of both sides in
    /// memory, which is not charged to the memory budget and never spilled: take so many partitions that they fit.
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
    #[track_caller]
    pub fn cogroup<W: Data, Q>(&self, other: &Rdd<Q>) -> Rdd<CoGrouped<K, V, W>>
    where
        Q: Compute<Item = (K, W)>,
    {
        self.cogroup_of(CallSite::here("cogroup"), other, None)
    }

    /// As [`cogroup`](Self::cogroup), into `num_partitions` partitions.
    #[track_caller]
    pub fn cogroup_n<W: Data, Q>(&self, num_partitions: usize, other: &Rdd<Q>) -> Rdd<CoGrouped<K, V, W>>
    where
        Q: Compute<Item = (K, W)>,
    {
        self.cogroup_of(CallSite::here("cogroup_n"), other, Some(num_partitions))
    }

    fn cogroup_of<W: Data, Q>(
        &self,
        call_site: CallSite,
        other: &Rdd<Q>,
        count: Option<usize>,
    ) -> Rdd<CoGrouped<K, V, W>>
    where
        Q: Compute<Item = (K, W)>,
    {
        let parents = [Upstream::of(self), Upstream::of(other)];
        let default = self.context.default_reduces();
        self.cogrouped(other, PairSpec::new("cogroup", call_site, count, default, &parents))
    }

    fn cogrouped<W: Data, Q>(&self, other: &Rdd<Q>, spec: PairSpec) -> Rdd<CoGrouped<K, V, W>>
    where
        Q: Compute<Item = (K, W)>,
    {
        let Sides { left, right, dependencies } = sides(self, other, &spec);
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
            // One or none: keys were brought together already.
            let (first, second) = pairs.into_iter().next().unwrap_or_default();
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
            let (first, second) = left.into_iter().next().unwrap_or_default();
            let (third, fourth) = right.into_iter().next().unwrap_or_default();
            (first, second, third, fourth)
        });
        grouped.narrow(call_site, MapValues::of(grouped.op.clone(), function))
    }
}
