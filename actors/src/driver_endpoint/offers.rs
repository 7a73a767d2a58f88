//! Rounds of offers, and launching what they bring.

use super::{DriverEndpointCore, executor_data::ExecutorData, share::Share};
use crate::{
    ExecutorId, OfferRound, Time,
    core::Outbox,
    message::{
        AbortTaskSet, ExecutorBackend, LaunchTask, LaunchTasks, ResourceOffers, TaskDescription,
        TaskScheduler, WorkerOffer,
    },
};

impl DriverEndpointCore {
    /// Offers all free cores, or remembers to.
    pub(super) fn on_revive_offers(&mut self, out: &mut Outbox) {
        if self.round_is_open {
            self.revive_wanted = true;
        } else {
            self.offer_all(out);
        }
    }

    /// An executor has new free cores: offers them, alone, or remembers to.
    pub(super) fn offer_executor(&mut self, executor_id: ExecutorId, out: &mut Outbox) {
        if self.round_is_open {
            self.note_free(executor_id);
            if self.offerable.contains(&executor_id) {
                self.offer_wanted.insert(executor_id);
            }
        } else {
            let offers = self.lease(executor_id).into_iter().collect();
            self.open_round(offers, false, out);
        }
    }

    /// Keeps the set of executors that may be offered in step with one of them.
    pub(super) fn note_free(&mut self, executor_id: ExecutorId) {
        if self.executors.get(&executor_id).is_some_and(ExecutorData::is_offerable) {
            self.offerable.insert(executor_id);
        } else {
            self.offerable.remove(&executor_id);
            self.offer_wanted.remove(&executor_id);
        }
    }

    fn offer_all(&mut self, out: &mut Outbox) {
        self.offer_wanted.clear();
        let mut offers = Vec::with_capacity(self.offerable.len());
        while let Some(executor_id) = self.offerable.pop_first() {
            offers.extend(self.lease(executor_id));
        }
        self.open_round(offers, true, out);
    }

    /// Takes an executor's free cores for an offer.
    fn lease(&mut self, executor_id: ExecutorId) -> Option<WorkerOffer> {
        #[cfg(test)]
        crate::testkit::visit();
        self.offerable.remove(&executor_id);
        let data = self.executors.get_mut(&executor_id).filter(|data| data.is_offerable())?;
        let Share { cores, resources } = data.lease();
        Some(WorkerOffer {
            executor_id,
            host: data.host.clone(),
            cores,
            resources,
            profile_id: data.profile_id,
        })
    }

    fn open_round(&mut self, offers: Vec<WorkerOffer>, is_all_free_resources: bool, out: &mut Outbox) {
        if offers.is_empty() {
            return;
        }
        self.last_round = OfferRound(self.last_round.0 + 1);
        self.round_is_open = true;
        out.send(TaskScheduler, ResourceOffers { round: self.last_round, offers, is_all_free_resources });
    }

    pub(super) fn on_launch_tasks(&mut self, now: Time, launch: LaunchTasks, out: &mut Outbox) {
        let LaunchTasks { round, tasks, returned } = launch;
        if !self.round_is_open || round != self.last_round {
            tracing::warn!("Ignored LaunchTasks of round {round}: it is not open");
            return;
        }
        self.round_is_open = false;
        for task in tasks {
            self.launch(task, out);
        }
        for WorkerOffer { executor_id, cores, resources, .. } in returned {
            if let Some(data) = self.executors.get_mut(&executor_id) {
                data.give_back(&Share::new(cores, resources));
                self.note_free(executor_id);
            }
        }
        self.kill_what_stayed_idle(now, out);
        self.offer_what_came_meanwhile(out);
    }

    fn offer_what_came_meanwhile(&mut self, out: &mut Outbox) {
        if std::mem::take(&mut self.revive_wanted) {
            return self.offer_all(out);
        }
        let mut offers = Vec::new();
        while let Some(executor_id) = self.offer_wanted.pop_first() {
            offers.extend(self.lease(executor_id));
        }
        self.open_round(offers, false, out);
    }

    fn launch(&mut self, task: TaskDescription, out: &mut Outbox) {
        let executor_id = task.executor_id;
        let part = Share::new(task.cpus, task.resources.clone());
        // An executor that left meanwhile, or came back without a lease: the TaskScheduler learns of the loss
        // and runs the task elsewhere.
        let data = self.executors.get_mut(&executor_id);
        let Some(data) = data.filter(|data| data.leased.contains(&part)) else { return };
        let (size, limit) = (task.serialized_size(), self.config.rpc_message_max_size);
        if size >= limit {
            data.give_back(&part);
            self.note_free(executor_id);
            self.offer_wanted.extend(self.offerable.get(&executor_id));
            let reason = format!(
                "Serialized task {}:{} was {size} bytes, which exceeds max allowed: spark.rpc.message.maxSize \
                 ({limit} bytes). Consider increasing spark.rpc.message.maxSize or using broadcast variables for \
                 large values.",
                task.task_id, task.index
            );
            return out.send(TaskScheduler, AbortTaskSet { task_id: task.task_id, reason });
        }
        data.start(task.task_id, part);
        tracing::debug!(
            "Launching task {} on executor id: {executor_id} hostname: {}.",
            task.task_id,
            data.host
        );
        out.send(ExecutorBackend(executor_id), LaunchTask { task });
    }
}
