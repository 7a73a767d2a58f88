//! Spark's `defaultPartitioner`: by what the operators partition when the program does not say.

use std::sync::Arc;

use super::{PartitionCount, PartitionerInfo};
use crate::rdd::{Compute, Rdd, RddNode};

/// A parent of an operator that brings keys together.
pub(crate) struct Upstream<'a> {
    node: &'a Arc<RddNode>,
    partitioner: Option<PartitionerInfo>,
    count: Option<usize>,
}

impl<'a> Upstream<'a> {
    pub(crate) fn of<P: Compute>(rdd: &'a Rdd<P>) -> Self {
        let count = rdd.op.known_num_partitions();
        Upstream { node: &rdd.node, partitioner: rdd.op.partitioner(), count }
    }

    /// The same when its elements are the keys: it is not partitioned by these.
    pub(crate) fn unpartitioned(self) -> Self {
        Upstream { partitioner: None, ..self }
    }
}

/// The partitioner of the parent with most partitions that has one, if it is not much smaller than the largest parent
/// (by less than a factor of ten) or as large as `default`; else by hash into `default` (`spark.default.parallelism`)
/// partitions, or as many as the largest parent has.
///
/// Counts that nobody knows yet are taken to be large enough: to find them out is up to the first action.
pub(crate) fn default_partitioner(
    operation: &'static str,
    default: Option<usize>,
    parents: &[Upstream<'_>],
) -> PartitionerInfo {
    let partitioners = parents.iter().filter_map(|parent| parent.partitioner.as_ref());
    let size = |info: &PartitionerInfo| info.num_partitions().unwrap_or(usize::MAX);
    // The first of the largest.
    let known = partitioners.filter(|info| size(info) > 0).rev().max_by_key(|info| size(info));
    let largest = parents.iter().map(|parent| parent.count).try_fold(1, |most, count| Some(count?.max(most)));
    if let Some(known) = known {
        let is_eligible = largest.is_none_or(|largest| largest < size(known).saturating_mul(10));
        if is_eligible || default.or(largest).is_some_and(|count| count <= size(known)) {
            return known.clone();
        }
    }
    PartitionerInfo::by_hash(match default.or(largest) {
        Some(count) => PartitionCount::given(operation, count),
        None => PartitionCount::largest_of(operation, parents.iter().map(|parent| parent.node)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parents by partition count and whether they are partitioned by hash so; `None`: a count that is not known.
    fn chosen(default: Option<usize>, parents: &[(Option<usize>, bool)]) -> Option<usize> {
        let context = crate::Context::builder().start().unwrap();
        let source = context.range(0..1, 1, 3);
        let parent = |&(count, is_partitioned): &(Option<usize>, bool)| {
            let late = || PartitionCount::largest_of("test", [&source.node]);
            let of = || count.map_or_else(late, |count| PartitionCount::given("test", count));
            let partitioner = is_partitioned.then(|| PartitionerInfo::by_hash(of()));
            Upstream { node: &source.node, partitioner, count }
        };
        let parents: Vec<_> = parents.iter().map(parent).collect();
        default_partitioner("test", default, &parents).num_partitions()
    }

    #[test]
    fn a_partitioner_is_used_unless_it_is_far_too_small() {
        assert_eq!(chosen(None, &[(Some(3), false), (Some(7), false)]), Some(7));
        assert_eq!(chosen(Some(5), &[(Some(3), false), (Some(7), false)]), Some(5));
        assert_eq!(chosen(None, &[(Some(3), true), (Some(7), false)]), Some(3));
        assert_eq!(chosen(None, &[(Some(3), true), (Some(29), false)]), Some(3));
        assert_eq!(chosen(None, &[(Some(3), true), (Some(30), false)]), Some(30));
        assert_eq!(chosen(Some(5), &[(Some(3), true), (Some(30), false)]), Some(5));
        assert_eq!(chosen(Some(3), &[(Some(3), true), (Some(30), false)]), Some(3));
        assert_eq!(chosen(None, &[(Some(3), true), (Some(4), true)]), Some(4));
    }

    #[test]
    fn counts_that_are_not_known_are_large_enough() {
        assert_eq!(chosen(None, &[(Some(3), true), (None, false)]), Some(3));
        assert_eq!(chosen(None, &[(Some(3), true), (None, true)]), None);
        assert_eq!(chosen(None, &[(Some(3), false), (None, false)]), None);
        assert_eq!(chosen(Some(5), &[(Some(3), false), (None, false)]), Some(5));
    }
}
