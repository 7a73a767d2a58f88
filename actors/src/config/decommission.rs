//! Executors that are about to leave (`spark-semantics` section 12).

use std::time::Duration;

/// Executors that are about to leave (`spark-semantics` section 12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decommission {
    /// `spark.decommission.enabled`.
    pub enabled: bool,
    /// `spark.executor.decommission.killInterval`: after how long a decommissioned executor is ended from outside.
    pub kill_interval: Option<Duration>,
    /// `spark.scheduler.maxRetainedRemovedDecommissionExecutors`: how many that have left are remembered.
    pub max_retained_removed: u32,
}

impl Default for Decommission {
    fn default() -> Self {
        Decommission { enabled: false, kill_interval: None, max_retained_removed: 0 }
    }
}
