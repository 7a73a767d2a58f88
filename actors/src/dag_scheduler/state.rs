//! A running job, and questions about the tables.

use std::sync::Arc;

use super::DagSchedulerCore;
use crate::{
    JobId, StageId,
    lineage::{BinaryError, StageBinary},
    message::Properties,
    partition_set::PartitionSet,
};

/// A job that has not ended.
#[derive(Debug)]
pub(super) struct ActiveJob {
    pub(super) job_id: JobId,
    pub(super) final_stage: StageId,
    pub(super) partitions: Vec<u32>,
    /// By position in `partitions`.
    pub(super) finished: PartitionSet,
    pub(super) binary: Result<StageBinary, BinaryError>,
    pub(super) call_site: Arc<str>,
    pub(super) properties: Properties,
}

impl DagSchedulerCore {
    /// The active job on whose behalf a stage is submitted: the one with the smallest id
    /// (`spark-semantics` 1.5).
    pub(super) fn active_job_for_stage(&self, stage: StageId) -> Option<JobId> {
        self.stages.get(&stage)?.job_ids.iter().find(|job| self.jobs.contains_key(job)).copied()
    }

    /// Whether `stage` cannot run without `target`: parents whose outputs are there are not looked behind.
    pub(super) fn stage_depends_on(&self, stage: StageId, target: StageId) -> bool {
        let mut visited = std::collections::BTreeSet::new();
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
            Some(super::stage::StageKind::ShuffleMap { shuffle_id, .. }) => {
                self.map_outputs.is_available(*shuffle_id)
            }
            _ => false,
        }
    }
}
