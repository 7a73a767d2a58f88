//! Which map outputs active jobs need, and who holds some (`spark.dynamicAllocation.shuffleTracking.enabled`).

use std::collections::{BTreeMap, BTreeSet};

use crate::{ExecutorId, JobId, ShuffleId, StageId, message::JobStart};

/// The shuffles of active jobs, and the executors with outputs of any shuffle.
#[derive(Clone, Debug, Default)]
pub(super) struct Shuffles {
    jobs: BTreeMap<JobId, Vec<(StageId, ShuffleId)>>,
    /// The shuffle that a map stage makes, and how many active jobs name the stage.
    stages: BTreeMap<StageId, (ShuffleId, u32)>,
    /// How many active jobs need a shuffle.
    active: BTreeMap<ShuffleId, u32>,
    /// Who has outputs, of shuffles that no active job needs as well: a later job may.
    holders: BTreeMap<ShuffleId, BTreeSet<ExecutorId>>,
}

impl Shuffles {
    /// A job starts; the shuffles that no other active job needs.
    pub(super) fn add_job(&mut self, start: &JobStart) -> Vec<ShuffleId> {
        let map_stages = start.stages.iter().filter_map(|stage| Some((stage.stage_id, stage.shuffle_id?)));
        let map_stages: Vec<_> = map_stages.collect();
        let mut activated = Vec::new();
        for (stage_id, shuffle_id) in &map_stages {
            self.stages.entry(*stage_id).or_insert((*shuffle_id, 0)).1 += 1;
            let jobs = self.active.entry(*shuffle_id).or_insert(0);
            *jobs += 1;
            if *jobs == 1 {
                activated.push(*shuffle_id);
            }
        }
        if !map_stages.is_empty() {
            self.jobs.insert(start.job_id, map_stages);
        }
        activated
    }

    /// A job ends; the shuffles that no active job needs any more.
    pub(super) fn remove_job(&mut self, job_id: JobId) -> Vec<ShuffleId> {
        let mut deactivated = Vec::new();
        for (stage_id, shuffle_id) in self.jobs.remove(&job_id).unwrap_or_default() {
            if let Some((_, jobs)) = self.stages.get_mut(&stage_id) {
                *jobs -= 1;
                if *jobs == 0 {
                    self.stages.remove(&stage_id);
                }
            }
            if let Some(jobs) = self.active.get_mut(&shuffle_id) {
                *jobs -= 1;
                if *jobs == 0 {
                    self.active.remove(&shuffle_id);
                    deactivated.push(shuffle_id);
                }
            }
        }
        deactivated
    }

    /// The shuffle that a map stage of an active job makes.
    pub(super) fn of_stage(&self, stage_id: StageId) -> Option<ShuffleId> {
        self.stages.get(&stage_id).map(|(shuffle_id, _)| *shuffle_id)
    }

    pub(super) fn is_active(&self, shuffle_id: ShuffleId) -> bool {
        self.active.contains_key(&shuffle_id)
    }

    pub(super) fn add_holder(&mut self, shuffle_id: ShuffleId, executor_id: ExecutorId) {
        self.holders.entry(shuffle_id).or_default().insert(executor_id);
    }

    pub(super) fn remove_holder(&mut self, shuffle_id: ShuffleId, executor_id: ExecutorId) {
        if let Some(holders) = self.holders.get_mut(&shuffle_id) {
            holders.remove(&executor_id);
            if holders.is_empty() {
                self.holders.remove(&shuffle_id);
            }
        }
    }

    /// The executors with outputs of a shuffle.
    pub(super) fn holders(&self, shuffle_id: ShuffleId) -> Vec<ExecutorId> {
        self.holders.get(&shuffle_id).into_iter().flatten().copied().collect()
    }

    /// Whether no job is active that reads shuffles.
    pub(super) fn has_no_job(&self) -> bool {
        self.jobs.is_empty() && self.stages.is_empty() && self.active.is_empty()
    }
}
