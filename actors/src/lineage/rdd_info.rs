//! What the control plane knows of an RDD, and all RDDs of a job together.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Dependency, ShuffleInfo};
use crate::{RddId, ShuffleId};

/// An RDD without its functions and data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RddInfo {
    /// Its id within the context.
    pub id: RddId,
    /// What it is, such as `MapPartitionsRDD`, or the user's name for it.
    pub name: Arc<str>,
    /// Where the user's program made it, such as `map at src/main.rs:12:8`.
    pub call_site: Arc<str>,
    /// How many partitions it has.
    pub num_partitions: u32,
    /// What it depends on; none for a source.
    pub dependencies: Vec<Dependency>,
}

impl fmt::Display for RddInfo {
    /// As Spark prints an RDD in its log lines: `MapPartitionsRDD[3] at map at main.rs:12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] at {}", self.name, self.id, self.call_site)
    }
}

/// All RDDs and shuffles that a job's final RDD is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// By id.
    pub rdds: BTreeMap<RddId, RddInfo>,
    /// By id.
    pub shuffles: BTreeMap<ShuffleId, ShuffleInfo>,
}

impl Lineage {
    /// The shuffles at the near border of the stage that computes `rdd`: those reached over narrow
    /// dependencies alone, in the order in which they are met (`spark-semantics` 1.1). Iterative, so a deep
    /// lineage is no matter.
    pub fn immediate_shuffles(&self, rdd: RddId) -> Vec<ShuffleId> {
        let mut found = Vec::new();
        let mut visited = std::collections::BTreeSet::new();
        let mut waiting = vec![rdd];
        while let Some(id) = waiting.pop() {
            if !visited.insert(id) {
                continue;
            }
            for dependency in self.rdds.get(&id).map_or(&[][..], |info| &info.dependencies) {
                match dependency {
                    Dependency::Shuffle { shuffle, .. } => {
                        if !found.contains(shuffle) {
                            found.push(*shuffle);
                        }
                    }
                    narrow => waiting.push(narrow.rdd()),
                }
            }
        }
        found
    }

    /// Checks what a core relies on: every RDD and shuffle that is named is there. A host that builds
    /// lineages by hand gets a text that says what is missing.
    ///
    /// # Errors
    /// The first thing that is missing.
    pub fn check(&self, final_rdd: RddId) -> Result<(), String> {
        if !self.rdds.contains_key(&final_rdd) {
            return Err(format!("the lineage has no RDD {final_rdd}, the final one"));
        }
        for info in self.rdds.values() {
            for dependency in &info.dependencies {
                if !self.rdds.contains_key(&dependency.rdd()) {
                    return Err(format!(
                        "RDD {} depends on RDD {}, which is missing",
                        info.id,
                        dependency.rdd()
                    ));
                }
                if let Dependency::Shuffle { rdd, shuffle } = dependency {
                    match self.shuffles.get(shuffle) {
                        None => {
                            return Err(format!("RDD {} needs shuffle {shuffle}, which is missing", info.id));
                        }
                        Some(shuffle_info) if shuffle_info.rdd != *rdd => {
                            return Err(format!("shuffle {shuffle} is not one of RDD {rdd}"));
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        Ok(())
    }
}
