//! Executors that are to leave (`spark-semantics` section 12): they run what they have and get no more.

use std::sync::Arc;

use super::DriverEndpointCore;
use crate::{
    ExecutorId,
    core::Outbox,
    message::{
        DecommissionExecutor, DecommissionExecutors, ExecutorBackend, ExecutorDecommission, TaskScheduler,
    },
};

/// Requests for executors that have not registered that are remembered; Spark's default of
/// `spark.scheduler.maxRetainedUnknownDecommissionExecutors` is 0, and such a request is lost.
const MAX_EARLY: usize = 1_000;

/// Why an executor is to leave.
#[derive(Clone, Debug)]
pub(super) struct DecommissionInfo {
    pub(super) reason: String,
    /// Its host, if that leaves as well.
    pub(super) worker_host: Option<Arc<str>>,
}

impl DecommissionInfo {
    /// The executor leaves, and its host stays.
    fn alone(reason: String) -> Self {
        DecommissionInfo { reason, worker_host: None }
    }
}

impl DriverEndpointCore {
    pub(super) fn on_decommission_executors(&mut self, leave: DecommissionExecutors, out: &mut Outbox) {
        let DecommissionExecutors { executor_ids, worker_host, reason } = leave;
        let info = DecommissionInfo { reason, worker_host };
        for executor_id in executor_ids {
            self.decommission(executor_id, info.clone(), out);
        }
    }

    pub(super) fn on_decommission_executors_on_host(&mut self, host: &str, out: &mut Outbox) {
        let info = DecommissionInfo::alone(format!("Decommissioning all executors on {host}."));
        for executor_id in self.executors_on(host) {
            self.decommission(executor_id, info.clone(), out);
        }
    }

    /// The executor asks first; DecommissionExecutor is its answer.
    pub(super) fn on_executor_decommissioning(&mut self, executor_id: ExecutorId, out: &mut Outbox) {
        tracing::warn!("Received executor {executor_id} decommissioned message");
        let info = DecommissionInfo::alone(format!("Executor {executor_id} is decommissioned."));
        self.decommission(executor_id, info, out);
    }

    fn decommission(&mut self, executor_id: ExecutorId, info: DecommissionInfo, out: &mut Outbox) {
        let Some(data) = self.executors.get_mut(&executor_id) else {
            return self.remember_decommission(executor_id, info);
        };
        if !data.is_active() {
            return;
        }
        data.decommission = Some(info.clone());
        self.note_free(executor_id);
        let DecommissionInfo { reason, worker_host } = info;
        out.send(TaskScheduler, ExecutorDecommission { executor_id, worker_host, reason });
        out.send(ExecutorBackend(executor_id), DecommissionExecutor {});
    }

    fn remember_decommission(&mut self, executor_id: ExecutorId, info: DecommissionInfo) {
        if self.early_decommissions.iter().any(|(known, _)| *known == executor_id) {
            return;
        }
        if self.early_decommissions.len() == MAX_EARLY {
            self.early_decommissions.pop_front();
        }
        self.early_decommissions.push_back((executor_id, info));
    }

    /// A new executor hears what it was to do before it came (SPARK-41766).
    pub(super) fn replay_decommission(&mut self, executor_id: ExecutorId, out: &mut Outbox) {
        let position = self.early_decommissions.iter().position(|(early, _)| *early == executor_id);
        if let Some((_, info)) = position.and_then(|position| self.early_decommissions.remove(position)) {
            self.decommission(executor_id, info, out);
        }
    }
}
