//! What all shuffled RDDs have in common: which shuffle they read, and how their partitions travel.

use std::{fmt, sync::Arc};

use firesteel_actors::ShuffleId;
use serde::{Deserialize, Serialize};

use crate::{
    context::CallSite,
    rdd::{Compute, Deferred, NodeDependency, PlanError, Rdd, ShuffleDependency},
    shuffle::{ShuffleWriter, TypedMapStage},
};

/// The shuffle that an operator reads. Only its id travels.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct ShuffleRead {
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

/// What an operator of pairs says of its shuffle.
pub(super) struct ShuffleSpec<W> {
    pub(super) operation: &'static str,
    pub(super) call_site: CallSite,
    pub(super) writer: W,
    pub(super) num_reduces: Option<usize>,
}

impl<P: Compute> Rdd<P> {
    /// The RDD that reads a shuffle of this one.
    pub(super) fn shuffled<W, Q>(&self, spec: ShuffleSpec<W>, read: impl FnOnce(ShuffleRead) -> Q) -> Rdd<Q>
    where
        W: ShuffleWriter<P::Item>,
        Q: Compute,
    {
        let ShuffleSpec { operation, call_site, writer, num_reduces } = spec;
        let id = self.context.next_shuffle_id();
        let stage = TypedMapStage {
            shuffle_id: id,
            parent: self.op.clone(),
            writer,
            operation,
            num_reduces,
            default_reduces: self.context.default_reduces(),
        };
        let cleaner = self.context.shuffle_cleaner();
        let dependency = Arc::new(ShuffleDependency::new(id, self.node.clone(), stage, cleaner));
        let dependencies = vec![NodeDependency::Shuffle(Deferred::new(dependency.clone()))];
        let op = read(ShuffleRead { id, dependency: Some(dependency) });
        Rdd::new(&self.context, "ShuffledRDD", call_site, dependencies, op)
    }
}

/// The parts of `Compute` that every reader of a shuffle has.
macro_rules! reads_shuffle {
    () => {
        fn num_partitions(&self) -> Result<usize, $crate::rdd::PlanError> {
            self.shuffle.num_partitions()
        }

        fn split(&self, index: usize) -> Result<Self::Split, $crate::rdd::PlanError> {
            self.shuffle.split(index)
        }
    };
}
pub(super) use reads_shuffle;
