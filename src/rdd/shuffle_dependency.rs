//! A shuffle, as the driver holds it. Dropping the last one that refers to it frees its outputs.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
};

use firesteel_actors::{
    ShuffleId,
    lineage::{BinaryError, StageBinary},
};

use super::{Deferred, PlanError, RddNode};
use crate::{Context, Error, context::ShuffleCleaner};

/// The map side of a shuffle, without its type.
pub(crate) trait MapStage: Send + Sync {
    /// How many reduce partitions it writes.
    fn num_reduces(&self) -> Result<usize, PlanError>;

    /// Code and data of its tasks.
    fn binary(&self) -> Result<StageBinary, StageError>;

    /// What has to be known before that can be told, if anything.
    fn prepare(&self) -> Option<&dyn Prepare> {
        None
    }
}

/// Why a stage has no binary: the plan is wrong, or it does not serialize.
pub(crate) enum StageError {
    Plan(PlanError),
    Binary(BinaryError),
}

impl From<PlanError> for StageError {
    fn from(error: PlanError) -> Self {
        StageError::Plan(error)
    }
}

impl From<BinaryError> for StageError {
    fn from(error: BinaryError) -> Self {
        StageError::Binary(error)
    }
}

/// Something that only a job can find out, such as the key ranges of a sort. Runs at the first action and is
/// remembered.
pub(crate) trait Prepare: Send + Sync {
    fn is_ready(&self) -> bool;

    fn run(&self, context: &Context) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;
}

/// A shuffle.
pub(crate) struct ShuffleDependency {
    pub(crate) id: ShuffleId,
    parent: Deferred<Arc<RddNode>>,
    stage: Deferred<Box<dyn MapStage>>,
    num_reduces: OnceLock<usize>,
    binary: OnceLock<Result<StageBinary, BinaryError>>,
    cleaner: ShuffleCleaner,
}

impl ShuffleDependency {
    pub(crate) fn new(
        id: ShuffleId,
        parent: Arc<RddNode>,
        stage: impl MapStage + 'static,
        cleaner: ShuffleCleaner,
    ) -> Self {
        ShuffleDependency {
            id,
            parent: Deferred::new(parent),
            stage: Deferred::new(Box::new(stage)),
            num_reduces: OnceLock::new(),
            binary: OnceLock::new(),
            cleaner,
        }
    }

    pub(crate) fn parent(&self) -> &Arc<RddNode> {
        &self.parent
    }

    /// How many reduce partitions it has, found out once; an error is not remembered.
    pub(crate) fn num_reduces(&self) -> Result<usize, PlanError> {
        if let Some(count) = self.num_reduces.get() {
            return Ok(*count);
        }
        let count = self.stage.num_reduces()?;
        Ok(*self.num_reduces.get_or_init(|| count))
    }

    pub(crate) fn prepare(&self) -> Option<&dyn Prepare> {
        self.stage.prepare()
    }

    /// Code and data of the map tasks, made once. An error of the plan is not remembered: the file may be
    /// there next time.
    pub(crate) fn binary(&self) -> Result<Result<StageBinary, BinaryError>, PlanError> {
        if let Some(binary) = self.binary.get() {
            return Ok(binary.clone());
        }
        let binary = match self.stage.binary() {
            Ok(binary) => Ok(binary),
            Err(StageError::Binary(error)) => Err(error),
            Err(StageError::Plan(error)) => return Err(error),
        };
        Ok(self.binary.get_or_init(|| binary).clone())
    }
}

impl Drop for ShuffleDependency {
    fn drop(&mut self) {
        self.cleaner.remove(self.id);
    }
}
