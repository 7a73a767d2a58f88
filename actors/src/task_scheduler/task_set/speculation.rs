//! Which running tasks of a set are to have a copy (`spark-semantics` section 16).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{Place, TaskSetManager, median::Median, pending::Pending, tasks::Tasks};
use crate::{
    TaskId, Time,
    config::Speculation,
    message::{TaskLocality, TaskMetrics},
    task_scheduler::{
        attempts::{Attempt, AttemptTable},
        executors::Executors,
        hosts::Hosts,
    },
};

/// What a set with speculation knows of its tasks' speed, and the copies that wait or run.
#[derive(Clone, Debug)]
pub(in crate::task_scheduler) struct SpeculationState {
    /// Of the attempts of this set that succeeded, in nanoseconds.
    durations: Median,
    /// So many must have succeeded before others are slow.
    min_finished: usize,
    /// The set fits one executor, so the duration threshold applies.
    fits_one_executor: bool,
    pending: Pending,
    /// Running tasks that wait for a copy.
    candidates: BTreeMap<u32, Candidate>,
    /// Hosts on which attempts of a task ended without success.
    failed_on: BTreeMap<u32, Vec<Arc<str>>>,
    /// Tasks with more than one attempt running, and these.
    copies: BTreeMap<u32, Vec<TaskId>>,
    records_read: u64,
    run_time: u64,
}

/// A running task that waits for a copy.
#[derive(Clone, Debug)]
struct Candidate {
    original: TaskId,
    /// Where attempts of it were: the copy goes elsewhere.
    hosts: Vec<Arc<str>>,
}

impl SpeculationState {
    /// For a set of so many tasks; `None` if it never has copies.
    pub(super) fn new(
        settings: &Speculation,
        tasks: u32,
        slots_of_executor: u32,
        is_plain: bool,
    ) -> Option<Self> {
        let has_threshold = settings.task_duration_threshold.is_some();
        if !settings.enabled || (tasks <= 1 && !has_threshold) {
            return None;
        }
        Some(SpeculationState {
            durations: Median::default(),
            min_finished: ((settings.quantile * f64::from(tasks)).floor() as usize).max(1),
            fits_one_executor: has_threshold && tasks <= slots_of_executor,
            pending: Pending::new(is_plain),
            candidates: BTreeMap::new(),
            failed_on: BTreeMap::new(),
            copies: BTreeMap::new(),
            records_read: 0,
            run_time: 0,
        })
    }

    /// Whether copies wait.
    pub(super) fn has_waiting(&self) -> bool {
        !self.candidates.is_empty()
    }

    /// Whether a check could find slow tasks.
    pub(super) fn is_due(&self) -> bool {
        self.durations.len() >= self.min_finished || self.fits_one_executor
    }

    /// An attempt succeeded; its task needs no copy any more.
    pub(super) fn succeeded(&mut self, duration: Duration, attempt: &Attempt, metrics: &TaskMetrics) {
        self.durations.insert(duration.as_nanos() as u64);
        self.records_read += metrics.records_read + metrics.shuffle_records_read;
        self.run_time += metrics.executor_run_time;
        self.done(attempt.info.index);
    }

    /// A task is done, here or elsewhere.
    pub(super) fn done(&mut self, index: u32) {
        self.candidates.remove(&index);
        self.failed_on.remove(&index);
    }

    /// An attempt failed.
    pub(super) fn failed(&mut self, attempt: &Attempt) {
        let index = attempt.info.index;
        let hosts = self.failed_on.entry(index).or_default();
        if !hosts.contains(&attempt.host) {
            hosts.push(attempt.host.clone());
        }
        // The copy was for this attempt; the task itself waits now.
        if self.candidates.get(&index).is_some_and(|candidate| candidate.original == attempt.info.task_id) {
            self.candidates.remove(&index);
        }
    }

    /// The attempts of a task that run beside the one that ended.
    pub(super) fn ended(&mut self, index: u32, task_id: TaskId) -> Vec<TaskId> {
        let Some(copies) = self.copies.get_mut(&index) else { return Vec::new() };
        copies.retain(|copy| *copy != task_id);
        let others = copies.clone();
        if others.len() < 2 {
            self.copies.remove(&index);
        }
        others
    }

    /// Takes a copy for a place.
    pub(super) fn take(
        &mut self,
        place: &Place,
        allowed: TaskLocality,
        skips: impl Fn(u32) -> bool,
        tasks: &Tasks,
    ) -> Option<(u32, TaskLocality)> {
        if self.candidates.is_empty() {
            return None;
        }
        let candidates = &self.candidates;
        let has_run_there = |index: u32| {
            candidates.get(&index).is_some_and(|candidate| candidate.hosts.contains(&place.host_name))
        };
        let starts = |index| candidates.contains_key(&index) && tasks.copies(index) == 1;
        let skips = |index| skips(index) || has_run_there(index);
        let (index, locality) = self.pending.take(place, allowed, skips, starts)?;
        if let Some(candidate) = self.candidates.remove(&index) {
            self.copies.insert(index, vec![candidate.original]);
        }
        Some((index, locality))
    }

    /// A copy that was taken runs.
    pub(super) fn launched(&mut self, index: u32, task_id: TaskId) {
        self.copies.entry(index).or_default().push(task_id);
    }

    /// Records that successful tasks read in a second; no limit until something is known.
    fn average_rate(&self) -> f64 {
        if self.records_read == 0 || self.run_time == 0 {
            return f64::MAX;
        }
        rate(self.records_read, self.run_time)
    }
}

/// Records in a second.
pub(in crate::task_scheduler) fn rate(records: u64, nanos: u64) -> f64 {
    if nanos == 0 { 0.0 } else { records as f64 / (nanos as f64 / 1e9) }
}

/// Beyond which time a task is slow, in nanoseconds.
struct Threshold {
    nanos: f64,
    /// It is `spark.speculation.task.duration.threshold`, which asks for nothing else.
    is_configured: bool,
}

impl TaskSetManager {
    /// Marks the running tasks that are slow; they come with their indices, by rising attempt. Costs the running
    /// tasks of the set.
    pub(in crate::task_scheduler) fn check_speculatable_tasks(
        &mut self,
        now: Time,
        settings: &Speculation,
        kill_interval: Option<Duration>,
        attempts: &AttemptTable,
        executors: &mut Executors,
    ) -> Vec<u32> {
        let Some(threshold) = self.speculation_threshold(settings) else { return Vec::new() };
        let Some(state) = &self.speculation else { return Vec::new() };
        let running = self.running.iter().filter_map(|id| attempts.get(*id));
        let mut slow: Vec<&Attempt> = running
            .filter(|attempt| {
                let index = attempt.info.index;
                // Alone, so each task is found at most once.
                !self.tasks.is_successful(index)
                    && self.tasks.copies(index) == 1
                    && !state.candidates.contains_key(&index)
                    && (self.is_slow(now, attempt, &threshold, state, settings)
                        || outlives_decommission(attempt, state.durations.get(), kill_interval, executors))
            })
            .collect();
        // The running ones are in no order that means anything.
        slow.sort_unstable_by_key(|attempt| attempt.info.task_id);
        for attempt in &slow {
            self.add_candidate(attempt, &mut executors.hosts);
        }
        slow.iter().map(|attempt| attempt.info.index).collect()
    }

    fn speculation_threshold(&self, settings: &Speculation) -> Option<Threshold> {
        let state = self.speculation.as_ref().filter(|_| !self.zombie)?;
        let least = settings.min_task_runtime.as_nanos() as f64;
        if state.durations.len() >= state.min_finished {
            let median = state.durations.get()?;
            let nanos = (settings.multiplier * median as f64).max(least);
            return Some(Threshold { nanos, is_configured: false });
        }
        let configured = settings.task_duration_threshold.filter(|_| state.fits_one_executor)?;
        let nanos = (configured.as_nanos() as f64).max(least);
        Some(Threshold { nanos, is_configured: true })
    }

    fn is_slow(
        &self,
        now: Time,
        attempt: &Attempt,
        threshold: &Threshold,
        state: &SpeculationState,
        settings: &Speculation,
    ) -> bool {
        let runtime = now.since(attempt.info.launch_time).as_nanos() as f64;
        if runtime <= threshold.nanos {
            return false;
        }
        let is_long = || self.tasks.len() <= 1 || runtime > settings.long_run_factor * threshold.nanos;
        let is_inefficient =
            || attempt.process_rate < settings.process_rate_multiplier * state.average_rate();
        threshold.is_configured || !settings.efficiency_enabled || is_long() || is_inefficient()
    }

    fn add_candidate(&mut self, attempt: &Attempt, hosts_by_name: &mut Hosts) {
        let Some(state) = &mut self.speculation else { return };
        let index = attempt.info.index;
        let mut hosts = state.failed_on.get(&index).cloned().unwrap_or_default();
        hosts.push(attempt.host.clone());
        state.candidates.insert(index, Candidate { original: attempt.info.task_id, hosts });
        let locations = self.tasks.spec(index).map_or(&[][..], |spec| &spec.locations);
        state.pending.push(index, locations, hosts_by_name);
    }
}

/// Whether a task, if it takes as long as others did, ends after its executor, which is about to leave.
fn outlives_decommission(
    attempt: &Attempt,
    median: Option<u64>,
    kill_interval: Option<Duration>,
    executors: &Executors,
) -> bool {
    let (Some(interval), Some(median)) = (kill_interval, median) else { return false };
    let Some(state) = executors.decommission_state(attempt.info.executor_id) else { return false };
    state.since + interval < attempt.info.launch_time + Duration::from_nanos(median)
}
