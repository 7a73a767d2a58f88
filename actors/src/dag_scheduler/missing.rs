//! Which parents a stage lacks (`spark-semantics` 2.1).

use std::collections::BTreeSet;

use super::DagSchedulerCore;
use crate::{ShuffleId, StageId, lineage::Dependency};

impl DagSchedulerCore {
    /// The parents whose outputs are not all there and that the stage cannot do without, by id.
    pub(super) fn missing_parents(&self, id: StageId) -> Vec<StageId> {
        let needed = self.needed_parents(id).into_iter();
        needed.filter(|parent| !self.is_available(*parent)).collect()
    }

    /// As [`missing_parents`](Self::missing_parents), for a stage that is submitted now. A parent that is found
    /// complete before it ever ran is skipped; a later attempt of it counts as a retry (SPARK-37481).
    pub(super) fn skip_available_parents(&mut self, id: StageId) -> Vec<StageId> {
        let mut parents = self.needed_parents(id);
        parents.retain(|parent| {
            let is_missing = !self.is_available(*parent);
            if let Some(stage) = self.stages.get_mut(parent).filter(|_| !is_missing) {
                stage.next_attempt_id = stage.next_attempt_id.max(1);
            }
            is_missing
        });
        parents
    }

    /// The parents that are not hidden behind RDDs that are cached as a whole, by id.
    fn needed_parents(&self, id: StageId) -> Vec<StageId> {
        let Some(stage) = self.stages.get(&id) else { return Vec::new() };
        if !stage.has_cached {
            return stage.parents.clone();
        }
        let mut shuffles: BTreeSet<ShuffleId> = BTreeSet::new();
        let mut visited = BTreeSet::from([stage.rdd]);
        let mut waiting = vec![stage.rdd];
        while let Some(info) = waiting.pop().and_then(|rdd| stage.lineage.rdds.get(&rdd)) {
            if info.is_cached && self.cached.is_whole(info.id, info.num_partitions) {
                continue;
            }
            for dependency in &info.dependencies {
                match dependency {
                    Dependency::Shuffle { shuffle, .. } => {
                        shuffles.insert(*shuffle);
                    }
                    narrow if visited.insert(narrow.rdd()) => waiting.push(narrow.rdd()),
                    _ => {}
                }
            }
        }
        let parents =
            shuffles.iter().filter_map(|shuffle| self.shuffle_id_to_map_stage.get(shuffle).copied());
        let parents: BTreeSet<StageId> = parents.collect();
        parents.into_iter().collect()
    }
}
