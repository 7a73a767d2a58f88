//! Executors and hosts come and go (`spark-semantics` section 4, at its end).

use std::sync::Arc;

use super::DagSchedulerCore;
use crate::{
    ExecutorId,
    core::Outbox,
    message::{
        BlockUpdated, ExecutorAdded, ExecutorDecommission, ExecutorLossReason, ExecutorLost, WorkerRemoved,
    },
};

/// An executor that is gone, or taken for it.
#[derive(Debug)]
pub(super) struct Removal {
    pub(super) executor: ExecutorId,
    /// Whether its map outputs are gone with it.
    pub(super) are_files_lost: bool,
    /// The host whose outputs are all gone with it.
    pub(super) host: Option<Arc<str>>,
    /// The state of the map outputs at which this was found.
    pub(super) epoch: u64,
    /// Whether the outputs are forgotten even if this is no news.
    pub(super) ignores_epoch: bool,
}

impl DagSchedulerCore {
    pub(super) fn on_executor_added(&mut self, added: ExecutorAdded) {
        let ExecutorAdded { executor_id, host } = added;
        self.epochs.forget(executor_id);
        self.decommissions.forget(executor_id);
        self.departed.remove(&executor_id);
        self.hosts.insert(executor_id, host);
    }

    pub(super) fn on_executor_decommission(&mut self, decommission: ExecutorDecommission) {
        self.decommissions.add(decommission.executor_id, decommission.worker_host);
    }

    /// An executor is gone. Its map outputs are too, unless something else keeps them: reliable storage, or the
    /// external shuffle service of its host if the host lives on.
    pub(super) fn on_executor_lost(&mut self, lost: ExecutorLost, out: &mut Outbox) {
        let ExecutorLost { executor_id: executor, reason } = lost;
        let host = reason.worker_host().cloned();
        let shuffle = &self.config.shuffle;
        let are_files_lost = !shuffle.reliable_storage && (host.is_some() || !shuffle.service_enabled);
        if let ExecutorLossReason::ExecutorDecommission { worker_host, .. } = &reason {
            self.decommissions.add(executor, worker_host.clone());
        }
        self.decommissions.executor_lost(executor, self.config.decommission.max_retained_removed);
        let epoch = self.map_outputs.epoch();
        self.remove_executor(Removal { executor, are_files_lost, host, epoch, ignores_epoch: false }, out);
        if self.hosts.contains_key(&executor) {
            self.departed.insert(executor);
        }
        self.forget_departed();
    }

    /// Forgets executors that are gone once the last of their outputs is: until then it must be known where those are.
    pub(super) fn forget_departed(&mut self) {
        let (map_outputs, hosts) = (&self.map_outputs, &mut self.hosts);
        self.departed.retain(|executor| {
            let has_left_outputs = map_outputs.has_outputs_of(*executor);
            if !has_left_outputs {
                hosts.remove(executor);
            }
            has_left_outputs
        });
    }

    /// Forgets what was on an executor, once per epoch of the map outputs.
    pub(super) fn remove_executor(&mut self, removal: Removal, out: &mut Outbox) {
        self.forget_outputs(removal, out);
        // Without jobs there are no tasks whose news could be old.
        if self.jobs.is_empty() {
            self.epochs.clear();
        }
    }

    fn forget_outputs(&mut self, removal: Removal, out: &mut Outbox) {
        let Removal { executor, are_files_lost, host, epoch, ignores_epoch } = removal;
        if self.epochs.executor_failed(executor, epoch) {
            tracing::info!("Executor lost: {executor} (epoch {epoch})");
            self.cached.remove_executor(executor);
        }
        if !are_files_lost || !(ignores_epoch || self.epochs.shuffle_files_lost(executor, epoch)) {
            return;
        }
        match host {
            Some(host) => {
                tracing::info!("Shuffle files lost for host: {host} (epoch {epoch})");
                self.remove_outputs_on_host(&host, Some(executor), out);
            }
            None => {
                tracing::info!("Shuffle files lost for executor: {executor} (epoch {epoch})");
                let losses = self.map_outputs.remove_outputs(|holder| holder == executor);
                self.publish_losses(losses, out);
            }
        }
        self.forget_departed();
    }

    pub(super) fn on_worker_removed(&mut self, removed: WorkerRemoved, out: &mut Outbox) {
        let WorkerRemoved { worker_id, host, message } = removed;
        tracing::info!("Shuffle files lost for worker {worker_id} on host {host}: {message}");
        self.remove_outputs_on_host(&host, None, out);
        self.forget_departed();
    }

    fn remove_outputs_on_host(&mut self, host: &str, executor: Option<ExecutorId>, out: &mut Outbox) {
        let hosts = &self.hosts;
        let losses = self.map_outputs.remove_outputs(|holder| {
            let is_there = hosts.get(&holder).is_some_and(|of_holder| &**of_holder == host);
            is_there || Some(holder) == executor
        });
        self.publish_losses(losses, out);
    }

    /// A cached partition came or went. One of an executor that is gone by now is not there.
    pub(super) fn on_block_updated(&mut self, update: BlockUpdated) {
        let BlockUpdated { rdd_id, partition_id, executor_id, is_cached } = update;
        if !is_cached {
            self.cached.remove(rdd_id, partition_id, executor_id);
        } else if self.hosts.contains_key(&executor_id) && !self.departed.contains(&executor_id) {
            self.cached.add(rdd_id, partition_id, executor_id);
        }
    }
}
