//! Whether computing an RDD again gives the same rows (`spark-semantics` section 5).

use std::collections::BTreeMap;

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
    /// of rows makes of an unordered input an indeterminate output; a reliable checkpoint settles it. Iterative, so
    /// a deep lineage is no matter.
    pub fn determinism(&self, rdd: RddId) -> DeterministicLevel {
        let mut known: BTreeMap<RddId, DeterministicLevel> = BTreeMap::new();
        let mut steps = vec![(rdd, false)];
        while let Some((id, parents_known)) = steps.pop() {
            let Some(info) = self.rdds.get(&id).filter(|_| !known.contains_key(&id)) else { continue };
            if info.is_checkpointed {
                known.insert(id, DeterministicLevel::Determinate);
            } else if parents_known {
                let inputs = info.dependencies.iter().map(|dependency| self.level_of(dependency, &known));
                let input = inputs.max().unwrap_or_default();
                let level = match input {
                    DeterministicLevel::Unordered if info.is_order_sensitive => {
                        DeterministicLevel::Indeterminate
                    }
                    level => level,
                };
                known.insert(id, level.max(info.determinism));
            } else {
                steps.push((id, true));
                steps.extend(info.dependencies.iter().map(|dependency| (dependency.rdd(), false)));
            }
        }
        known.get(&rdd).copied().unwrap_or_default()
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
