//! Creating the stages of a job (`spark-semantics` section 1).

use std::collections::BTreeSet;

use super::{
    DagSchedulerCore,
    plan::PlannedStage,
    stage::{Stage, StageKind},
    state::{Goal, NewJob},
};
use crate::{JobId, ShuffleId, StageId, lineage::Lineage, partition_set::PartitionSet};

impl DagSchedulerCore {
    /// Creates the planned stages, in their order: parents first, so that a parent's id is the smaller one. The
    /// job's final stage, which may have been there before if it is a map stage.
    pub(super) fn create_stages(&mut self, job: &NewJob, plan: Vec<PlannedStage>) -> Option<StageId> {
        let mut last = None;
        for planned in plan {
            last = Some(self.create_stage(job, planned));
        }
        let final_stage = match &job.goal {
            Goal::Result(_) => last?,
            Goal::MapStage(shuffle) => *self.shuffle_id_to_map_stage.get(shuffle)?,
        };
        self.add_job_to_stage_and_ancestors(job.job_id, final_stage);
        Some(final_stage)
    }

    fn create_stage(&mut self, job: &NewJob, planned: PlannedStage) -> StageId {
        let PlannedStage { shuffle, rdd, num_partitions, chain, profile, is_indeterminate } = planned;
        let id = StageId(self.next_stage_id);
        self.next_stage_id += 1;
        let reads_located_shuffle =
            chain.reads_shuffle && self.prefers_map_hosts(&job.lineage, &chain.shuffles);
        let stage = Stage {
            id,
            kind: match shuffle {
                Some(shuffle_id) => StageKind::ShuffleMap { shuffle_id, pending: PartitionSet::default() },
                None => StageKind::Result { job_id: job.job_id },
            },
            rdd,
            lineage: job.lineage.clone(),
            num_partitions,
            name: match shuffle {
                Some(_) => job.lineage.rdds.get(&rdd).map(|rdd| rdd.call_site.clone()).unwrap_or_default(),
                None => job.call_site.clone(),
            },
            children: BTreeSet::new(),
            parents: self.adopt(id, &chain.shuffles),
            job_ids: BTreeSet::new(),
            first_job_id: job.job_id,
            next_attempt_id: 0,
            latest: None,
            failed_attempt_ids: BTreeSet::new(),
            next_cause: None,
            first_valid_attempt: 0,
            is_barrier: chain.is_barrier,
            is_indeterminate,
            has_cached: chain.has_cached,
            has_locality: chain.has_cached || chain.has_locations || reads_located_shuffle,
            profile,
        };
        self.stages.insert(id, stage);
        if let Some(shuffle) = shuffle {
            self.shuffle_id_to_map_stage.insert(shuffle, id);
            self.map_outputs.register_shuffle(shuffle, num_partitions as usize);
        }
        id
    }

    /// Makes a new stage the child of the stages that make these shuffles; their ids.
    fn adopt(&mut self, child: StageId, shuffles: &[ShuffleId]) -> Vec<StageId> {
        let parents =
            shuffles.iter().filter_map(|shuffle| self.shuffle_id_to_map_stage.get(shuffle).copied());
        let mut parents: Vec<StageId> = parents.collect();
        parents.sort_unstable();
        for parent in &parents {
            if let Some(parent) = self.stages.get_mut(parent) {
                parent.children.insert(child);
            }
        }
        parents
    }

    fn add_job_to_stage_and_ancestors(&mut self, job_id: JobId, stage: StageId) {
        let of_job = self.job_id_to_stage_ids.entry(job_id).or_default();
        let mut waiting = vec![stage];
        while let Some(id) = waiting.pop() {
            let Some(stage) = self.stages.get_mut(&id) else { continue };
            if stage.job_ids.insert(job_id) {
                of_job.insert(id);
                waiting.extend(&stage.parents);
            }
        }
    }

    /// Whether readers of one of these shuffles may prefer hosts: beyond these sizes Spark does not look, and in
    /// local mode there is one host.
    fn prefers_map_hosts(&self, lineage: &Lineage, shuffles: &[ShuffleId]) -> bool {
        self.config.shuffle.reduce_locality_enabled
            && !self.config.is_local
            && shuffles.iter().any(|shuffle| super::locations::is_small(lineage, *shuffle))
    }
}
