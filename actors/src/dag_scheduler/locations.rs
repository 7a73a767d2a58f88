//! Where tasks like to run (`spark-semantics` 2.5): where their partition is cached, where their RDD says, where most
//! of their shuffle input is, or where their first narrow parent likes to.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{DagSchedulerCore, stage::Stage};
use crate::{
    ExecutorId, RddId, ShuffleId,
    lineage::{Dependency, Lineage, PreferredLocations, RddInfo, TaskLocation},
};

/// From this many map or reduce tasks on Spark does not look where a reducer's input is.
const MAX_SHUFFLE_TASKS: u32 = 1_000;
/// A host with this share of a reducer's input is preferred.
const PREFERRED_SHARE: f64 = 0.2;

/// The executors of one shuffle's outputs, found once per stage attempt.
#[derive(Debug)]
struct Holders {
    executors: Vec<ExecutorId>,
    /// By map partition: the place in `executors`.
    of_map: Vec<Option<usize>>,
}

type KnownHolders = BTreeMap<ShuffleId, Holders>;

/// Whether a shuffle has few enough tasks for a look at where a reducer's input is.
pub(super) fn is_small(lineage: &Lineage, shuffle: ShuffleId) -> bool {
    lineage.shuffles.get(&shuffle).is_some_and(|info| {
        let maps = lineage.rdds.get(&info.rdd).map_or(0, |rdd| rdd.num_partitions);
        maps < MAX_SHUFFLE_TASKS && info.num_reduces < MAX_SHUFFLE_TASKS
    })
}

impl DagSchedulerCore {
    /// The preferred locations of these partitions, in their order; `None` if no task of the stage prefers any.
    pub(super) fn task_locations(
        &self,
        stage: &Stage,
        partitions: impl Iterator<Item = u32>,
    ) -> Result<Option<Vec<Vec<TaskLocation>>>, Arc<str>> {
        if !stage.has_locality {
            return Ok(None);
        }
        let mut holders = KnownHolders::new();
        let locations = partitions
            .map(|partition| self.preferred_locations(&stage.lineage, stage.rdd, partition, &mut holders));
        locations.collect::<Result<_, _>>().map(Some)
    }

    /// The first place that is found depth first over narrow parents. Each partition of an RDD is looked at once:
    /// a lineage may lead to it in very many ways (SPARK-695).
    fn preferred_locations(
        &self,
        lineage: &Lineage,
        rdd: RddId,
        partition: u32,
        holders: &mut KnownHolders,
    ) -> Result<Vec<TaskLocation>, Arc<str>> {
        let mut visited = BTreeSet::new();
        let mut steps = vec![(rdd, partition)];
        while let Some((rdd, partition)) = steps.pop() {
            let Some(info) = lineage.rdds.get(&rdd).filter(|_| visited.insert((rdd, partition))) else {
                continue;
            };
            let found = self.locations_of(lineage, info, partition, holders)?;
            if !found.is_empty() {
                return Ok(found);
            }
            let begin = steps.len();
            for dependency in &info.dependencies {
                let parents = dependency.parents_of(partition);
                steps.extend(parents.map(|partition| (dependency.rdd(), partition)));
            }
            // The first is looked at first.
            if let Some(new) = steps.get_mut(begin..) {
                new.reverse();
            }
        }
        Ok(Vec::new())
    }

    /// What is known of one partition of one RDD, without its narrow parents.
    fn locations_of(
        &self,
        lineage: &Lineage,
        info: &RddInfo,
        partition: u32,
        holders: &mut KnownHolders,
    ) -> Result<Vec<TaskLocation>, Arc<str>> {
        if info.is_cached {
            let cached = self.cached.holders(info.id, partition).iter();
            let cached = cached.filter_map(|executor| {
                let host = self.hosts.get(executor)?.clone();
                Some(TaskLocation::Executor { host, executor_id: *executor })
            });
            let cached: Vec<TaskLocation> = cached.collect();
            if !cached.is_empty() {
                return Ok(cached);
            }
        }
        match &info.preferred_locations {
            PreferredLocations::Failed(reason) => return Err(reason.clone()),
            PreferredLocations::Known(known) => {
                if let Some(known) = known.get(partition as usize).filter(|known| !known.is_empty()) {
                    return Ok(known.clone());
                }
            }
            PreferredLocations::Anywhere => {}
        }
        match info.dependencies[..] {
            [Dependency::Shuffle { shuffle, .. }] => {
                Ok(self.hosts_of_input(lineage, shuffle, partition, holders))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The hosts with at least a fifth of a reducer's input, each once (SPARK-44109).
    fn hosts_of_input(
        &self,
        lineage: &Lineage,
        shuffle: ShuffleId,
        reduce: u32,
        known: &mut KnownHolders,
    ) -> Vec<TaskLocation> {
        if !self.config.shuffle.reduce_locality_enabled || !is_small(lineage, shuffle) {
            return Vec::new();
        }
        let holders = known.entry(shuffle).or_insert_with(|| self.holders_of(shuffle));
        let mut bytes = vec![0u64; holders.executors.len()];
        for (status, holder) in self.map_outputs.outputs(shuffle).iter().zip(&holders.of_map) {
            if let (Some(status), Some(sum)) = (status, holder.and_then(|holder| bytes.get_mut(holder))) {
                *sum = sum.saturating_add(status.size_of(reduce as usize));
            }
        }
        let total: u64 = bytes.iter().sum();
        let is_preferred = |bytes: u64| bytes > 0 && bytes as f64 / total as f64 >= PREFERRED_SHARE;
        let mut hosts: Vec<TaskLocation> = Vec::new();
        for (executor, _) in holders.executors.iter().zip(bytes).filter(|(_, bytes)| is_preferred(*bytes)) {
            if let Some(host) = self.hosts.get(executor)
                && hosts.iter().all(|known| known.host() != &**host)
            {
                hosts.push(TaskLocation::Host(host.clone()));
            }
        }
        hosts
    }

    fn holders_of(&self, shuffle: ShuffleId) -> Holders {
        let mut places = BTreeMap::new();
        let mut executors = Vec::new();
        let of_map = self.map_outputs.outputs(shuffle).iter().map(|status| {
            let executor = status.as_ref()?.executor_id;
            Some(*places.entry(executor).or_insert_with(|| {
                executors.push(executor);
                executors.len() - 1
            }))
        });
        let of_map = of_map.collect();
        Holders { executors, of_map }
    }
}
