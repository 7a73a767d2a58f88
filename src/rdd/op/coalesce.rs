//! `coalesce` and `repartition`: the same elements in another number of partitions.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Serialize};

use super::{Map, as_parent, coalesce_by_size::Groups};
use crate::{
    context::CallSite,
    rdd::{
        Compute, Data, Deferred, NodeDependency, PlanError, Rdd,
        pair::{Partitioned, ValueOf},
    },
    shuffle::Partitioner,
    task::{TaskContext, TaskError},
};

/// Which of `parents` partitions are in partition `index` of `count`: neighbours, and as many in each.
pub(crate) fn coalesced(index: usize, count: usize, parents: usize) -> Range<usize> {
    let at = |index: usize| (index as u128 * parents as u128 / count.max(1) as u128) as usize;
    at(index)..at(index + 1)
}

/// The operator of [`Rdd::coalesce`] and [`Rdd::coalesce_by_size`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute")]
pub struct Coalesced<P> {
    pub(super) parent: P,
    #[serde(skip)]
    pub(super) grouping: Grouping,
}

/// Which of the parent's partitions are together. Only the driver knows.
#[derive(Clone, Debug)]
pub(super) enum Grouping {
    /// So many groups at most, of as many each.
    Evenly(usize),
    /// By size, once that is known.
    BySize(Arc<OnceLock<Groups>>),
}

impl Default for Grouping {
    fn default() -> Self {
        Grouping::Evenly(0)
    }
}

impl<P: Compute> Compute for Coalesced<P> {
    type Item = P::Item;
    type Split = Vec<P::Split>;
    type Iter = CoalescedIter<P>;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        match &self.grouping {
            Grouping::Evenly(most) => {
                Ok(PlanError::check_count("coalesce", *most)?.min(self.parent.num_partitions()?))
            }
            Grouping::BySize(groups) => groups.get().map(Groups::len).ok_or(PlanError::NotSized),
        }
    }

    fn known_num_partitions(&self) -> Option<usize> {
        match &self.grouping {
            Grouping::Evenly(most) => self.parent.known_num_partitions().map(|count| count.min(*most)),
            Grouping::BySize(groups) => groups.get().map(Groups::len),
        }
    }

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        self.parents(index)?.map(|parent| self.parent.split(parent)).collect()
    }

    fn compute(&self, splits: Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let mut splits = splits.into_iter();
        let current = splits.next().map(|split| self.parent.compute(split, task)).transpose()?;
        Ok(CoalescedIter { parent: self.parent.clone(), splits, current, task: task.clone() })
    }

    /// Those of its first parent partition that has any.
    fn preferred_locations(&self, index: usize) -> Vec<String> {
        let parents = self.parents(index).unwrap_or_default();
        let mut locations = parents.map(|parent| self.parent.preferred_locations(parent));
        locations.find(|locations| !locations.is_empty()).unwrap_or_default()
    }

    fn boxed_levels(&self) -> usize {
        self.parent.boxed_levels()
    }
}

impl<P: Compute> Coalesced<P> {
    fn parents(&self, index: usize) -> Result<Range<usize>, PlanError> {
        match &self.grouping {
            Grouping::Evenly(_) => {
                Ok(coalesced(index, self.num_partitions()?, self.parent.num_partitions()?))
            }
            Grouping::BySize(groups) => {
                groups.get().map(|groups| groups.of(index)).ok_or(PlanError::NotSized)
            }
        }
    }
}

/// The iterator of [`Coalesced`]: one parent partition after the other, each begun when it is needed.
pub struct CoalescedIter<P: Compute> {
    parent: P,
    splits: std::vec::IntoIter<P::Split>,
    current: Option<P::Iter>,
    task: Arc<TaskContext>,
}

impl<P: Compute> CoalescedIter<P> {
    fn next_part(&mut self) -> Option<P::Iter> {
        let split = self.splits.next()?;
        Some(self.parent.compute(split, &self.task).unwrap_or_else(|error| self.task.fail(error)))
    }
}

impl<P: Compute> Iterator for CoalescedIter<P> {
    type Item = P::Item;

    #[inline]
    fn next(&mut self) -> Option<P::Item> {
        loop {
            if let Some(item) = self.current.as_mut()?.next() {
                return Some(item);
            }
            self.current = self.next_part();
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, P::Item) -> B>(mut self, init: B, mut f: F) -> B {
        let mut sum = init;
        let mut current = self.current.take();
        while let Some(part) = current {
            sum = part.fold(sum, &mut f);
            current = self.next_part();
        }
        sum
    }
}

/// Gives each element of a partition the next of `count` places, in turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute")]
pub struct Scattered<P> {
    parent: P,
    count: u32,
}

impl<P: Compute> Compute for Scattered<P> {
    type Item = (u32, P::Item);
    type Split = (usize, P::Split);
    type Iter = ScatteredIter<P::Iter>;

    as_parent!();

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        Ok((index, self.parent.split(index)?))
    }

    fn compute(&self, (index, split): Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        // A place that looks random: else the first places got more if partitions are small.
        let place = (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let count = self.count.max(1);
        let place = (place % u64::from(count)) as u32;
        Ok(ScatteredIter { items: self.parent.compute(split, task)?, place, count })
    }
}

/// The iterator of [`Scattered`].
#[derive(Clone, Debug)]
pub struct ScatteredIter<I> {
    items: I,
    place: u32,
    count: u32,
}

/// The place behind another, round and round.
#[inline(always)]
fn behind(place: u32, count: u32) -> u32 {
    if place + 1 < count { place + 1 } else { 0 }
}

impl<I: Iterator> Iterator for ScatteredIter<I> {
    type Item = (u32, I::Item);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let item = self.items.next()?;
        let place = self.place;
        self.place = behind(place, self.count);
        Some((place, item))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
        let ScatteredIter { items, mut place, count } = self;
        items.fold(init, |sum, item| {
            let here = place;
            place = behind(place, count);
            f(sum, (here, item))
        })
    }
}

/// The key is the partition.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Placed {
    pub(crate) count: usize,
}

impl Partitioner<u32> for Placed {
    fn num_partitions(&self) -> usize {
        self.count
    }

    #[inline]
    fn partition(&self, key: &u32) -> usize {
        *key as usize
    }
}

impl<P: Compute> Rdd<P> {
    /// The same elements in at most `num_partitions` partitions, without a shuffle: neighbours are put together. It
    /// makes no more partitions than there are; [`repartition`](Self::repartition) does.
    ///
    /// The stage has so many tasks then, from its sources on: coalescing to very few makes it slow.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let numbers = context.range(0..100, 1, 10);
    /// let sums = numbers.coalesce(3).map_partitions(|part| std::iter::once(part.count()));
    /// assert_eq!(sums.collect()?, [30, 30, 40]);
    /// assert_eq!(numbers.coalesce(20).num_partitions()?, 10);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn coalesce(&self, num_partitions: usize) -> Rdd<Coalesced<P>> {
        let dependencies = vec![NodeDependency::Many(Deferred::new(self.node.clone()), Box::new(coalesced))];
        let op = Coalesced { parent: self.op.clone(), grouping: Grouping::Evenly(num_partitions) };
        Rdd::new(&self.context, "CoalescedRDD", CallSite::here("coalesce"), dependencies, op)
    }
}

impl<P: Compute> Rdd<P>
where
    P::Item: Data,
{
    /// The same elements spread evenly over `num_partitions` partitions, by a shuffle: each partition deals its
    /// elements out in turn.
    ///
    /// Where an element goes depends on the order of its partition's elements. If that order can change when the
    /// partition is computed again (behind another shuffle), then so does the output, and a lost part of it means that
    /// all of it is made again (`spark-semantics` section 5).
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let spread = context.range(0..1_000, 1, 2).repartition(4);
    /// let sizes = spread.map_partitions(|part| std::iter::once(part.count()));
    /// assert_eq!(sizes.collect()?, [250; 4]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn repartition(&self, num_partitions: usize) -> Rdd<Map<Partitioned<u32, P::Item>, ValueOf>> {
        let call_site = CallSite::here("repartition");
        // A count that does not fit is too large, and refused as such.
        let count = u32::try_from(num_partitions).unwrap_or(u32::MAX);
        let op = Scattered { parent: self.op.clone(), count };
        let scattered = self.narrow_order_sensitive("MapPartitionsRDD", call_site, op);
        let placed = scattered.partitioned(call_site, "repartition", Placed { count: num_partitions });
        placed.narrow(call_site, Map::new(placed.op.clone(), ValueOf))
    }
}
