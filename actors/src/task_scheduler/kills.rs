//! Tasks that are killed on request.

use super::{TaskSchedulerCore, attempts::Phase};
use crate::{
    core::Outbox,
    message::{DriverEndpoint, KillAllTaskAttempts, KillTask, KillTaskAttempt},
};

impl TaskSchedulerCore {
    pub(super) fn on_kill_all_task_attempts(&mut self, kill: &KillAllTaskAttempts, out: &mut Outbox) {
        for id in self.sets_of_stage(kill.stage_id) {
            let Some(set) = self.task_sets.get_mut(&id) else { continue };
            tracing::info!("Cancelling stage {}.{}: {}", id.0, id.1, kill.reason);
            set.zombie = true;
            self.changed.push(id);
            let mut running = set.running.clone();
            running.sort_unstable();
            for attempt in running.into_iter().filter_map(|id| self.attempts.get(id)) {
                let kill = KillTask {
                    task_id: attempt.info.task_id,
                    executor_id: attempt.info.executor_id,
                    interrupt_thread: kill.interrupt_thread,
                    reason: format!("Stage cancelled: {}", kill.reason),
                };
                out.send(DriverEndpoint, kill);
            }
        }
    }

    pub(super) fn on_kill_task_attempt(&mut self, kill: KillTaskAttempt, out: &mut Outbox) {
        let KillTaskAttempt { task_id, interrupt_thread, reason } = kill;
        match self.attempts.get(task_id).filter(|attempt| attempt.phase == Phase::Running) {
            Some(attempt) => {
                tracing::info!("Killing task {task_id}: {reason}");
                let executor_id = attempt.info.executor_id;
                out.send(DriverEndpoint, KillTask { task_id, executor_id, interrupt_thread, reason });
            }
            None => tracing::warn!("Could not kill task {task_id} because no task with that ID was found."),
        }
    }
}
