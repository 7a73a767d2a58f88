//! Barrier stages (`spark-semantics` section 18).

use std::time::Duration;

/// Barrier stages (`spark-semantics` section 18).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barrier {
    /// `spark.scheduler.barrier.maxConcurrentTasksCheck.interval`: how long a job that lacks slots waits for the next check.
    pub check_interval: Duration,
    /// `spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures`: failed checks after which the job fails.
    pub check_max_failures: u32,
    /// `spark.barrier.sync.timeout`: how long a task waits for the others.
    pub sync_timeout: Duration,
}

impl Default for Barrier {
    fn default() -> Self {
        Barrier {
            check_interval: Duration::from_secs(15),
            check_max_failures: 40,
            sync_timeout: Duration::from_secs(365 * 86_400),
        }
    }
}
