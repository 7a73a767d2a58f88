//! `filter_by_range`: pairs whose keys are in a range; of a sorted RDD only partitions that may have such.

use std::{
    iter::{Empty, empty},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{
    context::CallSite,
    rdd::{
        Compute, Data, PlanError, Predicate, Rdd,
        op::{Either, FilterIter, as_parent},
    },
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::filter_by_range`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute, K: Data")]
pub struct FilteredByRange<P, K> {
    parent: P,
    range: KeyRange<K>,
}

/// Whether a pair's key is in a range, both ends of which belong to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "K: Data")]
pub struct KeyRange<K> {
    lower: K,
    upper: K,
}

impl<K: Data + Ord, V> Predicate<(K, V)> for KeyRange<K> {
    #[inline(always)]
    fn test(&self, (key, _): &(K, V)) -> bool {
        self.lower <= *key && *key <= self.upper
    }
}

impl<K: Data + Ord, V: 'static, P: Compute<Item = (K, V)>> FilteredByRange<P, K> {
    /// Whether a partition may have a key of the range.
    fn may_have(&self, index: usize) -> Result<bool, PlanError> {
        if self.range.lower > self.range.upper {
            return Ok(false);
        }
        // Only in sorted RDDs do partitions follow one another.
        let Some(info) = self.parent.partitioner().filter(|_| self.parent.key_order().is_some()) else {
            return Ok(true);
        };
        let count = info.count().get()?;
        let place = |key| info.partitioner::<K>().and_then(|partitioner| partitioner.range(key, count));
        let (Some(lower), Some(upper)) = (place(&self.range.lower), place(&self.range.upper)) else {
            return Ok(true);
        };
        Ok((lower.min(upper)..=lower.max(upper)).contains(&index))
    }
}

impl<K: Data + Ord, V: 'static, P: Compute<Item = (K, V)>> Compute for FilteredByRange<P, K> {
    type Item = (K, V);
    /// `None`: nothing of the partition is in the range, so it is not computed.
    type Split = Option<P::Split>;
    type Iter = Either<FilterIter<P::Iter, KeyRange<K>>, Empty<(K, V)>>;

    as_parent!();
    as_parent!(partitioner);

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        if self.may_have(index)? { self.parent.split(index).map(Some) } else { Ok(None) }
    }

    fn compute(&self, split: Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        Ok(match split {
            Some(split) => {
                Either::First(FilterIter::new(self.parent.compute(split, task)?, self.range.clone()))
            }
            None => Either::Second(empty()),
        })
    }
}

impl<K: Data + Ord, V: 'static, P: Compute<Item = (K, V)>> Rdd<P> {
    /// The pairs whose keys are from `lower` to `upper`, both included. Of an RDD that
    /// [`sort_by_key`](Self::sort_by_key) has made only the partitions are computed that may have such keys; the others
    /// are empty.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let sorted = context.range(0..100, 1, 4).map(|x| (x, x * x)).sort_by_key(true);
    /// assert_eq!(sorted.filter_by_range(7, 9).collect()?, [(7, 49), (8, 64), (9, 81)]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn filter_by_range(&self, lower: K, upper: K) -> Rdd<FilteredByRange<P, K>> {
        let op = FilteredByRange { parent: self.op.clone(), range: KeyRange { lower, upper } };
        self.narrow(CallSite::here("filter_by_range"), op)
    }
}

#[cfg(test)]
mod tests {
    use crate::Context;

    #[test]
    fn partitions_outside_of_the_range_are_not_computed() {
        let context = Context::builder().master("local[2]").start().unwrap();
        let pairs = context.range(0..1_000, 1, 4).map(|x| (x, x));
        for ascending in [true, false] {
            let range = pairs.sort_by_key_n(ascending, 10).filter_by_range(450, 460);
            assert_eq!(range.count().unwrap(), 11);
            let computed: Vec<usize> = (0..10).filter(|index| range.op.may_have(*index).unwrap()).collect();
            assert!((1..=2).contains(&computed.len()), "{computed:?}");
        }
        let all = pairs.filter_by_range(450, 460);
        assert!((0..4).all(|index| all.op.may_have(index).unwrap()));
    }
}
