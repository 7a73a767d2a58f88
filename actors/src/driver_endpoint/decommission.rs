//! Executors that are to leave (`spark-semantics` section 12): they run what they have and get no more.

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

impl DriverEndpointCore {
    pub(super) fn on_decommission_executors(&mut self, leave: DecommissionExecutors, out: &mut Outbox) {
        for executor_id in leave.executor_ids {
            self.decommission(executor_id, &leave.reason, out);
        }
    }

    pub(super) fn on_decommission_executors_on_host(&mut self, host: &str, out: &mut Outbox) {
        let reason = format!("Decommissioning all executors on {host}.");
        for executor_id in self.executors_on(host) {
            self.decommission(executor_id, &reason, out);
        }
    }

    /// The executor asks first; DecommissionExecutor is its answer.
    pub(super) fn on_executor_decommissioning(&mut self, executor_id: ExecutorId, out: &mut Outbox) {
        tracing::warn!("Received executor {executor_id} decommissioned message");
        self.decommission(executor_id, &format!("Executor {executor_id} is decommissioned."), out);
    }

    fn decommission(&mut self, executor_id: ExecutorId, reason: &str, out: &mut Outbox) {
        let Some(data) = self.executors.get_mut(&executor_id) else {
            return self.remember_decommission(executor_id, reason);
        };
        if !data.is_active() {
            return;
        }
        data.decommission = Some(reason.to_owned());
        self.note_free(executor_id);
        let reason = reason.to_owned();
        out.send(TaskScheduler, ExecutorDecommission { executor_id, worker_host: None, reason });
        out.send(ExecutorBackend(executor_id), DecommissionExecutor {});
    }

    fn remember_decommission(&mut self, executor_id: ExecutorId, reason: &str) {
        if self.early_decommissions.iter().any(|(known, _)| *known == executor_id) {
            return;
        }
        if self.early_decommissions.len() == MAX_EARLY {
            self.early_decommissions.pop_front();
        }
        self.early_decommissions.push_back((executor_id, reason.to_owned()));
    }

    /// A new executor hears what it was to do before it came (SPARK-41766).
    pub(super) fn replay_decommission(&mut self, executor_id: ExecutorId, out: &mut Outbox) {
        let position = self.early_decommissions.iter().position(|(early, _)| *early == executor_id);
        if let Some((_, reason)) = position.and_then(|position| self.early_decommissions.remove(position)) {
            self.decommission(executor_id, &reason, out);
        }
    }
}
