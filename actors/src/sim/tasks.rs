//! Simulated tasks: they fetch what the model of truth holds, work for a while, and report.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    faults::Fault,
    plan::{Goal, Makes, Plan},
};
use crate::{
    ExecutorId, RddId, ShuffleId, StageId, TaskId,
    lineage::{Dependency, DeterministicLevel, Lineage, ShuffleInfo},
    message::{StageTask, TaskDescription, TaskEndReason, TaskKind},
};

/// How far a task has come.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Phase {
    /// It waits to be told where these shuffles' outputs are.
    Asking(BTreeSet<ShuffleId>),
    /// It waits for the others of its barrier.
    AtBarrier,
    /// It works, and will end so.
    Working(Outcome),
    /// It has asked whether it may commit.
    Committing,
    /// It was killed.
    Dying(Arc<str>),
}

/// How a run will end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Succeeds,
    Fails,
    /// An input could not be had.
    CannotFetch(Box<TaskEndReason>),
}

/// One attempt that runs.
#[derive(Clone, Debug)]
pub(crate) struct SimTask {
    pub(crate) description: TaskDescription,
    pub(crate) makes: Makes,
    /// How many runs this partition had before, in all attempts of its stage.
    pub(crate) run: u32,
    pub(crate) phase: Phase,
    /// Names the latest step that was planned; earlier ones no longer count.
    pub(super) step: u32,
    /// Whether it has passed its barrier.
    pub(super) met: bool,
    /// What it has read.
    pub(super) read: Read,
}

/// What a task read of shuffles whose outputs are others each time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Read {
    /// By shuffle, the stage attempts that made the outputs.
    pub(crate) versions: BTreeMap<ShuffleId, BTreeSet<(StageId, u32)>>,
    /// The attempts that did.
    pub(crate) tasks: BTreeSet<TaskId>,
}

/// What an attempt that succeeded made, and from what.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) makes: Makes,
    pub(crate) partition: u32,
    /// The stage attempt that it was of.
    pub(crate) attempt: (StageId, u32),
    /// The number of the event with which it had done so.
    pub(crate) seq: u64,
    pub(crate) read: Read,
}

/// All simulated tasks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks {
    pub(crate) running: BTreeMap<TaskId, SimTask>,
    /// What the attempts that truly succeeded made.
    pub(crate) succeeded: BTreeMap<TaskId, Made>,
    pub(super) runs: BTreeMap<(Makes, u32), u32>,
    /// The plan's faults of single runs.
    faults: BTreeMap<(Makes, u32, u32), Vec<Fault>>,
    /// Shuffles whose outputs are others each time they are made.
    pub(super) indeterminate: BTreeSet<ShuffleId>,
    /// Where partitions are cached.
    pub(super) cached: BTreeMap<(RddId, u32), BTreeSet<ExecutorId>>,
    /// Attempts whose results are lost before the driver fetches them.
    pub(super) lost: BTreeSet<TaskId>,
}

impl Tasks {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut faults: BTreeMap<_, Vec<Fault>> = BTreeMap::new();
        for fault in &plan.faults {
            if let Some(run) = fault.run() {
                faults.entry(run).or_default().push(fault.clone());
            }
        }
        let is_indeterminate = |(id, info): (&ShuffleId, &ShuffleInfo)| {
            (plan.lineage.determinism(info.rdd) == DeterministicLevel::Indeterminate).then_some(*id)
        };
        let indeterminate = plan.lineage.shuffles.iter().filter_map(is_indeterminate).collect();
        Tasks { faults, indeterminate, ..Tasks::default() }
    }

    /// How many attempts have run.
    pub(crate) fn launched(&self) -> u64 {
        self.runs.values().map(|runs| u64::from(*runs)).sum()
    }

    /// A task's process is gone.
    pub(super) fn vanish(&mut self, task: TaskId) {
        self.running.remove(&task);
    }

    pub(super) fn fault(&self, task: &SimTask, is: impl Fn(&Fault) -> bool) -> Option<&Fault> {
        let run = (task.makes, task.description.partition_id, task.run);
        self.faults.get(&run)?.iter().find(|fault| is(fault))
    }
}

/// What a stage's tasks make.
pub(crate) fn makes(stage: &StageTask) -> Makes {
    match stage.kind {
        TaskKind::ShuffleMap { shuffle_id } => Makes::Outputs(shuffle_id),
        TaskKind::Result => Makes::Result(stage.job_id),
    }
}

/// The RDD that a stage's tasks compute.
pub(crate) fn rdd_of(plan: &Plan, makes: Makes) -> Option<RddId> {
    match makes {
        Makes::Outputs(shuffle) => plan.lineage.shuffles.get(&shuffle).map(|info| info.rdd),
        Makes::Result(job) => match plan.job(job)?.goal {
            Goal::Result { rdd, .. } => Some(rdd),
            Goal::MapStage { .. } => None,
        },
    }
}

/// What a partition's task reads of shuffles: which, and which reduce partition. Iterative, each once; not behind
/// partitions that `is_cached` knows.
pub(crate) fn reads(
    lineage: &Lineage,
    rdd: RddId,
    partition: u32,
    is_cached: impl Fn(RddId, u32) -> bool,
) -> BTreeSet<(ShuffleId, u32)> {
    let mut found = BTreeSet::new();
    let mut visited = BTreeSet::from([(rdd, partition)]);
    let mut waiting = vec![(rdd, partition)];
    while let Some((rdd, partition)) = waiting.pop() {
        if is_cached(rdd, partition) {
            continue;
        }
        for dependency in lineage.rdds.get(&rdd).map_or(&[][..], |info| &info.dependencies) {
            if let Dependency::Shuffle { shuffle, .. } = dependency {
                found.insert((*shuffle, partition));
                continue;
            }
            let parents = dependency.parents_of(partition).map(|parent| (dependency.rdd(), parent));
            waiting.extend(parents.filter(|parent| visited.insert(*parent)));
        }
    }
    found
}

/// The partitions of cached RDDs that a task makes on its way.
pub(crate) fn caches(lineage: &Lineage, rdd: RddId, partition: u32) -> BTreeSet<(RddId, u32)> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![(rdd, partition)];
    while let Some((rdd, partition)) = waiting.pop() {
        let Some(info) = lineage.rdds.get(&rdd) else { continue };
        if info.is_cached && !found.insert((rdd, partition)) {
            continue;
        }
        for dependency in &info.dependencies {
            waiting.extend(dependency.parents_of(partition).map(|parent| (dependency.rdd(), parent)));
        }
    }
    found
}

/// The number of map tasks of a shuffle.
pub(crate) fn num_maps(lineage: &Lineage, shuffle: ShuffleId) -> u32 {
    let rdd = lineage.shuffles.get(&shuffle).map(|info| info.rdd);
    rdd.and_then(|rdd| lineage.rdds.get(&rdd)).map_or(0, |info| info.num_partitions)
}
