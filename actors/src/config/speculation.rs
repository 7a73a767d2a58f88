//! Speculative copies of slow tasks (`spark-semantics` section 16).

use std::time::Duration;

/// Speculative copies of slow tasks (`spark-semantics` section 16).
#[derive(Clone, Debug, PartialEq)]
pub struct Speculation {
    /// `spark.speculation`.
    pub enabled: bool,
    /// `spark.speculation.interval`: how often slow tasks are looked for.
    pub interval: Duration,
    /// `spark.speculation.quantile`: the part of a set that must have succeeded before.
    pub quantile: f64,
    /// `spark.speculation.multiplier`: how many times slower than the median is slow.
    pub multiplier: f64,
    /// `spark.speculation.minTaskRuntime`: no task that ran for less is slow.
    pub min_task_runtime: Duration,
    /// `spark.speculation.task.duration.threshold`: slow without regard to others, for sets that fit one executor.
    pub task_duration_threshold: Option<Duration>,
    /// `spark.speculation.efficiency.enabled`: only tasks that process fewer records a second than others.
    pub efficiency_enabled: bool,
    /// `spark.speculation.efficiency.processRateMultiplier`: how much less.
    pub process_rate_multiplier: f64,
    /// `spark.speculation.efficiency.longRunTaskFactor`: a task this much above the threshold is slow in any case.
    pub long_run_factor: f64,
}

impl Default for Speculation {
    fn default() -> Self {
        Speculation {
            enabled: false,
            interval: Duration::from_millis(100),
            quantile: 0.9,
            multiplier: 3.0,
            min_task_runtime: Duration::from_millis(100),
            task_duration_threshold: None,
            efficiency_enabled: true,
            process_rate_multiplier: 0.75,
            long_run_factor: 2.0,
        }
    }
}
