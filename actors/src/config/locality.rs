//! Delay scheduling (`spark-semantics` section 9).

use std::time::Duration;

use super::{
    key::settings,
    kind::{Maybe, Millis, Switch},
};
use crate::message::TaskLocality;

settings! {
    at |config| config.locality;

    /// Delay scheduling (`spark-semantics` section 9).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Locality {
        /// How long a task waits for a place near its data before the next farther level is tried. 0 does not
        /// wait.
        wait: Duration = Duration::from_secs(3),
        "spark.locality.wait", since "0.5.0", takes Millis;
        /// The wait at PROCESS_LOCAL.
        wait_process: Option<Duration> = None,
        "spark.locality.wait.process", since "0.8.0", takes Maybe<Millis>, unset "as `spark.locality.wait`";
        /// The wait at NODE_LOCAL.
        wait_node: Option<Duration> = None,
        "spark.locality.wait.node", since "0.8.0", takes Maybe<Millis>, unset "as `spark.locality.wait`";
        /// The wait at RACK_LOCAL.
        wait_rack: Option<Duration> = None,
        "spark.locality.wait.rack", since "0.8.0", takes Maybe<Millis>, unset "as `spark.locality.wait`";
        /// Whether every launch of a task resets the wait, as before Spark 3.1 (SPARK-18886).
        legacy_reset_on_task_launch: bool = false,
        "spark.locality.wait.legacyResetOnTaskLaunch", since "3.1.0", takes Switch;
    }
}

impl Locality {
    /// How long tasks wait at a level.
    pub fn wait_at(&self, level: TaskLocality) -> Duration {
        use TaskLocality as L;
        match level {
            L::ProcessLocal => self.wait_process.unwrap_or(self.wait),
            L::NodeLocal => self.wait_node.unwrap_or(self.wait),
            L::RackLocal => self.wait_rack.unwrap_or(self.wait),
            L::NoPref | L::Any => Duration::ZERO,
        }
    }
}
