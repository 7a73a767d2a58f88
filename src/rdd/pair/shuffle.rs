//! The shuffle that an operator reads, and how its partitions travel.

use std::{fmt, sync::Arc};

use firesteel_actors::ShuffleId;
use serde::{Deserialize, Serialize};

use crate::{
    rdd::{
        Compute, Deferred, NodeDependency, PlanError, Rdd, ShuffleDependency, partitioning::PartitionCount,
    },
    shuffle::{ShuffleWriter, TypedMapStage},
};

/// The shuffle that an operator reads. Only its id travels.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ShuffleRead {
    pub(super) id: ShuffleId,
    #[serde(skip)]
    dependency: Option<Arc<ShuffleDependency>>,
}

impl fmt::Debug for ShuffleRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

/// A reduce partition.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ReduceSplit {
    pub(super) reduce: usize,
    pub(super) num_reduces: usize,
    pub(super) num_maps: usize,
}

impl ShuffleRead {
    pub(super) fn num_partitions(&self) -> Result<usize, PlanError> {
        // Asked on the driver only, where the dependency is.
        self.dependency.as_ref().map_or(Ok(0), |dependency| dependency.num_reduces())
    }

    pub(super) fn split(&self, reduce: usize) -> Result<ReduceSplit, PlanError> {
        let num_reduces = self.num_partitions()?;
        let num_maps =
            self.dependency.as_ref().map_or(Ok(0), |dependency| dependency.parent().num_partitions())?;
        Ok(ReduceSplit { reduce, num_reduces, num_maps })
    }
}

impl<P: Compute> Rdd<P> {
    /// A shuffle of what `op` makes, which is this RDD's chain or one more step of it.
    pub(super) fn shuffle_of<W, Q>(
        &self,
        op: Q,
        operation: &'static str,
        writer: W,
        count: PartitionCount,
    ) -> (ShuffleRead, NodeDependency)
    where
        Q: Compute,
        W: ShuffleWriter<Q::Item>,
    {
        let id = self.context.next_shuffle_id();
        let stage = TypedMapStage { shuffle_id: id, parent: op, writer, operation, count };
        let cleaner = self.context.shuffle_cleaner();
        let dependency = Arc::new(ShuffleDependency::new(id, self.node.clone(), stage, cleaner));
        let read = ShuffleRead { id, dependency: Some(dependency.clone()) };
        (read, NodeDependency::Shuffle(Deferred::new(dependency)))
    }

    /// The partition count of an operation when the program says one, or says none: `spark.default.parallelism`, or
    /// as many as this RDD has.
    pub(crate) fn count_or_default(&self, operation: &'static str, given: Option<usize>) -> PartitionCount {
        let known = || self.op.known_num_partitions().map(|count| count.max(1));
        match given.or(self.context.default_reduces()).or_else(known) {
            Some(count) => PartitionCount::given(operation, count),
            None => PartitionCount::largest_of(operation, [&self.node]),
        }
    }
}
