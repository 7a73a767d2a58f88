//! `distinct`: each element once.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    combined::Combined,
    keys::{AsKey, KeyOf},
    side::{Side, SideSplit},
};
use crate::{
    context::CallSite,
    rdd::{
        Boxed, Compute, Deferred, Key, NodeDependency, PlanError, Rdd,
        op::{Map, MapIter},
        partitioning::PartitionerInfo,
    },
    shuffle::{Aggregator, Combine},
    task::{TaskContext, TaskError},
};

/// Nothing of any number of nothings.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Once;

impl Aggregator<()> for Once {
    type Combiner = ();

    #[inline(always)]
    fn create(&self, (): ()) {}

    #[inline(always)]
    fn merge_value(&self, (): (), (): ()) {}

    #[inline(always)]
    fn merge_combiners(&self, (): (), (): ()) {}
}

type Elements<T> = Combined<T, (), Once>;

/// The operator of [`Rdd::distinct`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Distinct<T: 'static> {
    elements: Elements<T>,
    /// The parent's, if it was not shuffled.
    #[serde(skip)]
    partitioner: Option<PartitionerInfo>,
}

impl<T> Clone for Distinct<T> {
    fn clone(&self) -> Self {
        Distinct { elements: self.elements.clone(), partitioner: self.partitioner.clone() }
    }
}

impl<T: Key> Compute for Distinct<T> {
    type Item = T;
    type Split = SideSplit;
    type Iter = MapIter<<Elements<T> as Compute>::Iter, KeyOf>;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        self.elements.num_partitions()
    }

    fn known_num_partitions(&self) -> Option<usize> {
        self.elements.known_num_partitions()
    }

    fn split(&self, index: usize) -> Result<SideSplit, PlanError> {
        self.elements.split(index)
    }

    fn compute(&self, split: SideSplit, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        Ok(MapIter::new(self.elements.compute(split, task)?, KeyOf))
    }

    fn partitioner(&self) -> Option<PartitionerInfo> {
        self.partitioner.clone()
    }

    fn preferred_locations(&self, index: usize) -> Vec<String> {
        self.elements.preferred_locations(index)
    }

    fn boxed_levels(&self) -> usize {
        self.elements.boxed_levels()
    }
}

impl<P: Compute> Rdd<P>
where
    P::Item: Key,
{
    /// Each element once, into as many partitions as this RDD has. Pairs that are partitioned by their keys are not
    /// shuffled: equal pairs are in one partition already.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let mut letters = context.parallelize("banana".chars().collect(), 3).distinct().collect()?;
    /// letters.sort();
    /// assert_eq!(letters, ['a', 'b', 'n']);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn distinct(&self) -> Rdd<Distinct<P::Item>> {
        self.distinct_of(CallSite::here("distinct"), None)
    }

    /// As [`distinct`](Self::distinct), into `num_partitions` partitions.
    #[track_caller]
    pub fn distinct_n(&self, num_partitions: usize) -> Rdd<Distinct<P::Item>> {
        self.distinct_of(CallSite::here("distinct_n"), Some(num_partitions))
    }

    fn distinct_of(&self, call_site: CallSite, count: Option<usize>) -> Rdd<Distinct<P::Item>> {
        let elements = Map::new(self.op.clone(), AsKey);
        let is_right = |own: &PartitionerInfo| count.is_none_or(|count| own.num_partitions() == Some(count));
        let kept = self.op.partitioner().filter(is_right);
        let (side, dependency, partitioner) = match &kept {
            Some(own) => {
                let dependency = NodeDependency::OneToOne(Deferred::new(self.node.clone()));
                (Side::Narrow(Boxed::new(elements)), dependency, own.clone())
            }
            None => {
                let partitioner = self.hash_of_own_count("distinct", count);
                let writer = Combine::new(Once);
                let (side, dependency) = self.side(elements, "distinct", &partitioner, writer);
                (side, dependency, partitioner)
            }
        };
        let kind = side.kind();
        let op = Distinct { elements: Combined::new(side, Once, partitioner), partitioner: kept };
        Rdd::new(&self.context, kind, call_site, vec![dependency], op)
    }
}
