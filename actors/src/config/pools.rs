//! The order of task sets (`spark-semantics` section 8).

use std::{path::Path, sync::Arc};

use super::{
    allocation_file,
    key::{Key, settings},
    kind::{Kind, read_name, show_name},
};

/// How the members of a pool take turns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SchedulingMode {
    /// Smaller job ids first.
    #[default]
    Fifo,
    /// Those with the least share first.
    Fair,
}

/// A pool of the allocation file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolAllocation {
    /// Its name.
    pub name: Arc<str>,
    /// How its members take turns.
    pub mode: SchedulingMode,
    /// Tasks that it may run before others get their turn.
    pub min_share: u32,
    /// Its part compared with others.
    pub weight: u32,
}

const MODES: [(&str, SchedulingMode); 2] = [("FIFO", SchedulingMode::Fifo), ("FAIR", SchedulingMode::Fair)];

/// A [`SchedulingMode`] by its name, in any case.
pub(super) struct Mode;

impl Kind for Mode {
    type Value = SchedulingMode;
    const NAME: &'static str = "text";

    fn allowed() -> String {
        "FIFO or FAIR".to_owned()
    }

    fn read(text: &str) -> Option<SchedulingMode> {
        read_name(&MODES, text)
    }

    fn show(value: &SchedulingMode) -> Option<String> {
        show_name(&MODES, value)
    }
}

settings! {
    at |config| config.pools;

    /// The order of task sets (`spark-semantics` section 8).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Pools {
        /// How task sets take turns: FIFO, by job, or FAIR, by pool.
        mode: SchedulingMode = SchedulingMode::Fifo,
        "spark.scheduler.mode", since "0.8.0", takes Mode;
    }
    no key {
        /// The pools of `spark.scheduler.allocation.file`, read when the setting is made.
        allocations: Vec<PoolAllocation> = Vec::new();
    }
}

/// The file is read at once, so that what is wrong with it is told at the start; only its pools are kept.
pub(super) const ALLOCATION_FILE: Key = Key {
    name: "spark.scheduler.allocation.file",
    kind: "path",
    unset: Some("one pool, `default`"),
    meaning: "The pools of FAIR scheduling, in Spark's XML.",
    since: "0.8.1",
    allowed: || "the path of a file of this machine".to_owned(),
    set: |config, _, text| {
        config.pools.allocations = allocation_file::read(Path::new(text.trim()))?;
        Ok(())
    },
    get: |_| None,
    check: |_| Ok(()),
};
