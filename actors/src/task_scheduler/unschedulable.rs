//! Task sets that no executor may run, because tasks failed on each (`spark-semantics` section 11).

use std::collections::BTreeMap;

use super::{
    TaskSchedulerCore, TaskSetId, executors::Executors, health::HealthTracker, task_set::TaskSetManager,
};
use crate::{
    ExecutorId, Time,
    core::Outbox,
    message::{
        AbortUnschedulableTaskSet, DagScheduler, DriverEndpoint, ExpireExclusions, ReviveOffers,
        TaskScheduler, UnschedulableTaskSetAdded, UnschedulableTaskSetRemoved,
    },
};

/// The sets that wait for an executor that they may use, each with a timer.
#[derive(Clone, Debug, Default)]
pub(super) struct Unschedulable {
    sets: BTreeMap<TaskSetId, Wait>,
    last_serial: u64,
}

#[derive(Clone, Debug)]
struct Wait {
    /// Which timer counts.
    serial: u64,
    /// The task that nobody may run.
    index: u32,
    /// Dynamic allocation was told.
    is_announced: bool,
}

impl Unschedulable {
    /// A set waits no more.
    pub(super) fn remove(&mut self, id: TaskSetId, out: &mut Outbox) {
        if self.sets.remove(&id).is_some_and(|wait| wait.is_announced) {
            let (stage_id, stage_attempt_id) = id;
            out.send(DagScheduler, UnschedulableTaskSetRemoved { stage_id, stage_attempt_id });
        }
    }

    /// Something was launched: no set is given up as long as that goes on.
    pub(super) fn clear(&mut self, out: &mut Outbox) {
        while let Some(id) = self.sets.first_key_value().map(|(id, _)| *id) {
            self.remove(id, out);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }
}

impl TaskSchedulerCore {
    /// Nothing of a set was launched. If that is because no executor may run it: an idle one makes room for
    /// another, or dynamic allocation brings one, or the set is given up.
    pub(super) fn check_unschedulable(&mut self, id: TaskSetId, out: &mut Outbox) {
        let Some(set) = self.task_sets.get_mut(&id) else { return };
        let health = self.health.as_ref();
        let Some(index) = completely_excluded_task(set, health, &self.executors) else { return };
        let waits = self.unschedulable.sets.contains_key(&id);
        let idle = self.executors.present().find(|(_, executor, _)| executor.running.is_empty());
        match idle.map(|(executor_id, ..)| executor_id) {
            Some(_) if waits => {}
            Some(executor_id) => {
                if let Some(health) = health {
                    health.kill_excluded_idle_executor(executor_id, out);
                }
                self.await_executor(id, index, false, out);
            }
            None if !self.config.has_dynamic_allocation() => self.abort_excluded(id, index, out),
            None if waits => {}
            None => {
                let (stage_id, stage_attempt_id) = id;
                out.send(DagScheduler, UnschedulableTaskSetAdded { stage_id, stage_attempt_id });
                self.await_executor(id, index, true, out);
            }
        }
    }

    fn await_executor(&mut self, id: TaskSetId, index: u32, is_announced: bool, out: &mut Outbox) {
        self.unschedulable.last_serial += 1;
        let serial = self.unschedulable.last_serial;
        self.unschedulable.sets.insert(id, Wait { serial, index, is_announced });
        let timeout = self.config.exclusion.unschedulable_task_set_timeout;
        tracing::info!("Waiting for {timeout:?} for an executor that may run task set {}.{}", id.0, id.1);
        let (stage_id, stage_attempt_id) = id;
        out.send_after(
            timeout,
            TaskScheduler,
            AbortUnschedulableTaskSet { stage_id, stage_attempt_id, serial },
        );
    }

    pub(super) fn on_abort_unschedulable(&mut self, abort: &AbortUnschedulableTaskSet, out: &mut Outbox) {
        let id = (abort.stage_id, abort.stage_attempt_id);
        if let Some(wait) = self.unschedulable.sets.get(&id).filter(|wait| wait.serial == abort.serial) {
            self.abort_excluded(id, wait.index, out);
        }
    }

    fn abort_excluded(&mut self, id: TaskSetId, index: u32, out: &mut Outbox) {
        let Some(set) = self.task_sets.get(&id) else { return };
        let latest = set.exclusion.as_ref().map_or("", |list| list.latest_failure_reason());
        let reason = format!(
            "Aborting TaskSet {}.{} because task {index} (partition {})\ncannot run anywhere due to node and executor \
             excludeOnFailure.\nMost recent failure:\n{latest}\n\nExcludeOnFailure behavior can be configured via \
             spark.excludeOnFailure.*.",
            id.0,
            id.1,
            set.tasks.partition_id(index)
        );
        self.abort(id, reason, None, out);
    }

    /// If tasks wait while something is excluded, all cores are offered when that ends: until then offers are left out,
    /// or do not come at all, because executors of excluded nodes are refused.
    pub(super) fn watch_exclusions(&mut self, now: Time, out: &mut Outbox) {
        let Some(end) = self.health.as_ref().and_then(HealthTracker::next_expiry) else { return };
        if self.pools.first().is_none() {
            return;
        }
        if self.expires_at.is_none_or(|expires_at| end < expires_at) {
            self.expires_at = Some(end);
            // An exclusion lasts until after its end.
            let after = end.since(now) + std::time::Duration::from_nanos(1);
            out.send_after(after, TaskScheduler, ExpireExclusions {});
        }
    }

    pub(super) fn on_expire_exclusions(&mut self, now: Time, out: &mut Outbox) {
        if self.expires_at.is_none_or(|expires_at| now <= expires_at) {
            return;
        }
        self.expires_at = None;
        if let Some(health) = &mut self.health {
            health.apply_timeout(now, out);
        }
        if self.pools.first().is_some() {
            out.send(DriverEndpoint, ReviveOffers {});
        }
    }
}

/// The waiting task that was added last, if no executor may run it. That one is the most likely: a task that failed
/// was added after the others. Another one is found when it is the last.
fn completely_excluded_task(
    set: &mut TaskSetManager,
    health: Option<&HealthTracker>,
    executors: &Executors,
) -> Option<u32> {
    // Until an executor comes there is nothing to say.
    executors.present().next()?;
    set.exclusion.as_ref()?;
    let index = set.last_waiting()?;
    let list = set.exclusion.as_deref()?;
    let is_excluded = |host: &str, executor_id: ExecutorId| {
        health.is_some_and(|health| health.is_node_excluded(host) || health.is_executor_excluded(executor_id))
            || list.is_node_excluded_for_set(host)
            || list.is_node_excluded_for_task(host, index)
            || list.is_executor_excluded_for_set(executor_id)
            || list.is_executor_excluded_for_task(executor_id, index)
    };
    executors.present().all(|(executor_id, _, host)| is_excluded(host, executor_id)).then_some(index)
}
