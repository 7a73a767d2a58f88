//! The order of task sets (`spark-semantics` section 8).

use std::sync::Arc;

/// How the members of a pool take turns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SchedulingMode {
    /// Smaller jobs ids first.
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

/// The order of task sets (`spark-semantics` section 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pools {
    /// `spark.scheduler.mode`.
    pub mode: SchedulingMode,
    /// The pools of `spark.scheduler.allocation.file`, read when the setting is made.
    pub allocations: Vec<PoolAllocation>,
}

impl Default for Pools {
    fn default() -> Self {
        Pools { mode: SchedulingMode::Fifo, allocations: Vec::new() }
    }
}
