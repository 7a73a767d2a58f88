//! Executors that are about to leave (`spark-semantics` section 12).

use std::time::Duration;

use super::{
    key::settings,
    kind::{Maybe, Number, Positive, Seconds, Switch},
};

settings! {
    at |config| config.decommission;

    /// Executors that are about to leave (`spark-semantics` section 12).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Decommission {
        /// Whether executors that are no longer needed end their tasks before they leave.
        enabled: bool = false,
        "spark.decommission.enabled", since "3.1.0", takes Switch;
        /// After how long a decommissioned executor is ended from outside; tasks that would outlive it are
        /// speculated.
        kill_interval: Option<Duration> = None,
        "spark.executor.decommission.killInterval", since "3.1.0", takes Maybe<Positive<Seconds>>, unset "never";
        /// How many decommissioned executors that have left are remembered, so that failures to fetch from them
        /// do not count.
        max_retained_removed: u32 = 0,
        "spark.scheduler.maxRetainedRemovedDecommissionExecutors", since "3.4.0", takes Number;
    }
}
