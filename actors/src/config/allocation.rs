//! Dynamic allocation (`spark-semantics` section 17).

use std::time::Duration;

use super::{
    Config,
    key::settings,
    kind::{LARGEST, Limit, Maybe, Millis, Number, OrInfinity, Positive, Ratio, Seconds, Switch},
};

settings! {
    at |config| config.allocation;

    /// Dynamic allocation (`spark-semantics` section 17).
    #[derive(Clone, Debug, PartialEq)]
    pub struct Allocation {
        /// Whether executors are asked for and given back as the work needs.
        enabled: bool = false,
        "spark.dynamicAllocation.enabled", since "1.2.0", takes Switch;
        /// Executors at least.
        min_executors: u32 = 0,
        "spark.dynamicAllocation.minExecutors", since "1.2.0", takes Number;
        /// Executors at the start; `spark.executor.instances` counts if it is larger.
        initial_executors: Option<u32> = None,
        "spark.dynamicAllocation.initialExecutors", since "1.3.0", takes Maybe<Number>,
        unset "as `spark.dynamicAllocation.minExecutors`";
        /// Executors at most.
        max_executors: u32 = LARGEST,
        "spark.dynamicAllocation.maxExecutors", since "1.2.0", takes Limit;
        /// How long tasks wait before executors are asked for.
        scheduler_backlog_timeout: Duration = Duration::from_secs(1),
        "spark.dynamicAllocation.schedulerBacklogTimeout", since "1.2.0", takes Positive<Seconds>;
        /// How long they wait before more are asked for, each time.
        sustained_scheduler_backlog_timeout: Option<Duration> = None,
        "spark.dynamicAllocation.sustainedSchedulerBacklogTimeout", since "1.2.0", takes Maybe<Positive<Seconds>>,
        unset "as `spark.dynamicAllocation.schedulerBacklogTimeout`";
        /// How long an executor may have nothing to do before it is given back.
        executor_idle_timeout: Duration = Duration::from_secs(60),
        "spark.dynamicAllocation.executorIdleTimeout", since "1.2.0", takes Seconds;
        /// The same for an executor that holds cached blocks.
        cached_executor_idle_timeout: Option<Duration> = None,
        "spark.dynamicAllocation.cachedExecutorIdleTimeout", since "1.4.0", takes OrInfinity<Seconds>;
        /// The part of the executors that full parallelism would take.
        executor_allocation_ratio: f64 = 1.0,
        "spark.dynamicAllocation.executorAllocationRatio", since "2.4.0", takes Ratio;
        /// Whether executors that hold map outputs of active jobs are kept.
        shuffle_tracking_enabled: bool = true,
        "spark.dynamicAllocation.shuffleTracking.enabled", since "3.0.0", takes Switch;
        /// For how long at most.
        shuffle_tracking_timeout: Option<Duration> = None,
        "spark.dynamicAllocation.shuffleTracking.timeout", since "3.0.0", takes OrInfinity<Millis>;
        /// Executors that are asked for at the start.
        executor_instances: u32 = 0,
        "spark.executor.instances", since "1.0.0", takes Number;
    }
}

impl Config {
    /// Whether executors are asked for and given back: never in local mode, as in Spark, whatever the key says.
    pub fn has_dynamic_allocation(&self) -> bool {
        self.allocation.enabled && !self.is_local
    }
}
