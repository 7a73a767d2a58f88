//! What goes between running tasks and the TaskScheduler (`spark-messages` section 3).

use super::DriverEndpointCore;
use crate::{
    core::Outbox,
    message::{ExecutorBackend, KillTask, StatusUpdate, TaskScheduler},
};

impl DriverEndpointCore {
    /// The last word of a task gives back what that task took. Whatever else comes from a known executor (a second
    /// last word, one of a task from before the executor came back) is passed on and gives back nothing.
    pub(super) fn on_status_update(&mut self, update: StatusUpdate, out: &mut Outbox) {
        let StatusUpdate { executor_id, task_id, ref status, .. } = update;
        let Some(data) = self.executors.get_mut(&executor_id) else {
            tracing::warn!(
                "Ignored task status update ({task_id} state {}) from unknown executor with ID {executor_id}",
                status.state()
            );
            return;
        };
        let has_ended = status.is_terminal() && data.end(task_id);
        out.send(TaskScheduler, update);
        if has_ended {
            self.offer_executor(executor_id, out);
        }
    }

    pub(super) fn on_kill_task(&mut self, kill: KillTask, out: &mut Outbox) {
        if self.executors.contains_key(&kill.executor_id) {
            out.send(ExecutorBackend(kill.executor_id), kill);
        } else {
            tracing::warn!(
                "Attempted to kill task {} for unknown executor {}.",
                kill.task_id,
                kill.executor_id
            );
        }
    }
}
