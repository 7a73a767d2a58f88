//! What operators on two parents have in common: by what they partition, and both parents' pairs partitioned so.

use super::side::Side;
use crate::{
    context::CallSite,
    rdd::{
        Compute, Data, Key, NodeDependency, Rdd,
        partitioning::{PartitionCount, PartitionerInfo, Upstream, default_partitioner},
    },
    shuffle::{Gather, Partitioner},
};

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

    /// The same for two parents of pairs.
    pub(super) fn of_pairs<P: Compute, Q: Compute>(
        operation: &'static str,
        call_site: CallSite,
        count: Option<usize>,
        left: &Rdd<P>,
        right: &Rdd<Q>,
    ) -> Self {
        let parents = [Upstream::of(left), Upstream::of(right)];
        PairSpec::new(operation, call_site, count, left.context.default_reduces(), &parents)
    }

    /// By a partitioner of the user's choice.
    pub(super) fn by<K: 'static, R: Partitioner<K>>(
        operation: &'static str,
        call_site: CallSite,
        partitioner: &R,
    ) -> Self {
        let partitioner = PartitionerInfo::by::<K, R>(operation, partitioner);
        PairSpec { operation, call_site, partitioner }
    }

    /// Both parents' pairs, partitioned as the operator says.
    pub(super) fn sides<K: Key, V: Data, W: Data, P, Q>(
        &self,
        left: &Rdd<P>,
        right: &Rdd<Q>,
    ) -> Sides<K, V, W>
    where
        P: Compute<Item = (K, V)>,
        Q: Compute<Item = (K, W)>,
    {
        let writer = || Gather(self.partitioner.of_keys::<K>());
        let (operation, partitioner) = (self.operation, &self.partitioner);
        let (left, left_dependency) = left.side(left.op.clone(), operation, partitioner, writer());
        let (right, right_dependency) = right.side(right.op.clone(), operation, partitioner, writer());
        Sides { left, right, dependencies: vec![left_dependency, right_dependency] }
    }
}
