//! [`ExecutorEnv`]: what an executor has for its tasks.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use firesteel_actors::{Config, RddId, ShuffleId};

use super::StageCache;
#[cfg(feature = "cluster")]
use crate::blocks::{Notice, Remote};
use crate::{
    StorageLevel, broadcast::Broadcasts, context::ResultBlocks, memory::MemoryManager, shuffle::ShuffleStore,
    spill::LocalDirs, storage::BlockManager,
};

/// What an executor has for its tasks; on the driver also what handles of the program's refer to. What the driver frees here is
/// freed in executors in other processes as well.
#[derive(Debug)]
pub(crate) struct ExecutorEnv {
    /// Tells its context from all others, in all processes.
    application: u64,
    pub(crate) memory: Arc<MemoryManager>,
    pub(crate) local_dirs: Arc<LocalDirs>,
    pub(crate) blocks: Arc<BlockManager>,
    pub(crate) shuffles: ShuffleStore,
    pub(crate) stages: StageCache,
    pub(crate) results: ResultBlocks,
    pub(crate) broadcasts: Broadcasts,
    /// The other processes, if there are any.
    #[cfg(feature = "cluster")]
    pub(crate) remote: Option<Arc<Remote>>,
}

impl ExecutorEnv {
    /// For an executor that runs `slots` tasks at a time, in a context of its own.
    pub(crate) fn new(config: &Config, slots: u32) -> Self {
        let application = RandomState::new().hash_one(std::process::id());
        let memory = MemoryManager::new(&config.memory, config.is_local, slots);
        let local_dirs = LocalDirs::new(&config.spill);
        let blocks = BlockManager::new(&memory, &local_dirs);
        ExecutorEnv {
            application,
            memory,
            local_dirs,
            blocks,
            shuffles: ShuffleStore::default(),
            stages: StageCache::default(),
            results: ResultBlocks::default(),
            broadcasts: Broadcasts::new(config.fetch.broadcast_block_size),
            #[cfg(feature = "cluster")]
            remote: None,
        }
    }

    /// As [`new`](Self::new), beside other processes. The driver's is of no application yet and makes its key; its executors
    /// are told it.
    #[cfg(feature = "cluster")]
    pub(crate) fn connected(
        config: &Config,
        slots: u32,
        application: Option<u64>,
        remote: Arc<Remote>,
    ) -> Self {
        let env = ExecutorEnv::new(config, slots);
        let application = application.unwrap_or(env.application);
        ExecutorEnv { application, remote: Some(remote), ..env }
    }

    /// Tells its context from all others, in all processes.
    pub(crate) fn key(&self) -> u64 {
        self.application
    }

    /// Executors in other processes hear of what has changed here after that: one that comes between is told of the change as it
    /// comes.
    #[cfg(feature = "cluster")]
    fn tell(&self, notice: Notice) {
        if let Some(remote) = &self.remote {
            remote.tell(notice);
        }
    }

    /// Nobody reads a shuffle any more.
    pub(crate) fn remove_shuffle(&self, shuffle_id: ShuffleId) {
        drop(self.shuffles.remove(shuffle_id));
        #[cfg(feature = "cluster")]
        self.tell(Notice::RemoveShuffle { shuffle_id });
    }

    /// Blocks of an RDD are kept from now on.
    pub(crate) fn persist(&self, rdd_id: RddId, level: StorageLevel) {
        self.blocks.register(rdd_id, level);
        #[cfg(feature = "cluster")]
        self.tell(Notice::Persist { rdd_id, level });
    }

    /// Frees the blocks of an RDD, and keeps none of it any more.
    pub(crate) fn unpersist(&self, rdd_id: RddId) {
        self.blocks.remove_rdd(rdd_id);
        #[cfg(feature = "cluster")]
        self.tell(Notice::Unpersist { rdd_id });
    }

    /// Nobody holds a broadcast value any more.
    pub(crate) fn remove_broadcast(&self, id: u64) {
        drop(self.broadcasts.remove(id));
        #[cfg(feature = "cluster")]
        self.tell(Notice::RemoveBroadcast { id });
    }

    /// The program has destroyed a broadcast value.
    pub(crate) fn destroy_broadcast(&self, id: u64, call_site: Arc<str>) {
        self.broadcasts.destroy(id, call_site);
        #[cfg(feature = "cluster")]
        self.tell(Notice::RemoveBroadcast { id });
    }

    /// No job runs: frees results that nobody fetched, and hands out the decoded stages, which may hold much of the user's
    /// data and are to be dropped outside of all locks.
    pub(crate) fn no_jobs(&self) -> StageCache {
        #[cfg(feature = "cluster")]
        self.tell(Notice::NoJobs);
        self.results.clear();
        self.stages.take()
    }
}
