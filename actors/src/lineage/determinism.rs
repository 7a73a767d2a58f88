//! Whether computing an RDD again gives the same rows (`spark-semantics` section 5).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Dependency, Lineage};
use crate::RddId;

/// What is the same when a partition is computed again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeterministicLevel {
    /// The rows and their order.
    #[default]
    Determinate,
    /// The rows, not their order.
    Unordered,
    /// Nothing.
    Indeterminate,
}

impl Lineage {
    /// The level of an RDD's output: the least of its own and its parents'; an operator that depends on the order
    /// of rows makes of an unordered input an indeterminate output; a reliable checkpoint settles it.
    pub fn determinism(&self, rdd: RddId) -> DeterministicLevel {
        self.levels(rdd).get(&rdd).copied().unwrap_or_default()
    }

    /// The RDDs among those that `rdd` is made from whose output is another one each time. Most programs have none,
    /// and a look at each RDD alone tells so.
    pub(crate) fn indeterminate_rdds(&self, rdd: RddId) -> BTreeSet<RddId> {
        let is_source = |info: &super::RddInfo| {
            info.is_order_sensitive || info.determinism == DeterministicLevel::Indeterminate
        };
        if !self.rdds.values().any(is_source) {
            return BTreeSet::new();
        }
        let levels = self.levels(rdd).into_iter();
        levels.filter(|(_, level)| *level == DeterministicLevel::Indeterminate).map(|(id, _)| id).collect()
    }

    /// The levels of all RDDs that `rdd` is made from, itself included. Iterative, so a deep lineage is no matter.
    fn levels(&self, rdd: RddId) -> BTreeMap<RddId, DeterministicLevel> {
        let mut known: BTreeMap<RddId, DeterministicLevel> = BTreeMap::new();
        // Each is entered once, so that a circle ends.
        let mut entered = BTreeSet::new();
        let mut steps = vec![(rdd, false)];
        while let Some((id, parents_known)) = steps.pop() {
            let Some(info) = self.rdds.get(&id) else { continue };
            if parents_known {
                let inputs = info.dependencies.iter().map(|dependency| self.level_of(dependency, &known));
                let input = inputs.max().unwrap_or_default();
                let level = match input {
                    DeterministicLevel::Unordered if info.is_order_sensitive => {
                        DeterministicLevel::Indeterminate
                    }
                    level => level,
                };
                known.insert(id, level.max(info.determinism));
            } else if entered.insert(id) {
                if info.is_checkpointed {
                    known.insert(id, DeterministicLevel::Determinate);
                    continue;
                }
                steps.push((id, true));
                steps.extend(info.dependencies.iter().map(|dependency| (dependency.rdd(), false)));
            }
        }
        known
    }

    fn level_of(
        &self,
        dependency: &Dependency,
        known: &BTreeMap<RddId, DeterministicLevel>,
    ) -> DeterministicLevel {
        let parent = known.get(&dependency.rdd()).copied().unwrap_or_default();
        let Dependency::Shuffle { shuffle, .. } = dependency else { return parent };
        let Some(shuffle) = self.shuffles.get(shuffle) else { return parent };
        if shuffle.keeps_partitioning || parent == DeterministicLevel::Indeterminate {
            parent
        } else if shuffle.is_ordered {
            DeterministicLevel::Determinate
        } else {
            DeterministicLevel::Unordered
        }
    }
}
