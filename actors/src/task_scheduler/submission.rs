//! Task sets that come, are cancelled, or starve.

use super::{TaskSchedulerCore, TaskSetId, task_set::TaskSetManager};
use crate::{
    StageId,
    core::Outbox,
    message::{
        CheckStarvation, DriverEndpoint, KillAllTaskAttempts, KillTask, KillTaskAttempt,
        NotifyPartitionCompletion, ReviveOffers, SubmitTasks, TaskScheduler,
    },
};

impl TaskSchedulerCore {
    pub(super) fn on_submit_tasks(&mut self, submit: SubmitTasks, out: &mut Outbox) {
        let task_set = submit.task_set;
        let id = (task_set.stage.stage_id, task_set.stage.stage_attempt_id);
        tracing::info!("Adding task set {}.{} with {} tasks", id.0, id.1, task_set.tasks.len());
        // One live set per stage: older ones only finish what they have (`spark-messages` 2).
        for older in self.sets_of_stage(id.0) {
            if let Some(set) = self.task_sets.get_mut(&older) {
                set.zombie = true;
            }
            self.settle(older);
        }
        self.task_sets.insert(id, TaskSetManager::new(task_set));
        self.settle(id);
        if !self.config.is_local && !self.watches_starvation {
            self.watches_starvation = true;
            out.send_after(self.config.starvation_timeout, TaskScheduler, CheckStarvation {});
        }
        out.send(DriverEndpoint, ReviveOffers {});
    }

    pub(super) fn on_kill_all_task_attempts(&mut self, kill: &KillAllTaskAttempts, out: &mut Outbox) {
        for id in self.sets_of_stage(kill.stage_id) {
            let Some(set) = self.task_sets.get_mut(&id) else { continue };
            tracing::info!("Cancelling stage {}.{}: {}", id.0, id.1, kill.reason);
            set.zombie = true;
            for (task_id, attempt) in set.attempts.iter().filter(|(_, attempt)| !attempt.getting_result) {
                out.send(
                    DriverEndpoint,
                    KillTask {
                        task_id: *task_id,
                        executor_id: attempt.info.executor_id,
                        interrupt_thread: kill.interrupt_thread,
                        reason: format!("Stage cancelled: {}", kill.reason),
                    },
                );
            }
            self.settle(id);
        }
    }

    pub(super) fn on_kill_task_attempt(&mut self, kill: KillTaskAttempt, out: &mut Outbox) {
        let KillTaskAttempt { task_id, interrupt_thread, reason } = kill;
        let set = self.task_id_to_set.get(&task_id).and_then(|id| self.task_sets.get(id));
        match set.and_then(|set| set.attempts.get(&task_id)) {
            Some(attempt) => {
                tracing::info!("Killing task {task_id}: {reason}");
                let executor_id = attempt.info.executor_id;
                out.send(DriverEndpoint, KillTask { task_id, executor_id, interrupt_thread, reason });
            }
            None => tracing::warn!("Could not kill task {task_id} because no task with that ID was found."),
        }
    }

    pub(super) fn on_notify_partition_completion(&mut self, done: &NotifyPartitionCompletion) {
        for id in self.sets_of_stage(done.stage_id) {
            if let Some(set) = self.task_sets.get_mut(&id).filter(|set| !set.zombie)
                && let Some(index) = set.index_of(done.output_id)
            {
                set.succeed(index);
            }
            self.settle(id);
        }
    }

    pub(super) fn on_check_starvation(&mut self, out: &mut Outbox) {
        if self.has_launched_task {
            self.watches_starvation = false;
        } else if self.task_sets.is_empty() {
            // Nothing waits; the next set starts the watch again.
            self.watches_starvation = false;
        } else {
            tracing::warn!(
                "Initial job has not accepted any resources; check your cluster UI to ensure that workers are \
                 registered and have sufficient resources"
            );
            out.send_after(self.config.starvation_timeout, TaskScheduler, CheckStarvation {});
        }
    }

    fn sets_of_stage(&self, stage: StageId) -> Vec<TaskSetId> {
        self.task_sets.range((stage, 0)..=(stage, u32::MAX)).map(|(id, _)| *id).collect()
    }
}
