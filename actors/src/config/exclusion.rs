//! Exclusion of failing executors and nodes (`spark-semantics` section 11).

use std::time::Duration;

/// Exclusion of failing executors and nodes (`spark-semantics` section 11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// `spark.excludeOnFailure.application.enabled`, else `spark.excludeOnFailure.enabled`.
    pub application_enabled: bool,
    /// `spark.excludeOnFailure.taskAndStage.enabled`, else `spark.excludeOnFailure.enabled`.
    pub task_and_stage_enabled: bool,
    /// `spark.excludeOnFailure.task.maxTaskAttemptsPerExecutor`.
    pub task_max_attempts_per_executor: u32,
    /// `spark.excludeOnFailure.task.maxTaskAttemptsPerNode`.
    pub task_max_attempts_per_node: u32,
    /// `spark.excludeOnFailure.stage.maxFailedTasksPerExecutor`.
    pub stage_max_failed_tasks_per_executor: u32,
    /// `spark.excludeOnFailure.stage.maxFailedExecutorsPerNode`.
    pub stage_max_failed_executors_per_node: u32,
    /// `spark.excludeOnFailure.application.maxFailedTasksPerExecutor`.
    pub application_max_failed_tasks_per_executor: u32,
    /// `spark.excludeOnFailure.application.maxFailedExecutorsPerNode`.
    pub application_max_failed_executors_per_node: u32,
    /// `spark.excludeOnFailure.timeout`: how long an exclusion from the application lasts.
    pub timeout: Duration,
    /// `spark.excludeOnFailure.application.fetchFailure.enabled`: one fetch failure excludes.
    pub fetch_failure_enabled: bool,
    /// `spark.excludeOnFailure.killExcludedExecutors`.
    pub kill_excluded_executors: bool,
    /// `spark.excludeOnFailure.killExcludedExecutors.decommission`: decommission instead.
    pub kill_by_decommission: bool,
    /// `spark.scheduler.excludeOnFailure.unschedulableTaskSetTimeout`: how long a set that no executor may run waits for a new one.
    pub unschedulable_task_set_timeout: Duration,
}

impl Default for Exclusion {
    fn default() -> Self {
        Exclusion {
            application_enabled: false,
            task_and_stage_enabled: false,
            task_max_attempts_per_executor: 1,
            task_max_attempts_per_node: 2,
            stage_max_failed_tasks_per_executor: 2,
            stage_max_failed_executors_per_node: 2,
            application_max_failed_tasks_per_executor: 2,
            application_max_failed_executors_per_node: 2,
            timeout: Duration::from_secs(3600),
            fetch_failure_enabled: false,
            kill_excluded_executors: false,
            kill_by_decommission: false,
            unschedulable_task_set_timeout: Duration::from_secs(120),
        }
    }
}
