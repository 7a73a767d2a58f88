//! The operator of `combine_by_key` and its like.

use std::sync::Arc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::side::{Side, SideSplit, wrong_split};
use crate::{
    context::CallSite,
    rdd::{
        Compute, Key, PlanError, Rdd,
        op::Either,
        partitioning::{PartitionerInfo, Upstream, default_partitioner, partitioned},
    },
    shuffle::{AggregatedIter, Aggregator, Combine, CombinedBlock, CombinedIter, read_blocks},
    task::{Interruptible, TaskContext, TaskError},
};

/// The operator of [`Rdd::combine_by_key`], [`Rdd::reduce_by_key`] and their like: reads a shuffle that combines, or
/// combines the pairs of partitions that have all of a key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "A: Serialize + DeserializeOwned")]
pub struct Combined<K: 'static, V: 'static, A> {
    side: Side<K, V>,
    aggregator: A,
    #[serde(skip)]
    partitioner: Option<PartitionerInfo>,
}

impl<K, V, A: Clone> Clone for Combined<K, V, A> {
    fn clone(&self) -> Self {
        Combined {
            side: self.side.clone(),
            aggregator: self.aggregator.clone(),
            partitioner: self.partitioner.clone(),
        }
    }
}

impl<K, V, A> Combined<K, V, A> {
    pub(super) fn new(side: Side<K, V>, aggregator: A, partitioner: PartitionerInfo) -> Self {
        Combined { side, aggregator, partitioner: Some(partitioner) }
    }
}

/// Pairs that are combined where they are.
type LocalIter<K, V, A> =
    AggregatedIter<K, <A as Aggregator<V>>::Combiner, V, A, Box<dyn Iterator<Item = (K, V)>>>;

impl<K: Key, V: 'static, A: Aggregator<V>> Compute for Combined<K, V, A> {
    type Item = (K, A::Combiner);
    type Split = SideSplit;
    type Iter = Interruptible<Either<CombinedIter<K, A::Combiner, V, A>, LocalIter<K, V, A>>>;

    partitioned!(side);

    fn compute(&self, split: SideSplit, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let aggregator = self.aggregator.clone();
        let pairs = match (&self.side, split) {
            (Side::Shuffle(shuffle), SideSplit::Shuffle(split)) => {
                let (reduce, num_reduces) = (split.reduce, split.num_reduces);
                let blocks =
                    read_blocks::<CombinedBlock<K, A::Combiner>>(shuffle.id, split.num_maps, reduce, task)?;
                Either::First(CombinedIter::new(blocks, reduce, num_reduces, aggregator, task.clone()))
            }
            (Side::Narrow(chain), SideSplit::Narrow(split)) => {
                Either::Second(AggregatedIter::new(chain.compute(split, task)?, aggregator, task))
            }
            _ => return Err(wrong_split(task)),
        };
        Ok(Interruptible::new(pairs, task))
    }
}

impl<P: Compute> Rdd<P> {
    /// The partitioner of an operator on this RDD alone.
    pub(crate) fn own_partitioner(&self, operation: &'static str, count: Option<usize>) -> PartitionerInfo {
        match count {
            Some(_) => PartitionerInfo::by_hash(self.count_or_default(operation, count)),
            None => default_partitioner(operation, self.context.default_reduces(), &[Upstream::of(self)]),
        }
    }
}

impl<K: Key, V: 'static, P: Compute<Item = (K, V)>> Rdd<P> {
    pub(crate) fn combined<A: Aggregator<V>>(
        &self,
        operation: &'static str,
        call_site: CallSite,
        count: Option<usize>,
        aggregator: A,
    ) -> Rdd<Combined<K, V, A>> {
        self.combined_by(operation, call_site, self.own_partitioner(operation, count), aggregator)
    }

    pub(crate) fn combined_by<A: Aggregator<V>>(
        &self,
        operation: &'static str,
        call_site: CallSite,
        partitioner: PartitionerInfo,
        aggregator: A,
    ) -> Rdd<Combined<K, V, A>> {
        let writer = Combine::new(aggregator.clone());
        let (side, dependency) = self.side(self.op.clone(), operation, &partitioner, writer);
        let kind = side.kind();
        let op = Combined::new(side, aggregator, partitioner);
        Rdd::new(&self.context, kind, call_site, vec![dependency], op)
    }
}
