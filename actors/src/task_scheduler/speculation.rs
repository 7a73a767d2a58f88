//! Looking for slow tasks, while a set may have some (`spark-semantics` section 16).

use super::TaskSchedulerCore;
use crate::{
    Time,
    core::Outbox,
    message::{
        CheckSpeculatableTasks, DagScheduler, DriverEndpoint, ReviveOffers, SpeculativeTaskSubmitted,
        TaskScheduler,
    },
};

impl TaskSchedulerCore {
    /// Keeps one timer while a set may have slow tasks.
    pub(super) fn watch_speculation(&mut self, out: &mut Outbox) {
        if !self.checks_speculation && !self.speculating.is_empty() {
            self.checks_speculation = true;
            out.send_after(self.config.speculation.interval, TaskScheduler, CheckSpeculatableTasks {});
        }
    }

    pub(super) fn on_check_speculatable_tasks(&mut self, now: Time, out: &mut Outbox) {
        self.checks_speculation = false;
        let mut has_found = false;
        for id in &self.speculating {
            let Some(set) = self.task_sets.get_mut(id) else { continue };
            let found = set.check_speculatable_tasks(
                now,
                &self.config.speculation,
                self.config.decommission.kill_interval,
                &self.attempts,
                &mut self.executors,
            );
            for index in &found {
                let partition_id = set.tasks.partition_id(*index);
                tracing::info!("Marking task {index} in stage {}.{} as speculatable", id.0, id.1);
                let (stage_id, stage_attempt_id, index) = (id.0, id.1, *index);
                out.send(
                    DagScheduler,
                    SpeculativeTaskSubmitted { stage_id, stage_attempt_id, index, partition_id },
                );
            }
            if !found.is_empty() {
                has_found = true;
                self.changed.push(*id);
            }
        }
        if has_found {
            out.send(DriverEndpoint, ReviveOffers {});
        }
    }
}
