//! Choosing tasks for offered cores (`spark-semantics` section 8).

use super::TaskSchedulerCore;
use crate::{
    TaskId, Time,
    core::Outbox,
    message::{
        BeginEvent, DagScheduler, DriverEndpoint, ExecutorAdded, LaunchTasks, ResourceOffers,
        TaskDescription, WorkerOffer,
    },
};

impl TaskSchedulerCore {
    /// Answers every round, also one for which there is nothing to launch: its cores are on lease.
    pub(super) fn on_resource_offers(&mut self, now: Time, offers: ResourceOffers, out: &mut Outbox) {
        let ResourceOffers { round, mut offers, .. } = offers;
        for offer in &offers {
            if self.executors.insert(offer.executor_id) {
                out.send(
                    DagScheduler,
                    ExecutorAdded { executor_id: offer.executor_id, host: offer.host.clone() },
                );
            }
        }
        let mut tasks = Vec::new();
        while let Some((_, stage, attempt)) = self.schedulable.first().copied() {
            let launched = self.fill_offers(now, (stage, attempt), &mut offers, &mut tasks, out);
            self.settle((stage, attempt));
            // The first in the queue goes first; the next gets what that could not use.
            if !launched || offers.iter().all(|offer| offer.cores < self.config.task_cpus) {
                break;
            }
        }
        self.has_launched_task |= !tasks.is_empty();
        offers.retain(|offer| offer.cores > 0);
        out.send(DriverEndpoint, LaunchTasks { round, tasks, returned: offers });
    }

    /// Gives a set's tasks to the offers, one each per pass so that they spread, until a pass launches
    /// nothing. Whether the set has had all that it could use.
    fn fill_offers(
        &mut self,
        now: Time,
        id: super::TaskSetId,
        offers: &mut [WorkerOffer],
        tasks: &mut Vec<TaskDescription>,
        out: &mut Outbox,
    ) -> bool {
        let cpus = self.config.task_cpus;
        let Some(set) = self.task_sets.get_mut(&id) else { return false };
        loop {
            let mut launched = false;
            for offer in offers.iter_mut().filter(|offer| offer.cores >= cpus) {
                let task_id = TaskId(self.next_task_id);
                let Some((task, info)) = set.launch(now, task_id, offer.executor_id, cpus) else {
                    return true;
                };
                self.next_task_id += 1;
                self.task_id_to_set.insert(task_id, id);
                offer.cores -= cpus;
                launched = true;
                tasks.push(task);
                out.send(
                    DagScheduler,
                    BeginEvent { stage_id: id.0, stage_attempt_id: id.1, task_info: info },
                );
            }
            if !launched {
                return true;
            }
        }
    }
}
