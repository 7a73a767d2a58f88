//! Barrier stages (`spark-semantics` section 18).

use std::time::Duration;

use super::{
    key::settings,
    kind::{Count, Positive, Seconds},
};

settings! {
    at |config| config.barrier;

    /// Barrier stages (`spark-semantics` section 18).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Barrier {
        /// How long a job whose barrier stage lacks slots waits for the next check.
        check_interval: Duration = Duration::from_secs(15),
        "spark.scheduler.barrier.maxConcurrentTasksCheck.interval", since "2.4.0", takes Positive<Seconds>;
        /// Failed checks after which the job fails.
        check_max_failures: u32 = 40,
        "spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures", since "2.4.0", takes Count;
        /// How long a task waits for the others at a barrier.
        sync_timeout: Duration = Duration::from_secs(365 * 86_400),
        "spark.barrier.sync.timeout", since "2.4.0", takes Positive<Seconds>;
    }
}
