//! Signs of life (`spark-semantics` section 13).

use std::time::Duration;

use super::{
    key::settings,
    kind::{Count, Millis, Positive, Seconds},
};

settings! {
    at |config| config.heartbeat;

    /// Signs of life (`spark-semantics` section 13).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HeartbeatConfig {
        /// How often an executor sends a sign of life.
        interval: Duration = Duration::from_secs(10),
        "spark.executor.heartbeatInterval", since "1.1.0", takes Positive<Millis>;
        /// An executor that is silent for longer is lost.
        timeout: Duration = Duration::from_secs(120),
        "spark.network.timeout", since "1.3.0", takes Positive<Seconds>;
        /// How often that is checked.
        check_interval: Duration = Duration::from_secs(60),
        "spark.network.timeoutInterval", since "1.3.2", takes Positive<Millis>;
        /// Unanswered heartbeats after which an executor ends itself.
        max_failures: u32 = 60,
        "spark.executor.heartbeat.maxFailures", since "1.6.2", takes Count;
    }
    no key {
        /// Whether executors send signs of life; set by the deployment: those in the driver's process need not.
        enabled: bool = false;
    }
}
