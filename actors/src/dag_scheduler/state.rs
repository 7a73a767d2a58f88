//! A running job, and questions about the tables.

use std::{collections::BTreeSet, sync::Arc};

use super::{DagSchedulerCore, stage::StageKind};
use crate::{
    JobId, RddId, ShuffleId, StageId,
    lineage::{BinaryError, Lineage, StageBinary},
    message::{JobSubmitted, MapStageSubmitted, Properties},
    partition_set::PartitionSet,
};

/// What a job is for.
#[derive(Clone, Debug)]
pub(super) enum Goal {
    /// The answer of an action.
    Result(Action),
    /// The outputs of a shuffle.
    MapStage(ShuffleId),
}

/// An action on an RDD.
#[derive(Clone, Debug)]
pub(super) struct Action {
    pub(super) rdd: RddId,
    pub(super) partitions: Vec<u32>,
    /// By position in `partitions`.
    pub(super) finished: PartitionSet,
    pub(super) binary: Result<StageBinary, BinaryError>,
}

/// A job as it comes, before it has stages.
#[derive(Clone, Debug)]
pub(super) struct NewJob {
    pub(super) job_id: JobId,
    pub(super) lineage: Arc<Lineage>,
    pub(super) goal: Goal,
    pub(super) call_site: Arc<str>,
    pub(super) properties: Properties,
}

/// A job that has stages and has not ended.
#[derive(Clone, Debug)]
pub(super) struct ActiveJob {
    pub(super) job_id: JobId,
    pub(super) final_stage: StageId,
    pub(super) goal: Goal,
    pub(super) call_site: Arc<str>,
    pub(super) properties: Properties,
}

impl From<JobSubmitted> for NewJob {
    fn from(job: JobSubmitted) -> Self {
        let JobSubmitted { job_id, final_rdd, lineage, partitions, binary, call_site, properties } = job;
        let finished = PartitionSet::new(partitions.len());
        let goal = Goal::Result(Action { rdd: final_rdd, partitions, finished, binary });
        NewJob { job_id, lineage, goal, call_site, properties }
    }
}

impl From<MapStageSubmitted> for NewJob {
    fn from(job: MapStageSubmitted) -> Self {
        let MapStageSubmitted { job_id, shuffle_id, lineage, call_site, properties } = job;
        NewJob { job_id, lineage, goal: Goal::MapStage(shuffle_id), call_site, properties }
    }
}

impl ActiveJob {
    /// The action, if the job is one.
    pub(super) fn action(&self) -> Option<&Action> {
        match &self.goal {
            Goal::Result(action) => Some(action),
            Goal::MapStage(_) => None,
        }
    }
}

impl DagSchedulerCore {
    /// The active job on whose behalf a stage is submitted: the one with the smallest id
    /// (`spark-semantics` 1.5).
    pub(super) fn active_job_for_stage(&self, stage: StageId) -> Option<JobId> {
        self.stages.get(&stage)?.job_ids.iter().find(|job| self.jobs.contains_key(job)).copied()
    }

    /// Whether `stage` cannot run without `target`: parents whose outputs are there are not looked behind.
    pub(super) fn stage_depends_on(&self, stage: StageId, target: StageId) -> bool {
        let mut visited = BTreeSet::new();
        let mut waiting = vec![stage];
        while let Some(id) = waiting.pop() {
            if id == target {
                return true;
            }
            let Some(stage) = self.stages.get(&id).filter(|_| visited.insert(id)) else { continue };
            waiting.extend(stage.parents.iter().filter(|parent| !self.is_available(**parent)));
        }
        false
    }

    /// Whether a map stage's outputs are all there.
    pub(super) fn is_available(&self, stage: StageId) -> bool {
        match self.stages.get(&stage).map(|stage| &stage.kind) {
            Some(StageKind::ShuffleMap { shuffle_id, .. }) => self.map_outputs.is_available(*shuffle_id),
            _ => false,
        }
    }

    /// Whether a stage is on its way already: it waits for parents, runs, or failed and will be submitted again.
    pub(super) fn is_under_way(&self, stage: StageId) -> bool {
        self.waiting.contains(&stage) || self.running.contains(&stage) || self.failed.contains_key(&stage)
    }
}
