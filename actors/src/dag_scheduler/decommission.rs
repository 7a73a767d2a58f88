//! Executors that are about to leave, or left so: failures to fetch from them are no stage's fault
//! (`spark-semantics` 4.2).

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use crate::ExecutorId;

/// Which executors are decommissioned, each with its host if that leaves as well.
#[derive(Clone, Debug, Default)]
pub(super) struct Decommissions {
    pending: BTreeMap<ExecutorId, Option<Arc<str>>>,
    /// Those that have left, the latest last; as many as `spark.scheduler.maxRetainedRemovedDecommissionExecutors`.
    removed: VecDeque<(ExecutorId, Option<Arc<str>>)>,
}

impl Decommissions {
    /// An executor is about to leave.
    pub(super) fn add(&mut self, executor: ExecutorId, worker_host: Option<Arc<str>>) {
        self.pending.insert(executor, worker_host);
    }

    /// An executor is gone; at most `retained` that were decommissioned are remembered.
    pub(super) fn executor_lost(&mut self, executor: ExecutorId, retained: u32) {
        let Some(worker_host) = self.pending.remove(&executor) else { return };
        self.removed.push_back((executor, worker_host));
        while self.removed.len() > retained as usize {
            self.removed.pop_front();
        }
    }

    /// An executor is new, or there again.
    pub(super) fn forget(&mut self, executor: ExecutorId) {
        self.pending.remove(&executor);
        self.removed.retain(|(removed, _)| *removed != executor);
    }

    /// Whether an executor is or was decommissioned.
    pub(super) fn contains(&self, executor: ExecutorId) -> bool {
        self.state(executor).is_some()
    }

    /// Whether an executor's whole host is or was decommissioned.
    pub(super) fn is_host_decommissioned(&self, executor: ExecutorId) -> bool {
        self.state(executor).is_some_and(Option::is_some)
    }

    fn state(&self, executor: ExecutorId) -> Option<&Option<Arc<str>>> {
        let removed = || self.removed.iter().find(|(removed, _)| *removed == executor).map(|(_, host)| host);
        self.pending.get(&executor).or_else(removed)
    }
}
