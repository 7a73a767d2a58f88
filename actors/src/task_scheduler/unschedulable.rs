//! Task sets that no executor may run, because tasks failed on each (`spark-semantics` section 11).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    TaskSchedulerCore, TaskSetId, executors::Executors, health::HealthTracker, pool::Cursor,
    task_set::TaskSetManager,
};
use crate::{
    ExecutorId, Time,
    core::Outbox,
    message::{
        AbortUnschedulableTaskSet, DagScheduler, DriverEndpoint, ExpireExclusions, ReviveOffers,
        TaskScheduler, UnschedulableTaskSetAdded, UnschedulableTaskSetRemoved,
    },
};

/// The sets that wait for an executor that they may use, each with one timer.
#[derive(Clone, Debug, Default)]
pub(super) struct Unschedulable {
    /// Also those that wait no more, until their timers fire.
    sets: BTreeMap<TaskSetId, Wait>,
    /// Sets for which an executor was ended since they launched something.
    ended_for: BTreeSet<TaskSetId>,
    last_serial: u64,
}

#[derive(Clone, Debug)]
struct Wait {
    /// Names its timer.
    serial: u64,
    /// When the set is given up; `None` if it waits no more.
    until: Option<Time>,
    /// The task that nobody may run.
    index: u32,
    /// Dynamic allocation was told.
    is_announced: bool,
}

impl Unschedulable {
    /// A set is over.
    pub(super) fn remove(&mut self, id: TaskSetId, out: &mut Outbox) {
        self.ended_for.remove(&id);
        if let Some(mut wait) = self.sets.remove(&id) {
            wait.end(id, out);
        }
    }

    /// A set has launched something: none is given up as long as that goes on.
    pub(super) fn launched(&mut self, id: TaskSetId, out: &mut Outbox) {
        self.ended_for.remove(&id);
        for (id, wait) in &mut self.sets {
            wait.end(*id, out);
        }
    }

    /// Whether a set waits.
    pub(super) fn waits(&self, id: TaskSetId) -> bool {
        self.sets.get(&id).is_some_and(|wait| wait.until.is_some())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.ended_for.is_empty()
    }
}

impl Wait {
    fn end(&mut self, id: TaskSetId, out: &mut Outbox) {
        self.until = None;
        if std::mem::take(&mut self.is_announced) {
            let (stage_id, stage_attempt_id) = id;
            out.send(DagScheduler, UnschedulableTaskSetRemoved { stage_id, stage_attempt_id });
        }
    }
}

impl TaskSchedulerCore {
    /// Nothing of a set was launched. If that is because no executor may run it: an idle one makes room for
    /// another, or dynamic allocation brings one, or the set is given up. The executor that is ended for it, which is
    /// to get no task any more.
    ///
    /// In Spark the launch of any other set lets the next executor be ended. Where all replacements are as bad, that
    /// never ends, and takes the outputs of the other sets along each time. Here a set has one executor ended until it
    /// launches something itself.
    pub(super) fn check_unschedulable(
        &mut self,
        now: Time,
        id: TaskSetId,
        out: &mut Outbox,
    ) -> Option<ExecutorId> {
        let health = self.health.as_ref();
        let set = self.task_sets.get_mut(&id)?;
        let index = completely_excluded_task(set, health, &self.executors)?;
        let waits = self.unschedulable.waits(id);
        let idle = self.executors.present().find(|(_, executor, _)| executor.running.is_empty());
        match idle.map(|(executor_id, ..)| executor_id) {
            Some(_) if waits => {}
            Some(executor_id) => {
                let is_ended = !self.unschedulable.ended_for.contains(&id)
                    && health.is_some_and(|health| health.kill_excluded_idle_executor(executor_id, out));
                self.await_executor(now, id, index, false, out);
                if is_ended {
                    self.unschedulable.ended_for.insert(id);
                    return Some(executor_id);
                }
            }
            None if !self.config.has_dynamic_allocation() => self.abort_excluded(id, index, out),
            None if waits => {}
            None => {
                let (stage_id, stage_attempt_id) = id;
                out.send(DagScheduler, UnschedulableTaskSetAdded { stage_id, stage_attempt_id });
                self.await_executor(now, id, index, true, out);
            }
        }
        None
    }

    /// The sets that nobody may be allowed to run, of those that a cursor has still to come by: all if the application
    /// excludes somebody; else of all those whose tasks have failed. A barrier set is looked at only if it has enough
    /// slots.
    pub(super) fn perhaps_unschedulable(&self, mut cursor: Cursor) -> Vec<TaskSetId> {
        let mut sets: Vec<_> = if self.health.as_ref().is_some_and(HealthTracker::excludes_any) {
            std::iter::from_fn(|| self.pools.next(&mut cursor)).collect()
        } else {
            self.excluding.iter().copied().collect()
        };
        sets.retain(|id| {
            #[cfg(test)]
            crate::testkit::visit();
            let set = self.task_sets.get(id);
            set.is_some_and(|set| set.is_schedulable() && !set.stage.is_barrier)
        });
        sets
    }

    /// Executors have left, or are excluded: it may be that nobody may run a set any more, and that no offer follows at
    /// which that would be seen. Such sets are looked at when Spark's next round of offers would have come.
    pub(super) fn watch_excluded(&mut self, now: Time, out: &mut Outbox) {
        for id in self.perhaps_unschedulable(Cursor::default()) {
            let Some(set) = self.task_sets.get_mut(&id) else { continue };
            if completely_excluded_task(set, self.health.as_ref(), &self.executors).is_some() {
                self.delayed.watch_excluded(now, id, out);
            }
        }
    }

    /// A set may begin to wait again and again, while others launch their tasks: its timer is set once, and when it fires
    /// once more for the rest.
    fn await_executor(&mut self, now: Time, id: TaskSetId, index: u32, is_announced: bool, out: &mut Outbox) {
        let timeout = self.config.exclusion.unschedulable_task_set_timeout;
        tracing::info!("Waiting for {timeout:?} for an executor that may run task set {}.{}", id.0, id.1);
        let Unschedulable { sets, last_serial, .. } = &mut self.unschedulable;
        let wait = sets.entry(id).or_insert_with(|| {
            *last_serial += 1;
            let serial = *last_serial;
            let (stage_id, stage_attempt_id) = id;
            let abort = AbortUnschedulableTaskSet { stage_id, stage_attempt_id, serial };
            out.send_after(timeout, TaskScheduler, abort);
            Wait { serial, until: None, index, is_announced }
        });
        *wait = Wait { until: Some(now + timeout), index, is_announced, ..*wait };
    }

    pub(super) fn on_abort_unschedulable(
        &mut self,
        now: Time,
        abort: AbortUnschedulableTaskSet,
        out: &mut Outbox,
    ) {
        let id = (abort.stage_id, abort.stage_attempt_id);
        let wait = self.unschedulable.sets.get(&id).filter(|wait| wait.serial == abort.serial);
        let Some(Wait { until, index, .. }) = wait else { return };
        match *until {
            None => {
                self.unschedulable.sets.remove(&id);
            }
            Some(until) if now < until => out.send_after(until.since(now), TaskScheduler, abort),
            Some(_) => self.abort_excluded(id, *index, out),
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
    /// or do not come at all, because executors of excluded nodes are refused. For these a node's exclusion must end
    /// also if nothing waits: an executor that comes later registers once, and no offer would lift anything before.
    pub(super) fn watch_exclusions(&mut self, now: Time, out: &mut Outbox) {
        if self.health.as_mut().is_some_and(HealthTracker::take_news) {
            self.watch_excluded(now, out);
        }
        let Some(end) = self.health.as_ref().and_then(HealthTracker::next_expiry) else { return };
        if self.expires_at.is_some_and(|expires_at| expires_at <= end) {
            return;
        }
        if self.health.as_ref().is_some_and(HealthTracker::excludes_nodes) || self.pools.first().is_some() {
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
