//! Settings that do not go together are errors at the start, not riddles later.

use std::{collections::BTreeMap, sync::Arc};

use super::{Config, ConfigError, set::keys};
use crate::resources::{ResourceAmount, Resources, allocator::slots};

impl Config {
    /// Checks that every value is allowed, also those that were not set from texts, and that the settings go
    /// together. Whoever builds a system calls it.
    ///
    /// # Errors
    /// [`ConfigError::BadValue`] and [`ConfigError::Contradiction`].
    pub fn check(&self) -> Result<(), ConfigError> {
        keys().try_for_each(|key| (key.check)(self))?;
        self.check_heartbeats()?;
        self.check_exclusion()?;
        self.check_allocation()
    }

    /// Checks the settings against the cores of an executor.
    ///
    /// # Errors
    /// [`ConfigError::TooFewCores`] if no task fits into it: every job would wait for ever.
    pub fn check_cores(&self, cores: u32) -> Result<(), ConfigError> {
        if cores < self.task_cpus {
            return Err(ConfigError::TooFewCores { cores, cpus: self.task_cpus });
        }
        Ok(())
    }

    /// Checks the settings against the resources of all executors beside their cores.
    ///
    /// # Errors
    /// [`ConfigError::TooFewResources`] if none of them can run a task: every job would wait for ever.
    pub fn check_resources(&self, executors: &[&Resources]) -> Result<(), ConfigError> {
        let fits = |wanted: &BTreeMap<_, _>| executors.iter().any(|offered| slots(wanted, offered) > 0);
        if fits(&self.task_resources) {
            return Ok(());
        }
        let alone = |name: &Arc<str>, amount: &ResourceAmount| BTreeMap::from([(name.clone(), *amount)]);
        let lacking = self.task_resources.iter().find(|(name, amount)| !fits(&alone(name, amount)));
        // Each may be there, but not with the others.
        let Some((name, amount)) = lacking.or_else(|| self.task_resources.first_key_value()) else {
            return Ok(());
        };
        Err(ConfigError::TooFewResources { name: name.clone(), amount: *amount })
    }

    fn check_heartbeats(&self) -> Result<(), ConfigError> {
        let heartbeat = &self.heartbeat;
        let at_most_timeout = |holds: bool, key, advice| {
            self.require(holds, key, "has to be at most", "spark.network.timeout", advice)
        };
        at_most_timeout(
            heartbeat.interval <= heartbeat.timeout,
            "spark.executor.heartbeatInterval",
            "executors would be lost between two signs of life",
        )?;
        at_most_timeout(
            heartbeat.check_interval <= heartbeat.timeout,
            "spark.network.timeoutInterval",
            "losses would be noticed too late",
        )
    }

    fn check_exclusion(&self) -> Result<(), ConfigError> {
        let exclusion = &self.exclusion;
        if exclusion.application_enabled && exclusion.timeout.is_zero() {
            return Err(ConfigError::BadValue {
                key: match exclusion.given.timeout {
                    None if exclusion.given.legacy_timeout.is_some() => {
                        "spark.scheduler.executorTaskExcludeOnFailureTime"
                    }
                    _ => "spark.excludeOnFailure.timeout",
                }
                .to_owned(),
                value: "0s".to_owned(),
                allowed: "a duration above 0 while exclusion from the application is on".to_owned(),
            });
        }
        // All executors of local mode are on one node, with as many attempts as its master says.
        let enabled = exclusion.application_enabled || exclusion.task_and_stage_enabled;
        if !enabled || self.is_local {
            return Ok(());
        }
        self.require(
            exclusion.task_max_attempts_per_node < self.task_max_failures,
            "spark.excludeOnFailure.task.maxTaskAttemptsPerNode",
            "has to be less than",
            "spark.task.maxFailures",
            "one bad node could fail a job before it is excluded",
        )
    }

    fn check_allocation(&self) -> Result<(), ConfigError> {
        const MIN: &str = "spark.dynamicAllocation.minExecutors";
        const INITIAL: &str = "spark.dynamicAllocation.initialExecutors";
        const MAX: &str = "spark.dynamicAllocation.maxExecutors";
        let allocation = &self.allocation;
        if !allocation.enabled {
            return Ok(());
        }
        let (min, max) = (allocation.min_executors, allocation.max_executors);
        let initial = allocation.initial_executors;
        let at_most = "has to be at most";
        self.require(min <= max, MIN, at_most, MAX, "no number of executors would be right")?;
        self.require(
            initial.is_none_or(|initial| min <= initial),
            MIN,
            at_most,
            INITIAL,
            "raise the latter",
        )?;
        self.require(
            initial.is_none_or(|initial| initial <= max),
            INITIAL,
            at_most,
            MAX,
            "raise the latter",
        )?;
        self.require(
            self.shuffle.service_enabled
                || self.shuffle.reliable_storage
                || allocation.shuffle_tracking_enabled,
            "spark.dynamicAllocation.enabled",
            "needs spark.shuffle.service.enabled or",
            "spark.dynamicAllocation.shuffleTracking.enabled",
            "map outputs would leave with executors that seem idle",
        )
    }

    /// An error about two keys, with their values, if a rule does not hold.
    fn require(
        &self,
        holds: bool,
        key: &'static str,
        rule: &'static str,
        other: &'static str,
        advice: &'static str,
    ) -> Result<(), ConfigError> {
        if holds {
            return Ok(());
        }
        let value = |name: &str| keys().find(|key| key.name == name).and_then(|key| key.value(self));
        let (value, other_value) = (value(key).unwrap_or_default(), value(other).unwrap_or_default());
        Err(ConfigError::Contradiction { key, value, rule, other, other_value, advice })
    }
}
