//! Frees a shuffle when nobody can read it any more (Spark's ContextCleaner, by Drop).

use std::sync::Arc;

use firesteel_actors::{
    ShuffleId,
    carrier::SystemHandle,
    message::{DagScheduler, RemoveShuffle},
};

use crate::task::ExecutorEnv;

/// Forgets shuffles on the driver and in the executors of this process.
#[derive(Clone, Debug)]
pub(crate) struct ShuffleCleaner {
    pub(super) handle: SystemHandle,
    pub(super) env: Arc<ExecutorEnv>,
}

impl ShuffleCleaner {
    /// What the executor has.
    #[cfg(test)]
    pub(crate) fn env(&self) -> Arc<ExecutorEnv> {
        self.env.clone()
    }

    pub(crate) fn remove(&self, shuffle_id: ShuffleId) {
        // A system that has stopped has forgotten already.
        self.handle.send(DagScheduler, RemoveShuffle { shuffle_id }).ok();
        self.env.remove_shuffle(shuffle_id);
    }
}
