//! Task sets that come, tasks that were done elsewhere, and starvation.

use super::{TaskSchedulerCore, TaskSetId, health::TaskSetExcludelist, task_set::TaskSetManager};
use crate::{
    StageId, Time,
    core::Outbox,
    message::{
        CheckStarvation, DriverEndpoint, NotifyPartitionCompletion, ReviveOffers, SubmitTasks, TaskScheduler,
    },
};

impl TaskSchedulerCore {
    pub(super) fn on_submit_tasks(&mut self, now: Time, submit: SubmitTasks, out: &mut Outbox) {
        let task_set = submit.task_set;
        let id = (task_set.stage.stage_id, task_set.stage.stage_attempt_id);
        if self.task_sets.contains_key(&id) {
            tracing::error!("more than one active taskSet for stage {}: {}.{}", id.0, id.0, id.1);
            return;
        }
        tracing::info!("Adding task set {}.{} with {} tasks", id.0, id.1, task_set.tasks.len());
        // One live set per stage: older ones only finish what they have (`spark-messages` 2).
        for older in self.sets_of_stage(id.0) {
            if let Some(set) = self.task_sets.get_mut(&older) {
                set.zombie = true;
                self.changed.push(older);
            }
        }
        let exclusion = self.may_exclude().then(|| TaskSetExcludelist::new(&self.config, id.0, id.1));
        let pool = self.pools.add_set(&task_set.stage);
        tracing::debug!("Added task set {}.{} to pool {pool}", id.0, id.1);
        let set = TaskSetManager::new(now, &self.config, task_set, &mut self.executors, exclusion);
        self.task_sets.insert(id, Box::new(set));
        self.changed.push(id);
        if !self.config.is_local && !self.has_launched_task && !self.watches_starvation {
            self.watches_starvation = true;
            out.send_after(self.config.starvation_timeout, TaskScheduler, CheckStarvation {});
        }
        out.send(DriverEndpoint, ReviveOffers {});
    }

    pub(super) fn on_notify_partition_completion(
        &mut self,
        now: Time,
        done: &NotifyPartitionCompletion,
        out: &mut Outbox,
    ) {
        for id in self.sets_of_stage(done.stage_id) {
            if let Some(set) = self.task_sets.get_mut(&id).filter(|set| !set.zombie)
                && let Some(index) = set.tasks.index_of(done.output_id)
            {
                set.complete(index);
                self.changed.push(id);
                self.revive_if_farther(now, id, out);
            }
        }
    }

    pub(super) fn on_check_starvation(&mut self, out: &mut Outbox) {
        // If nothing waits, the next set starts the watch again.
        if self.has_launched_task || self.task_sets.is_empty() {
            self.watches_starvation = false;
            return;
        }
        tracing::warn!(
            "Initial job has not accepted any resources; check your cluster UI to ensure that workers are registered \
             and have sufficient resources"
        );
        out.send_after(self.config.starvation_timeout, TaskScheduler, CheckStarvation {});
    }

    pub(super) fn sets_of_stage(&self, stage: StageId) -> Vec<TaskSetId> {
        self.task_sets.range((stage, 0)..=(stage, u32::MAX)).map(|(id, _)| *id).collect()
    }
}
