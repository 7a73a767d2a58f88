//! Merging the profiles that meet in one stage (`spark-semantics` 1.7): of each resource the larger amount.

use std::{collections::BTreeMap, sync::Arc};

use super::{ExecutorRequests, ProfileId, ResourceProfile, TaskRequests};

impl ResourceProfile {
    /// A profile with the larger amount of each resource. It is for tasks only if both are. Its id is this one's: who
    /// keeps it gives it a name.
    #[must_use]
    pub fn merge(&self, other: &ResourceProfile) -> ResourceProfile {
        ResourceProfile {
            id: self.id,
            executor: match (&self.executor, &other.executor) {
                (Some(one), Some(two)) => Some(one.merge(two)),
                (one, two) => one.as_ref().or(two.as_ref()).cloned(),
            },
            task: self.task.merge(&other.task),
        }
    }

    /// Whether both ask for the same, under whatever id.
    pub fn asks_the_same(&self, other: &ResourceProfile) -> bool {
        self.executor == other.executor && self.task == other.task
    }
}

impl ExecutorRequests {
    fn merge(&self, other: &ExecutorRequests) -> ExecutorRequests {
        ExecutorRequests {
            cores: self.cores.max(other.cores),
            amounts: larger(&self.amounts, &other.amounts),
        }
    }
}

impl TaskRequests {
    fn merge(&self, other: &TaskRequests) -> TaskRequests {
        TaskRequests { cpus: self.cpus.max(other.cpus), amounts: larger(&self.amounts, &other.amounts) }
    }
}

fn larger<T: Copy + Ord>(one: &BTreeMap<Arc<str>, T>, two: &BTreeMap<Arc<str>, T>) -> BTreeMap<Arc<str>, T> {
    let mut merged = one.clone();
    for (name, amount) in two {
        let known = merged.entry(name.clone()).or_insert(*amount);
        *known = (*known).max(*amount);
    }
    merged
}

/// The profiles that were made by merging, so that merging the same again gives the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct MergedProfiles {
    /// As many as there are different merges in the program.
    profiles: Vec<Arc<ResourceProfile>>,
}

/// Merged profiles are counted from here: the context counts its own from 0.
const FIRST_MERGED: u32 = 1 << 31;

impl MergedProfiles {
    /// The one profile for all of these: one of them if it has the largest amounts, else a merged one.
    pub(crate) fn merge(&mut self, profiles: &[Arc<ResourceProfile>]) -> Option<Arc<ResourceProfile>> {
        let (first, others) = profiles.split_first()?;
        let merged = others.iter().fold(ResourceProfile::clone(first), |merged, other| merged.merge(other));
        let mut known = profiles.iter().chain(&self.profiles);
        if let Some(known) = known.find(|known| known.asks_the_same(&merged)) {
            return Some(known.clone());
        }
        let id = ProfileId(FIRST_MERGED + self.profiles.len() as u32);
        let merged = Arc::new(ResourceProfile { id, ..merged });
        self.profiles.push(merged.clone());
        Some(merged)
    }
}
