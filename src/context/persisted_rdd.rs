//! A persisted RDD as the driver holds it: dropping the last RDD that is made from it frees its blocks (Spark's
//! ContextCleaner, by Drop).

use std::sync::Arc;

use firesteel_actors::RddId;

use super::Context;
use crate::{
    storage::{RddStorageInfo, StorageLevel},
    task::ExecutorEnv,
};

/// The blocks of one RDD, kept from its making to its end, or to [`unpersist`](Self::unpersist).
#[derive(Debug)]
pub(crate) struct PersistedRdd {
    id: RddId,
    env: Arc<ExecutorEnv>,
}

impl PersistedRdd {
    /// How its blocks are kept; `NONE`: no longer.
    pub(crate) fn level(&self) -> StorageLevel {
        self.env.blocks.level(self.id)
    }

    /// What is kept of it now.
    pub(crate) fn info(&self) -> Option<RddStorageInfo> {
        self.env.blocks.infos().into_iter().find(|info| info.rdd_id == self.id)
    }

    /// Frees its blocks, and keeps none any more.
    pub(crate) fn unpersist(&self) {
        self.env.unpersist(self.id);
    }
}

impl Drop for PersistedRdd {
    fn drop(&mut self) {
        self.unpersist();
    }
}

impl Context {
    /// Lets executors keep the blocks of an RDD.
    pub(crate) fn persisted(&self, id: RddId, level: StorageLevel) -> PersistedRdd {
        let env = self.inner.driver.env.clone();
        env.persist(id, level);
        PersistedRdd { id, env }
    }

    /// Lets executors keep the blocks of an RDD that has a [`PersistedRdd`], though it was unpersisted.
    pub(crate) fn persist_again(&self, id: RddId, level: StorageLevel) {
        let env = &self.inner.driver.env;
        if !env.blocks.level(id).keeps() {
            env.persist(id, level);
        }
    }

    /// What executors keep of persisted RDDs: those of which they keep anything now (Spark's `getRDDStorageInfo`).
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let numbers = context.range(0..1_000, 1, 4).cache();
    /// assert!(context.rdd_storage_info().is_empty());
    /// numbers.count()?;
    /// let info = &context.rdd_storage_info()[0];
    /// assert_eq!((info.rdd_id, info.num_cached_partitions), (numbers.id(), 4));
    /// assert_eq!((info.memory_size, info.disk_size), (8_000, 0));
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    pub fn rdd_storage_info(&self) -> Vec<RddStorageInfo> {
        let mut infos = self.inner.driver.env.blocks.infos();
        infos.retain(|info| info.num_cached_partitions > 0);
        infos
    }

    /// The RDDs that are persisted now, whether or not anything is kept of them yet (Spark's `getPersistentRDDs`).
    pub fn persistent_rdds(&self) -> Vec<RddId> {
        self.inner.driver.env.blocks.infos().into_iter().map(|info| info.rdd_id).collect()
    }
}
