//! Ending excluded executors, so that others take their place.

use std::sync::Arc;

use super::HealthTracker;
use crate::{
    ExecutorId,
    core::Outbox,
    message::{
        DecommissionExecutors, DecommissionExecutorsOnHost, DriverEndpoint, KillExecutors,
        KillExecutorsOnHost,
    },
};

/// The setting that log lines name.
const KILL_KEY: &str = "spark.excludeOnFailure.killExcludedExecutors";

impl HealthTracker {
    /// Ends an idle executor that a task set may not use, to get another for it; false if it cannot be ended.
    pub(in crate::task_scheduler) fn kill_excluded_idle_executor(
        &self,
        executor_id: ExecutorId,
        out: &mut Outbox,
    ) -> bool {
        let text = format!(
            "Killing excluded idle executor id {executor_id} because of task unschedulability and trying to acquire \
             a new executor."
        );
        self.kill_executor(executor_id, text, out);
        self.can_kill
    }

    pub(super) fn kill_excluded_executor(&self, executor_id: ExecutorId, out: &mut Outbox) {
        if self.limits.kill_excluded_executors {
            let text = format!("Killing excluded executor id {executor_id} since {KILL_KEY} is set.");
            self.kill_executor(executor_id, text, out);
        }
    }

    fn kill_executor(&self, executor_id: ExecutorId, text: String, out: &mut Outbox) {
        let executor_ids = vec![executor_id];
        if !self.can_kill {
            tracing::info!(
                "Not attempting to kill excluded executor id {executor_id}: it is the driver's own"
            );
        } else if self.limits.kill_by_decommission {
            let reason = format!("{text} (actually decommissioning)");
            tracing::info!("{reason}");
            out.send(DriverEndpoint, DecommissionExecutors { executor_ids, worker_host: None, reason });
        } else {
            tracing::info!("{text}");
            out.send(DriverEndpoint, KillExecutors { executor_ids, force: true });
        }
    }

    pub(super) fn kill_executors_on(&self, host: &Arc<str>, out: &mut Outbox) {
        if !self.limits.kill_excluded_executors || !self.can_kill {
            return;
        }
        if self.limits.kill_by_decommission {
            tracing::info!("Decommissioning all executors on excluded host {host} since {KILL_KEY} is set.");
            out.send(DriverEndpoint, DecommissionExecutorsOnHost { host: host.clone() });
        } else {
            tracing::info!("Killing all executors on excluded host {host} since {KILL_KEY} is set.");
            out.send(DriverEndpoint, KillExecutorsOnHost { host: host.clone() });
        }
    }
}
