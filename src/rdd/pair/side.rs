//! The pairs of one parent of an operator that brings equal keys together: read from a shuffle, or taken as they are
//! where they are partitioned in the same way already.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::shuffle::{ReduceSplit, ShuffleRead};
use crate::{
    rdd::{Boxed, Compute, Data, Deferred, NodeDependency, PlanError, Rdd, partitioning::PartitionerInfo},
    shuffle::{GatheredBlock, GatheredRows, ShuffleWriter, read_blocks},
    task::{TaskContext, TaskError},
};

/// The pairs of one parent. Its type names key and value, not the parent: a wide operator ends the type.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) enum Side<K: 'static, V: 'static> {
    /// From a shuffle of its own.
    Shuffle(ShuffleRead),
    /// Partition by partition.
    Narrow(Boxed<(K, V)>),
}

impl<K, V> Clone for Side<K, V> {
    fn clone(&self) -> Self {
        match self {
            Side::Shuffle(shuffle) => Side::Shuffle(shuffle.clone()),
            Side::Narrow(chain) => Side::Narrow(chain.clone()),
        }
    }
}

impl<K, V> fmt::Debug for Side<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Side::Shuffle(shuffle) => write!(f, "Shuffle({shuffle:?})"),
            Side::Narrow(_) => f.write_str("Narrow"),
        }
    }
}

/// What a task needs to know of its part of a side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum SideSplit {
    /// Which part of the shuffle.
    Shuffle(ReduceSplit),
    /// The parent's partition.
    Narrow(ByteBuf),
}

impl<K: 'static, V: 'static> Side<K, V> {
    pub(super) fn split(&self, index: usize) -> Result<SideSplit, PlanError> {
        match self {
            Side::Shuffle(shuffle) => shuffle.split(index).map(SideSplit::Shuffle),
            Side::Narrow(chain) => chain.split(index).map(SideSplit::Narrow),
        }
    }

    pub(super) fn preferred_locations(&self, index: usize) -> Vec<String> {
        match self {
            Side::Shuffle(_) => Vec::new(),
            Side::Narrow(chain) => chain.preferred_locations(index),
        }
    }

    pub(super) fn boxed_levels(&self) -> usize {
        match self {
            Side::Shuffle(_) => 0,
            Side::Narrow(chain) => chain.boxed_levels(),
        }
    }

    /// What Spark calls an RDD with this one side.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Side::Shuffle(_) => "ShuffledRDD",
            Side::Narrow(_) => "MapPartitionsRDD",
        }
    }
}

impl<P: Compute> Rdd<P> {
    /// The pairs that `op` makes of this RDD (its chain, or one more step of it), partitioned by `partitioner`: as
    /// they are if they are so already, or by a shuffle.
    pub(super) fn side<K: 'static, V: 'static, Q, W>(
        &self,
        op: Q,
        operation: &'static str,
        partitioner: &PartitionerInfo,
        writer: W,
    ) -> (Side<K, V>, NodeDependency)
    where
        Q: Compute<Item = (K, V)>,
        W: ShuffleWriter<(K, V)>,
    {
        // That of `op`: one more step may make other keys.
        if op.partitioner().as_ref() == Some(partitioner) {
            return (
                Side::Narrow(Boxed::new(op)),
                NodeDependency::OneToOne(Deferred::new(self.node.clone())),
            );
        }
        let (shuffle, dependency) = self.shuffle_of(op, operation, writer, partitioner.count().clone());
        (Side::Shuffle(shuffle), dependency)
    }
}

/// All pairs of a partition of a side. The one place where operators read what was gathered.
pub(super) fn side_pairs<K: Data, V: Data>(
    side: &Side<K, V>,
    split: SideSplit,
    task: &Arc<TaskContext>,
) -> Result<SidePairs<K, V>, TaskError> {
    match (side, split) {
        (Side::Shuffle(shuffle), SideSplit::Shuffle(split)) => {
            gathered(shuffle, split, task).map(SidePairs::Shuffle)
        }
        (Side::Narrow(chain), SideSplit::Narrow(split)) => chain.compute(split, task).map(SidePairs::Narrow),
        _ => Err(wrong_split(task)),
    }
}

/// The pairs of a reduce partition, by map partition, in the order in which they came.
pub(super) fn gathered<K: Data, V: Data>(
    shuffle: &ShuffleRead,
    split: ReduceSplit,
    task: &Arc<TaskContext>,
) -> Result<GatheredRows<K, V>, TaskError> {
    let blocks = read_blocks::<GatheredBlock<K, V>>(shuffle.id, split.num_maps, split.reduce, task)?;
    Ok(GatheredRows::new(blocks, split.reduce, task))
}

/// A partition that was encoded for another kind of side: the bytes of a task and of its stage do not belong together.
pub(super) fn wrong_split(task: &TaskContext) -> TaskError {
    let reason = "it is of another kind than its operator".to_owned();
    TaskError::Partition { partition: task.partition_id(), reason }
}

/// The iterator of [`side_pairs`].
pub enum SidePairs<K: 'static, V: 'static> {
    Shuffle(GatheredRows<K, V>),
    Narrow(Box<dyn Iterator<Item = (K, V)>>),
}

impl<K: Data, V: Data> SidePairs<K, V> {
    /// How many pairs there are, more or less, if that is known: a chain of operators may know only that there are some.
    pub(super) fn count_hint(&self) -> Option<usize> {
        match (self, self.size_hint()) {
            (SidePairs::Shuffle(_), (least, _)) => Some(least),
            (SidePairs::Narrow(_), (least, most)) => most.filter(|most| *most == least),
        }
    }

    /// Hands on at most `most` pairs, while `f` goes on; `false`: there are no more.
    pub(super) fn next_some(&mut self, most: usize, mut f: impl FnMut((K, V)) -> bool) -> bool {
        match self {
            SidePairs::Shuffle(pairs) => pairs.next_some(most, f),
            SidePairs::Narrow(pairs) => {
                for _ in 0..most {
                    match pairs.next() {
                        Some(pair) => {
                            if !f(pair) {
                                break;
                            }
                        }
                        None => return false,
                    }
                }
                true
            }
        }
    }
}

impl<K: Data, V: Data> Iterator for SidePairs<K, V> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        match self {
            SidePairs::Shuffle(pairs) => pairs.next(),
            SidePairs::Narrow(pairs) => pairs.next(),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            SidePairs::Shuffle(pairs) => pairs.size_hint(),
            SidePairs::Narrow(pairs) => pairs.size_hint(),
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, (K, V)) -> B>(self, init: B, f: F) -> B {
        match self {
            SidePairs::Shuffle(pairs) => pairs.fold(init, f),
            SidePairs::Narrow(pairs) => pairs.fold(init, f),
        }
    }
}
