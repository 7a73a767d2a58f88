//! Speculative copies of slow tasks (`spark-semantics` section 16).

use std::time::Duration;

use super::{
    key::settings,
    kind::{Enlargement, Factor, Maybe, Millis, Part, Positive, Ratio, Switch},
};

settings! {
    at |config| config.speculation;

    /// Speculative copies of slow tasks (`spark-semantics` section 16).
    #[derive(Clone, Debug, PartialEq)]
    pub struct Speculation {
        /// Whether slow tasks get a second copy elsewhere.
        enabled: bool = false,
        "spark.speculation", since "0.6.0", takes Switch;
        /// How often slow tasks are looked for.
        interval: Duration = Duration::from_millis(100),
        "spark.speculation.interval", since "0.6.0", takes Positive<Millis>;
        /// The part of a task set that must have succeeded before any of its tasks is slow.
        quantile: f64 = 0.9,
        "spark.speculation.quantile", since "0.6.0", takes Part;
        /// How many times the median duration a task must run to be slow.
        multiplier: f64 = 3.0,
        "spark.speculation.multiplier", since "0.6.0", takes Factor;
        /// No task that ran for less is slow.
        min_task_runtime: Duration = Duration::from_millis(100),
        "spark.speculation.minTaskRuntime", since "3.2.0", takes Millis;
        /// A task that runs for longer is slow without regard to others, in task sets that fit into the slots of
        /// one executor.
        task_duration_threshold: Option<Duration> = None,
        "spark.speculation.task.duration.threshold", since "3.0.0", takes Maybe<Millis>, unset "no such rule";
        /// Whether a slow task is copied only if it also processes fewer records a second than others.
        efficiency_enabled: bool = true,
        "spark.speculation.efficiency.enabled", since "3.4.0", takes Switch;
        /// What part of the average rate is too low.
        process_rate_multiplier: f64 = 0.75,
        "spark.speculation.efficiency.processRateMultiplier", since "3.4.0", takes Ratio;
        /// A task that runs for so many times the threshold is copied whatever its rate.
        long_run_factor: f64 = 2.0,
        "spark.speculation.efficiency.longRunTaskFactor", since "3.4.0", takes Enlargement;
    }
}
