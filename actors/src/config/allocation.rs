//! Dynamic allocation (`spark-semantics` section 17).

use std::time::Duration;

/// Dynamic allocation (`spark-semantics` section 17).
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// `spark.dynamicAllocation.enabled`.
    pub enabled: bool,
    /// `spark.dynamicAllocation.minExecutors`.
    pub min_executors: u32,
    /// `spark.dynamicAllocation.initialExecutors`; `None` is `min_executors`.
    pub initial_executors: Option<u32>,
    /// `spark.dynamicAllocation.maxExecutors`.
    pub max_executors: u32,
    /// `spark.dynamicAllocation.schedulerBacklogTimeout`: how long tasks wait before executors are asked for.
    pub scheduler_backlog_timeout: Duration,
    /// `spark.dynamicAllocation.sustainedSchedulerBacklogTimeout`: and before more are; `None` is the former.
    pub sustained_scheduler_backlog_timeout: Option<Duration>,
    /// `spark.dynamicAllocation.executorIdleTimeout`.
    pub executor_idle_timeout: Duration,
    /// `spark.dynamicAllocation.cachedExecutorIdleTimeout`; `None` is for ever.
    pub cached_executor_idle_timeout: Option<Duration>,
    /// `spark.dynamicAllocation.executorAllocationRatio`.
    pub executor_allocation_ratio: f64,
    /// `spark.dynamicAllocation.shuffleTracking.enabled`: executors with outputs of active jobs are kept.
    pub shuffle_tracking_enabled: bool,
    /// `spark.dynamicAllocation.shuffleTracking.timeout`; `None` is for ever.
    pub shuffle_tracking_timeout: Option<Duration>,
    /// `spark.executor.instances`.
    pub executor_instances: u32,
}

impl Default for Allocation {
    fn default() -> Self {
        Allocation {
            enabled: false,
            min_executors: 0,
            initial_executors: None,
            max_executors: i32::MAX as u32,
            scheduler_backlog_timeout: Duration::from_secs(1),
            sustained_scheduler_backlog_timeout: None,
            executor_idle_timeout: Duration::from_secs(60),
            cached_executor_idle_timeout: None,
            executor_allocation_ratio: 1.0,
            shuffle_tracking_enabled: true,
            shuffle_tracking_timeout: None,
            executor_instances: 0,
        }
    }
}
