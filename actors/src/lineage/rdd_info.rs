//! What the control plane knows of an RDD, and all RDDs of a job together.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Dependency, DeterministicLevel, ShuffleInfo, TaskLocation};
use crate::{RddId, ShuffleId, resources::ResourceProfile};

/// Where an RDD's partitions are, or that asking failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreferredLocations {
    /// Nowhere in particular.
    #[default]
    Anywhere,
    /// By partition; those behind the end are anywhere.
    Known(Arc<[Vec<TaskLocation>]>),
    /// Asking failed: a stage that needs to know is aborted with this text.
    Failed(Arc<str>),
}

/// An RDD without its functions and data. [`RddInfo::new`] fills in the usual.
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
    /// Where its partitions are, as the RDD itself knows it.
    pub preferred_locations: PreferredLocations,
    /// Whether its partitions may be cached: a storage level is set.
    pub is_cached: bool,
    /// Whether a reliable checkpoint of it was written.
    pub is_checkpointed: bool,
    /// Whether its stage's tasks are to run all at once (`spark-semantics` section 18).
    pub is_barrier: bool,
    /// The level of its own making, without its parents'.
    pub determinism: DeterministicLevel,
    /// Whether its rows depend on the order of its input's rows.
    pub is_order_sensitive: bool,
    /// What its tasks need, if the program says so.
    pub resource_profile: Option<Arc<ResourceProfile>>,
}

impl RddInfo {
    /// An RDD without anything special.
    pub fn new(
        id: RddId,
        name: impl Into<Arc<str>>,
        call_site: impl Into<Arc<str>>,
        num_partitions: u32,
        dependencies: Vec<Dependency>,
    ) -> Self {
        RddInfo {
            id,
            name: name.into(),
            call_site: call_site.into(),
            num_partitions,
            dependencies,
            preferred_locations: PreferredLocations::Anywhere,
            is_cached: false,
            is_checkpointed: false,
            is_barrier: false,
            determinism: DeterministicLevel::Determinate,
            is_order_sensitive: false,
            resource_profile: None,
        }
    }
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
