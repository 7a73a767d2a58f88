//! Executors that have nothing to do.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::shuffles::Shuffles;
use crate::{Config, ExecutorId, JobId, ShuffleId, StageId, Time, message::JobStart};

/// What executors do, and from when on each may go.
#[derive(Clone, Debug)]
pub(super) struct ExecutorMonitor {
    idle_timeout: Duration,
    /// For executors with map outputs that no active job needs; `None`: they stay.
    shuffle_timeout: Option<Duration>,
    /// Whether executors are told to go by decommissioning, which is never taken back.
    decommissions: bool,
    /// Whether executors with map outputs are kept: nobody else has them.
    tracks_shuffles: bool,
    executors: BTreeMap<ExecutorId, Executor>,
    shuffles: Shuffles,
    /// The executors that may go from a moment on, by that moment.
    deadlines: BTreeSet<(Time, ExecutorId)>,
    /// How many were told to go and are still there.
    leaving: u32,
}

#[derive(Clone, Debug, Default)]
struct Executor {
    running: u32,
    /// Since when nothing runs.
    idle_since: Option<Time>,
    /// The shuffles of which it has outputs.
    shuffles: BTreeSet<ShuffleId>,
    /// How many of these an active job needs.
    active_shuffles: u32,
    /// Whether it was told to go.
    is_leaving: bool,
    /// Its entry among the deadlines.
    deadline: Option<Time>,
}

impl ExecutorMonitor {
    pub(super) fn new(config: &Config) -> Self {
        let allocation = &config.allocation;
        let idle_timeout = allocation.executor_idle_timeout;
        ExecutorMonitor {
            idle_timeout,
            // The longer of both (SPARK-43398).
            shuffle_timeout: allocation.shuffle_tracking_timeout.map(|timeout| timeout.max(idle_timeout)),
            decommissions: config.decommission.enabled,
            tracks_shuffles: allocation.shuffle_tracking_enabled && !config.shuffle.service_enabled,
            executors: BTreeMap::new(),
            shuffles: Shuffles::default(),
            deadlines: BTreeSet::new(),
            leaving: 0,
        }
    }

    /// How many executors there are.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.executors.len()).unwrap_or(u32::MAX)
    }

    /// How many were not told to go.
    pub(super) fn staying(&self) -> u32 {
        self.count().saturating_sub(self.leaving)
    }

    /// From when on the first executor may go.
    pub(super) fn next_deadline(&self) -> Option<Time> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Whether no job is active whose outputs are watched.
    pub(super) fn has_no_job(&self) -> bool {
        self.shuffles.has_no_job()
    }

    /// At most so many executors that may go, those that have been idle for longest first; they count as told to go.
    pub(super) fn take_timed_out(&mut self, now: Time, at_most: u32) -> Vec<ExecutorId> {
        let timed_out = self.deadlines.iter().take_while(|(deadline, _)| *deadline <= now);
        let executor_ids: Vec<_> = timed_out.take(at_most as usize).map(|(_, id)| *id).collect();
        for executor_id in &executor_ids {
            self.change(*executor_id, |executor| executor.is_leaving = true);
        }
        executor_ids
    }

    pub(super) fn executor_added(&mut self, now: Time, executor_id: ExecutorId) {
        let executor = self.executors.entry(executor_id).or_default();
        if executor.running == 0 {
            executor.idle_since = Some(now);
        }
        self.change(executor_id, |_| {});
    }

    pub(super) fn executor_removed(&mut self, executor_id: ExecutorId) {
        let Some(executor) = self.executors.remove(&executor_id) else { return };
        self.leaving -= u32::from(executor.is_leaving);
        if let Some(deadline) = executor.deadline {
            self.deadlines.remove(&(deadline, executor_id));
        }
        for shuffle_id in executor.shuffles {
            self.shuffles.remove_holder(shuffle_id, executor_id);
        }
    }

    /// One that was to be killed if it is idle, and gets a task, was busy when it heard of it: it stays. One that was
    /// decommissioned leaves after that task.
    pub(super) fn task_started(&mut self, executor_id: ExecutorId) {
        let decommissions = self.decommissions;
        self.change(executor_id, |executor| {
            executor.running += 1;
            executor.idle_since = None;
            executor.is_leaving &= decommissions;
        });
    }

    /// A task ended; if it succeeded its stage is given, as its output may now be there.
    pub(super) fn task_ended(&mut self, now: Time, executor_id: ExecutorId, succeeded: Option<StageId>) {
        if let Some(shuffle_id) = succeeded.and_then(|stage_id| self.shuffles.of_stage(stage_id)) {
            self.add_output(executor_id, shuffle_id);
        }
        self.change(executor_id, |executor| {
            executor.running = executor.running.saturating_sub(1);
            if executor.running == 0 {
                executor.idle_since = Some(now);
            }
        });
    }

    pub(super) fn job_started(&mut self, start: &JobStart) {
        if !self.tracks_shuffles {
            return;
        }
        for shuffle_id in self.shuffles.add_job(start) {
            for executor_id in self.shuffles.holders(shuffle_id) {
                self.change(executor_id, |executor| executor.active_shuffles += 1);
            }
        }
    }

    pub(super) fn job_ended(&mut self, job_id: JobId) {
        for shuffle_id in self.shuffles.remove_job(job_id) {
            for executor_id in self.shuffles.holders(shuffle_id) {
                self.change(executor_id, |executor| executor.active_shuffles -= 1);
            }
        }
    }

    /// The outputs of a shuffle are gone.
    pub(super) fn shuffle_removed(&mut self, shuffle_id: ShuffleId) {
        let was_active = self.shuffles.is_active(shuffle_id);
        for executor_id in self.shuffles.holders(shuffle_id) {
            self.shuffles.remove_holder(shuffle_id, executor_id);
            self.change(executor_id, |executor| {
                executor.shuffles.remove(&shuffle_id);
                executor.active_shuffles -= u32::from(was_active);
            });
        }
    }

    fn add_output(&mut self, executor_id: ExecutorId, shuffle_id: ShuffleId) {
        let Some(executor) = self.executors.get_mut(&executor_id) else { return };
        if executor.shuffles.insert(shuffle_id) {
            executor.active_shuffles += u32::from(self.shuffles.is_active(shuffle_id));
            self.shuffles.add_holder(shuffle_id, executor_id);
        }
    }

    /// Changes an executor, and brings its deadline and the count of those that leave up to date. One that is not there
    /// is gone: its last tasks end after it (SPARK-26927).
    fn change(&mut self, executor_id: ExecutorId, change: impl FnOnce(&mut Executor)) {
        let Some(executor) = self.executors.get_mut(&executor_id) else { return };
        let was_leaving = executor.is_leaving;
        change(executor);
        self.leaving = self.leaving + u32::from(executor.is_leaving) - u32::from(was_leaving);
        let timeout =
            if executor.shuffles.is_empty() { Some(self.idle_timeout) } else { self.shuffle_timeout };
        let may_go = !executor.is_leaving && executor.active_shuffles == 0;
        let deadline =
            executor.idle_since.filter(|_| may_go).zip(timeout).map(|(since, timeout)| since + timeout);
        if deadline == executor.deadline {
            return;
        }
        if let Some(old) = std::mem::replace(&mut executor.deadline, deadline) {
            self.deadlines.remove(&(old, executor_id));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, executor_id));
        }
    }
}
