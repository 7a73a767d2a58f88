//! Delay scheduling (`spark-semantics` section 9).

use std::time::Duration;

/// Delay scheduling (`spark-semantics` section 9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locality {
    /// `spark.locality.wait`: how long a task waits for a place near its data before the next farther level.
    pub wait: Duration,
    /// `spark.locality.wait.process`: the wait at PROCESS_LOCAL; `None` is `wait`.
    pub wait_process: Option<Duration>,
    /// `spark.locality.wait.node`: the wait at NODE_LOCAL; `None` is `wait`.
    pub wait_node: Option<Duration>,
    /// `spark.locality.wait.rack`: the wait at RACK_LOCAL; `None` is `wait`.
    pub wait_rack: Option<Duration>,
    /// `spark.locality.wait.legacyResetOnTaskLaunch`: every launch resets the wait, as before Spark 3.1.
    pub legacy_reset_on_task_launch: bool,
}

impl Default for Locality {
    fn default() -> Self {
        Locality {
            wait: Duration::from_secs(3),
            wait_process: None,
            wait_node: None,
            wait_rack: None,
            legacy_reset_on_task_launch: false,
        }
    }
}

impl Locality {
    /// How long tasks wait at a level.
    pub fn wait_at(&self, level: crate::message::TaskLocality) -> Duration {
        use crate::message::TaskLocality as L;
        match level {
            L::ProcessLocal => self.wait_process.unwrap_or(self.wait),
            L::NodeLocal => self.wait_node.unwrap_or(self.wait),
            L::RackLocal => self.wait_rack.unwrap_or(self.wait),
            L::NoPref | L::Any => Duration::ZERO,
        }
    }
}
