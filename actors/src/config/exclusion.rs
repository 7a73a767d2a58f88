//! Exclusion of failing executors and nodes (`spark-semantics` section 11).

use std::time::Duration;

use super::{
    key::settings,
    kind::{Count, Maybe, Millis, Positive, Seconds, Switch},
};

settings! {
    at |config| config.exclusion;

    /// Exclusion of failing executors and nodes (`spark-semantics` section 11).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Exclusion {
        /// Failures of a task on an executor after which the task is not tried there again.
        task_max_attempts_per_executor: u32 = 1,
        "spark.excludeOnFailure.task.maxTaskAttemptsPerExecutor", since "3.1.0", takes Count;
        /// Failed attempts of a task on a node after which it is not tried there again.
        task_max_attempts_per_node: u32 = 2,
        "spark.excludeOnFailure.task.maxTaskAttemptsPerNode", since "3.1.0", takes Count;
        /// Different tasks of a stage that must fail on an executor to exclude it for the stage.
        stage_max_failed_tasks_per_executor: u32 = 2,
        "spark.excludeOnFailure.stage.maxFailedTasksPerExecutor", since "3.1.0", takes Count;
        /// Executors of a node that must be excluded for a stage to exclude the node for it.
        stage_max_failed_executors_per_node: u32 = 2,
        "spark.excludeOnFailure.stage.maxFailedExecutorsPerNode", since "3.1.0", takes Count;
        /// Different tasks that must fail on an executor, in stages that succeed, to exclude it from the
        /// application.
        application_max_failed_tasks_per_executor: u32 = 2,
        "spark.excludeOnFailure.application.maxFailedTasksPerExecutor", since "3.1.0", takes Count;
        /// Executors of a node that must be excluded from the application to exclude the node.
        application_max_failed_executors_per_node: u32 = 2,
        "spark.excludeOnFailure.application.maxFailedExecutorsPerNode", since "3.1.0", takes Count;
        /// Whether one failure to fetch excludes the executor that it was fetched from, or its host with an
        /// external shuffle service.
        fetch_failure_enabled: bool = false,
        "spark.excludeOnFailure.application.fetchFailure.enabled", since "3.1.0", takes Switch;
        /// Whether executors that are excluded from the application are killed.
        kill_excluded_executors: bool = false,
        "spark.excludeOnFailure.killExcludedExecutors", since "3.1.0", takes Switch;
        /// Whether they are decommissioned instead.
        kill_by_decommission: bool = false,
        "spark.excludeOnFailure.killExcludedExecutors.decommission", since "3.2.0", takes Switch;
        /// How long a task set that no executor may run waits for a new one.
        unschedulable_task_set_timeout: Duration = Duration::from_secs(120),
        "spark.scheduler.excludeOnFailure.unschedulableTaskSetTimeout", since "3.1.0", takes Seconds;
    }
    no key {
        /// Whether executors and nodes are excluded from the application.
        application_enabled: bool = false;
        /// Whether they are excluded for tasks and stages.
        task_and_stage_enabled: bool = false;
        /// How long an exclusion from the application lasts.
        timeout: Duration = Duration::from_secs(3600);
        /// What the keys said that decide about the three fields above.
        given: GivenExclusion = GivenExclusion::default();
    }
}

settings! {
    at |config| config.exclusion.given, then { config.exclusion.settle(); };

    /// What was said by those keys of exclusion of which one has precedence over another.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct GivenExclusion {
        /// Whether failing executors and nodes are excluded, from the application as well as for tasks and stages.
        enabled: Option<bool> = None,
        "spark.excludeOnFailure.enabled", since "3.1.0", takes Maybe<Switch>, unset "false";
        /// Whether they are excluded from the application.
        application_enabled: Option<bool> = None,
        "spark.excludeOnFailure.application.enabled", since "4.0.0", takes Maybe<Switch>,
        unset "as `spark.excludeOnFailure.enabled`";
        /// Whether they are excluded for tasks and stages.
        task_and_stage_enabled: Option<bool> = None,
        "spark.excludeOnFailure.taskAndStage.enabled", since "4.0.0", takes Maybe<Switch>,
        unset "as `spark.excludeOnFailure.enabled`";
        /// How long an exclusion from the application lasts.
        timeout: Option<Duration> = None,
        "spark.excludeOnFailure.timeout", since "3.1.0", takes Maybe<Positive<Millis>>, unset "1h";
        /// Former key: above 0 it switches exclusion on and is the timeout, 0 switches it off. The keys above have
        /// precedence.
        legacy_timeout: Option<Duration> = None,
        "spark.scheduler.executorTaskExcludeOnFailureTime", since "3.1.0", takes Maybe<Millis>, unset "no effect";
    }
}

impl Exclusion {
    /// Derives the fields from what was said, whatever the order in which it was said (HT-009). A field about
    /// which nothing was said stays as it is.
    fn settle(&mut self) {
        let given = &self.given;
        let both = given.enabled.or(given.legacy_timeout.map(|time| !time.is_zero()));
        if let Some(enabled) = given.application_enabled.or(both) {
            self.application_enabled = enabled;
        }
        if let Some(enabled) = given.task_and_stage_enabled.or(both) {
            self.task_and_stage_enabled = enabled;
        }
        if let Some(timeout) = given.timeout.or(given.legacy_timeout) {
            self.timeout = timeout;
        }
    }
}
