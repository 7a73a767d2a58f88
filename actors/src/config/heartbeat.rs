//! Signs of life (`spark-semantics` section 13).

use std::time::Duration;

/// Signs of life (`spark-semantics` section 13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeartbeatConfig {
    /// Whether executors send signs of life; set by the deployment: those in the driver's process need not.
    pub enabled: bool,
    /// `spark.executor.heartbeatInterval`.
    pub interval: Duration,
    /// `spark.network.timeout`: an executor that is silent for longer is lost.
    pub timeout: Duration,
    /// `spark.network.timeoutInterval`: how often that is checked.
    pub check_interval: Duration,
    /// `spark.executor.heartbeat.maxFailures`: unanswered heartbeats after which an executor ends itself.
    pub max_failures: u32,
}

impl Default for HeartbeatConfig {
    fn default() -> Self {
        HeartbeatConfig {
            enabled: false,
            interval: Duration::from_secs(10),
            timeout: Duration::from_secs(120),
            check_interval: Duration::from_secs(60),
            max_failures: 60,
        }
    }
}
