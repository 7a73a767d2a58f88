//! How an executor ends: when it is told to, when it is decommissioned, or on its own.

use std::time::Duration;

use super::{ExecutorBackendCore, Phase};
use crate::{
    core::Outbox,
    message::{
        CheckDecommission, DriverEndpoint, ExecutorBackend, ExecutorDecommissioning, ExecutorLossReason,
        RemoveExecutor, StopTaskRunner, TaskRunner,
    },
};

/// How often a decommissioned executor sees whether it can leave; the first time leaves tasks that are on their way
/// the time to arrive.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

impl ExecutorBackendCore {
    /// The driver sends it no more tasks. Those that are here, or on their way, run to their end.
    pub(super) fn on_decommission(&mut self, out: &mut Outbox) {
        if self.phase != Phase::Stopped && !self.is_decommissioned {
            tracing::info!("Starting decommissioning of executor {}", self.executor_id);
            self.is_decommissioned = true;
            self.check_decommission_later(out);
        }
    }

    /// The driver decides; it answers with DecommissionExecutor.
    pub(super) fn on_decommission_signal(&mut self, out: &mut Outbox) {
        if self.phase != Phase::Stopped && !self.is_decommissioned {
            out.send(DriverEndpoint, ExecutorDecommissioning { executor_id: self.executor_id });
        }
    }

    pub(super) fn on_check_decommission(&mut self, out: &mut Outbox) {
        if self.phase == Phase::Stopped || !self.is_decommissioned {
            return;
        }
        if self.running.is_empty() {
            self.exit(0, "Finished decommissioning", out);
        } else {
            self.check_decommission_later(out);
        }
    }

    fn check_decommission_later(&self, out: &mut Outbox) {
        out.send_after(CHECK_INTERVAL, ExecutorBackend(self.executor_id), CheckDecommission {});
    }

    /// Where Spark's process would exit with this status: within a host's process the executor ends alone, and
    /// tells the driver why.
    pub(super) fn exit(&mut self, exit_code: i32, reason: &str, out: &mut Outbox) {
        if exit_code == 0 {
            tracing::info!("{reason}");
        } else {
            tracing::error!("{reason}");
        }
        self.stop(out);
        let reason = ExecutorLossReason::ExecutorExited {
            exit_code,
            exit_caused_by_app: false,
            reason: reason.to_owned(),
        };
        out.send(DriverEndpoint, RemoveExecutor { executor_id: self.executor_id, reason });
    }

    /// Takes no more tasks and lets the task threads end. The last words of its tasks are still passed on.
    pub(super) fn stop(&mut self, out: &mut Outbox) {
        if self.phase != Phase::Stopped {
            self.phase = Phase::Stopped;
            self.kill_marks.clear();
            if let Some(heartbeats) = &mut self.heartbeats {
                heartbeats.forget_metrics();
            }
            out.send(TaskRunner(self.executor_id), StopTaskRunner {});
        }
    }
}
