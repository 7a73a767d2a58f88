//! Questions about all executors, and what goes to all of them.

use super::{DriverEndpointCore, executor_data::ExecutorData};
use crate::{
    core::Outbox,
    message::{
        DagScheduler, ExecutorBackend, GetMaxConcurrentTasks, MaxConcurrentTasks, UpdateDelegationTokens,
    },
    resources::{ProfileId, ResourceProfile, allocator},
};

impl DriverEndpointCore {
    /// Busy executors count with all that they have: a barrier stage may wait for them (`spark-semantics` section
    /// 18).
    pub(super) fn on_get_max_concurrent_tasks(&self, get: &GetMaxConcurrentTasks, out: &mut Outbox) {
        let slots =
            get.profiles.iter().map(|profile| self.max_concurrent_tasks(profile.as_deref())).collect();
        out.send(DagScheduler, MaxConcurrentTasks { job_id: get.job_id, slots });
    }

    fn max_concurrent_tasks(&self, profile: Option<&ResourceProfile>) -> u32 {
        let cpus = profile.and_then(|profile| profile.task.cpus).unwrap_or(self.config.task_cpus).max(1);
        let amounts = profile.map_or(&self.config.task_resources, |profile| &profile.task.amounts);
        // A profile for tasks only runs on the executors of the default profile.
        let on = profile.filter(|profile| profile.executor.is_some());
        let on = on.map_or(ProfileId::DEFAULT, |profile| profile.id);
        let slots = |data: &ExecutorData| {
            (data.total.cores / cpus).min(allocator::slots(amounts, &data.total.resources))
        };
        self.executors
            .values()
            .filter(|data| data.is_active() && data.profile_id == on)
            .fold(0, |sum: u32, data| sum.saturating_add(slots(data)))
    }

    pub(super) fn on_update_delegation_tokens(&mut self, update: UpdateDelegationTokens, out: &mut Outbox) {
        for executor_id in self.executors.keys() {
            out.send(ExecutorBackend(*executor_id), update.clone());
        }
        self.delegation_tokens = Some(update.tokens);
    }
}
