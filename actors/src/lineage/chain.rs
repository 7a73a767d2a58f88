//! What one stage computes: the RDDs that are reached over narrow dependencies alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Dependency, Lineage, PreferredLocations};
use crate::{RddId, ShuffleId, resources::ResourceProfile};

/// What a stage is, as its RDDs say it together. Found once per stage, so that what a stage does not have costs
/// nothing later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chain {
    /// The shuffles at its near border, in the order in which they are met (`spark-semantics` 1.1).
    pub(crate) shuffles: Vec<ShuffleId>,
    /// Whether its tasks are to run all at once.
    pub(crate) is_barrier: bool,
    /// Whether partitions of one of its RDDs may be cached.
    pub(crate) has_cached: bool,
    /// Whether one of its RDDs knows where its partitions are, or failed to tell.
    pub(crate) has_locations: bool,
    /// Whether one of its RDDs only reads a shuffle, so that its partitions may prefer the hosts of their input.
    pub(crate) reads_shuffle: bool,
    /// The profiles that its RDDs ask for, each once.
    pub(crate) profiles: Vec<Arc<ResourceProfile>>,
}

impl Lineage {
    /// Walks the RDDs of the stage that computes `rdd`. Iterative, so a deep lineage is no matter.
    pub(crate) fn chain(&self, rdd: RddId) -> Chain {
        let mut chain = Chain::default();
        let mut shuffles = BTreeSet::new();
        let mut visited = BTreeSet::from([rdd]);
        let mut waiting = vec![rdd];
        while let Some(info) = waiting.pop().and_then(|id| self.rdds.get(&id)) {
            chain.is_barrier |= info.is_barrier;
            chain.has_cached |= info.is_cached;
            chain.has_locations |= info.preferred_locations != PreferredLocations::Anywhere;
            if let Some(profile) = &info.resource_profile
                && chain.profiles.iter().all(|known| known.id != profile.id)
            {
                chain.profiles.push(profile.clone());
            }
            chain.reads_shuffle |= matches!(info.dependencies[..], [Dependency::Shuffle { .. }]);
            for dependency in &info.dependencies {
                match dependency {
                    Dependency::Shuffle { shuffle, .. } => {
                        if shuffles.insert(*shuffle) {
                            chain.shuffles.push(*shuffle);
                        }
                    }
                    narrow => {
                        if visited.insert(narrow.rdd()) {
                            waiting.push(narrow.rdd());
                        }
                    }
                }
            }
        }
        chain
    }

    /// Whether the stage that computes `rdd` can run as a barrier: all of its RDDs have as many partitions as it has
    /// tasks, and none has two barrier parents (SPARK-24820, SPARK-24821).
    pub(crate) fn allows_barrier(&self, rdd: RddId, num_tasks: u32) -> bool {
        let mut known = BTreeMap::new();
        let mut visited = BTreeSet::from([rdd]);
        let mut waiting = vec![rdd];
        while let Some(info) = waiting.pop().and_then(|id| self.rdds.get(&id)) {
            let parents = info.dependencies.iter().map(Dependency::rdd);
            let barriers = parents.filter(|parent| self.is_barrier(*parent, &mut known)).count();
            if info.num_partitions != num_tasks || barriers > 1 {
                return false;
            }
            let narrow = info.dependencies.iter().filter(|dependency| dependency.is_narrow());
            waiting.extend(narrow.map(Dependency::rdd).filter(|parent| visited.insert(*parent)));
        }
        true
    }

    /// Whether an RDD, or one that it is made from within its stage, is a barrier's.
    fn is_barrier(&self, rdd: RddId, known: &mut BTreeMap<RddId, bool>) -> bool {
        let mut steps = vec![(rdd, false)];
        while let Some((id, parents_known)) = steps.pop() {
            let Some(info) = self.rdds.get(&id) else { continue };
            let narrow = info.dependencies.iter().filter(|dependency| dependency.is_narrow());
            let mut parents = narrow.map(Dependency::rdd);
            if parents_known {
                let any = parents.any(|parent| known.get(&parent).copied().unwrap_or_default());
                known.insert(id, info.is_barrier || any);
            } else if let std::collections::btree_map::Entry::Vacant(entry) = known.entry(id) {
                // Entered now, so that a circle ends.
                entry.insert(info.is_barrier);
                steps.push((id, true));
                steps.extend(parents.map(|parent| (parent, false)));
            }
        }
        known.get(&rdd).copied().unwrap_or_default()
    }
}
