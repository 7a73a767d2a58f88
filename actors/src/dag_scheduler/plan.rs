//! Which stages a job needs that do not exist yet, and whether they can be (`spark-semantics` sections 1 and 18).
//!
//! All is checked before the first stage is created, so a job that is refused leaves nothing behind.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    DagSchedulerCore,
    state::{Goal, NewJob},
};
use crate::{
    Config, RddId, ShuffleId,
    lineage::{Chain, Lineage},
    resources::ResourceProfile,
};

/// A stage that is to be created.
#[derive(Debug)]
pub(super) struct PlannedStage {
    /// The shuffle whose outputs it makes; `None` for a result stage.
    pub(super) shuffle: Option<ShuffleId>,
    pub(super) rdd: RddId,
    pub(super) num_partitions: u32,
    pub(super) chain: Chain,
    pub(super) profile: Option<Arc<ResourceProfile>>,
    pub(super) is_indeterminate: bool,
}

const BARRIER_CHAIN: &str = "[SPARK-24820][SPARK-24821]: Barrier execution mode does not allow the following \
    pattern of RDD chain within a barrier stage:\n1. Ancestor RDDs that have different number of partitions from the \
    resulting RDD (e.g. union()/coalesce()/first()/take()/PartitionPruningRDD). A workaround for first()/take() can be \
    to collect the barrier's result and look at its beginning.\n2. An RDD that depends on multiple barrier RDDs (e.g. \
    barrierRdd1.zip(barrierRdd2)).\nA shuffle between ends the barrier stage.";
const BARRIER_ALLOCATION: &str = "[SPARK-24942]: Barrier execution mode does not support dynamic resource \
    allocation for now. You can disable dynamic resource allocation by setting Spark conf \
    \"spark.dynamicAllocation.enabled\" to \"false\".";
const PROFILES: &str = "Multiple ResourceProfiles specified in the RDDs for this stage, either resolve the \
    conflicting ResourceProfiles yourself or enable spark.scheduler.resource.profileMergeConflicts, which takes the \
    larger amount of each resource";

impl DagSchedulerCore {
    /// The stages to create for a job, parents before children. Depth first without recursion: lineages may be deep.
    pub(super) fn plan(&mut self, job: &NewJob) -> Result<Vec<PlannedStage>, String> {
        let lineage = &job.lineage;
        let target = match &job.goal {
            Goal::Result(action) => Some(action.rdd),
            Goal::MapStage(shuffle) => lineage.shuffles.get(shuffle).map(|info| info.rdd),
        };
        let indeterminate = target.map(|rdd| lineage.indeterminate_rdds(rdd)).unwrap_or_default();
        let mut steps = Vec::new();
        match &job.goal {
            Goal::Result(action) => {
                let stage = self.planned_stage(lineage, None, action.rdd, &indeterminate)?;
                check_barrier(&self.config, lineage, &stage, || {
                    action.partitions.iter().collect::<BTreeSet<_>>().len() as u32
                })?;
                push(&mut steps, stage);
            }
            Goal::MapStage(shuffle) => steps.push(Step::Visit(*shuffle)),
        }
        let mut seen = BTreeSet::new();
        let mut planned = Vec::new();
        while let Some(step) = steps.pop() {
            match step {
                Step::Visit(shuffle) => {
                    let Some(info) = lineage.shuffles.get(&shuffle) else { continue };
                    if self.shuffle_id_to_map_stage.contains_key(&shuffle) || !seen.insert(shuffle) {
                        continue;
                    }
                    let stage = self.planned_stage(lineage, Some(shuffle), info.rdd, &indeterminate)?;
                    check_barrier(&self.config, lineage, &stage, || stage.num_partitions)?;
                    push(&mut steps, stage);
                }
                Step::Create(stage) => planned.push(stage),
            }
        }
        Ok(planned)
    }

    fn planned_stage(
        &mut self,
        lineage: &Lineage,
        shuffle: Option<ShuffleId>,
        rdd: RddId,
        indeterminate: &BTreeSet<RddId>,
    ) -> Result<PlannedStage, String> {
        let chain = lineage.chain(rdd);
        let profile = match &chain.profiles[..] {
            [] => None,
            [profile] => Some(profile.clone()),
            profiles if self.config.profile_merge_conflicts => self.profiles.merge(profiles),
            _ => return Err(PROFILES.to_owned()),
        };
        let num_partitions = lineage.rdds.get(&rdd).map_or(0, |info| info.num_partitions);
        let is_indeterminate = indeterminate.contains(&rdd);
        Ok(PlannedStage { shuffle, rdd, num_partitions, chain, profile, is_indeterminate })
    }
}

enum Step {
    Visit(ShuffleId),
    Create(PlannedStage),
}

/// A stage is created after those that it reads, which are looked at in the order in which it names them.
fn push(steps: &mut Vec<Step>, stage: PlannedStage) {
    let shuffles = stage.chain.shuffles.clone();
    steps.push(Step::Create(stage));
    steps.extend(shuffles.into_iter().rev().map(Step::Visit));
}

/// A barrier stage's executors are there before it starts, and its RDDs are one chain of as many partitions as tasks.
fn check_barrier(
    config: &Config,
    lineage: &Lineage,
    stage: &PlannedStage,
    num_tasks: impl FnOnce() -> u32,
) -> Result<(), String> {
    if !stage.chain.is_barrier {
        Ok(())
    } else if config.has_dynamic_allocation() {
        Err(BARRIER_ALLOCATION.to_owned())
    } else if !lineage.allows_barrier(stage.rdd, num_tasks()) {
        Err(BARRIER_CHAIN.to_owned())
    } else {
        Ok(())
    }
}
