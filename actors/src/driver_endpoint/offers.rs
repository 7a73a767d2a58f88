//! Rounds of offers, and launching what they bring.

use super::DriverEndpointCore;
use crate::{
    OfferRound,
    core::Outbox,
    message::{
        AbortTaskSet, ExecutorBackend, LaunchTask, LaunchTasks, ResourceOffers, TaskDescription,
        TaskScheduler, WorkerOffer,
    },
};

impl DriverEndpointCore {
    /// Opens a round if none is open and there are cores to offer: all free ones after a ReviveOffers, else
    /// those of the executors that have new ones.
    pub(super) fn make_offers(&mut self, out: &mut Outbox) {
        if self.round_is_open {
            return;
        }
        let is_all_free_resources = std::mem::take(&mut self.revive_wanted);
        let wanted = std::mem::take(&mut self.offer_wanted);
        let mut offers = Vec::new();
        let mut lease = |executor_id, data: &mut super::ExecutorData| {
            if data.free > 0 {
                offers.push(WorkerOffer::new(executor_id, "", data.free));
                data.leased += std::mem::take(&mut data.free);
            }
        };
        if is_all_free_resources {
            self.executors.iter_mut().for_each(|(id, data)| lease(*id, data));
        } else {
            for id in wanted {
                if let Some(data) = self.executors.get_mut(&id) {
                    lease(id, data);
                }
            }
        }
        if offers.is_empty() {
            return;
        }
        self.last_round = OfferRound(self.last_round.0 + 1);
        self.round_is_open = true;
        out.send(TaskScheduler, ResourceOffers { round: self.last_round, offers, is_all_free_resources });
    }

    pub(super) fn on_launch_tasks(&mut self, launch: LaunchTasks, out: &mut Outbox) {
        let LaunchTasks { round, tasks, returned } = launch;
        if !self.round_is_open || round != self.last_round {
            tracing::warn!("Ignored LaunchTasks of round {round}: it is not open");
            return;
        }
        self.round_is_open = false;
        for WorkerOffer { executor_id, cores, .. } in returned {
            if let Some(data) = self.executors.get_mut(&executor_id) {
                data.leased = data.leased.saturating_sub(cores);
                data.settle();
            }
        }
        for task in tasks {
            self.launch(task, out);
        }
        if self.revive_wanted || !self.offer_wanted.is_empty() {
            self.make_offers(out);
        }
    }

    fn launch(&mut self, task: TaskDescription, out: &mut Outbox) {
        // An executor that left meanwhile, or came back without a lease: the TaskScheduler learns of the loss
        // and runs the task elsewhere.
        let data = self.executors.get_mut(&task.executor_id);
        let Some(data) = data.filter(|data| data.leased >= task.cpus) else { return };
        data.leased -= task.cpus;
        let (size, limit) = (task.serialized_size(), self.config.rpc_message_max_size);
        if size >= limit {
            data.settle();
            self.offer_wanted.insert(task.executor_id);
            let reason = format!(
                "Serialized task {}:{} was {size} bytes, which exceeds max allowed: spark.rpc.message.maxSize \
                 ({limit} bytes). Consider increasing spark.rpc.message.maxSize or using broadcast variables for \
                 large values.",
                task.task_id, task.index
            );
            return out.send(TaskScheduler, AbortTaskSet { task_id: task.task_id, reason });
        }
        data.used += task.cpus;
        tracing::debug!("Launching task {} on executor id: {}.", task.task_id, task.executor_id);
        out.send(ExecutorBackend(task.executor_id), LaunchTask { task });
    }
}
