//! The settings that the control plane reads, under Spark's names.

mod allocation;
mod barrier;
mod decommission;
mod exclusion;
mod heartbeat;
mod locality;
mod parse;
mod pools;
mod shuffle;
mod size;
mod speculation;
mod stage;

pub use allocation::Allocation;
pub use barrier::Barrier;
pub use decommission::Decommission;
pub use exclusion::Exclusion;
pub use heartbeat::HeartbeatConfig;
pub use locality::Locality;
pub use parse::{ConfigError, KEYS, Key};
pub use pools::{PoolAllocation, Pools, SchedulingMode};
pub use shuffle::ShuffleConfig;
pub use speculation::Speculation;
pub use stage::StageConfig;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::resources::ResourceAmount;

/// The control plane's settings. [`Config::set`] takes Spark's keys and texts.
///
/// ```
/// use firesteel_actors::Config;
/// let mut config = Config::default();
/// config.set("spark.task.maxFailures", "8")?;
/// assert_eq!(config.task_max_failures, 8);
/// let error = config.set("spark.task.maxFailures", "never").unwrap_err();
/// assert!(error.to_string().contains("a whole number of at least 1"));
/// # Ok::<(), firesteel_actors::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `spark.task.maxFailures`: failures of one task until its job is given up. Default 4; 1 for
    /// `local[N]`, M for `local[N,M]`.
    pub task_max_failures: u32,
    /// `spark.task.cpus`: cores that a task takes. Default 1.
    pub task_cpus: u32,
    /// `spark.rpc.message.maxSize`: bytes of a serialized task at most. Default 128 MiB.
    pub rpc_message_max_size: u64,
    /// `spark.driver.maxResultSize`: bytes of all results of a stage attempt at most; 0 is no limit.
    /// Default 1 GiB.
    pub driver_max_result_size: u64,
    /// `spark.task.maxDirectResultSize`: bytes up to which a result is sent in the status update itself.
    /// Default 1 MiB.
    pub task_max_direct_result_size: u64,
    /// `spark.resultGetter.threads`: threads that decode results. Default 4.
    pub result_getter_threads: u32,
    /// How often stages are tried.
    pub stage: StageConfig,
    /// Delay scheduling.
    pub locality: Locality,
    /// Speculative copies.
    pub speculation: Speculation,
    /// Exclusion of failing executors and nodes.
    pub exclusion: Exclusion,
    /// The order of task sets.
    pub pools: Pools,
    /// Where map outputs live.
    pub shuffle: ShuffleConfig,
    /// Barrier stages.
    pub barrier: Barrier,
    /// Signs of life.
    pub heartbeat: HeartbeatConfig,
    /// Dynamic allocation.
    pub allocation: Allocation,
    /// Executors that are about to leave.
    pub decommission: Decommission,
    /// What a task takes beyond cores, by resource name: `spark.task.resource.{name}.amount`.
    pub task_resources: BTreeMap<Arc<str>, ResourceAmount>,
    /// `spark.scheduler.resource.profileMergeConflicts`: several profiles in a stage are merged, not an error.
    pub profile_merge_conflicts: bool,
    /// `spark.scheduler.numCancelledJobGroupsToTrack`: cancelled groups whose future jobs are refused. Default 1000.
    pub cancelled_job_groups_to_track: u32,
    /// The seed of all that is random in the cores: the order in which offers are looked at.
    pub seed: u64,
    /// `spark.starvation.timeout`: how long a job may wait for a first task before a warning. Default 15 s.
    pub starvation_timeout: Duration,
    /// `spark.default.parallelism`: partitions of shuffles and collections when nothing else says; `None`
    /// is the number of cores for collections and the largest parent's for shuffles.
    pub default_parallelism: Option<u32>,
    /// `spark.logLineage`: log the lineage of every job. Default false.
    pub log_lineage: bool,
    /// Whether executors live in the driver (`local[N]`): no starvation warning then.
    pub is_local: bool,
}

impl Config {
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
}

impl Default for Config {
    fn default() -> Self {
        Config {
            task_max_failures: 4,
            task_cpus: 1,
            rpc_message_max_size: 128 << 20,
            driver_max_result_size: 1 << 30,
            task_max_direct_result_size: 1 << 20,
            result_getter_threads: 4,
            stage: StageConfig::default(),
            locality: Locality::default(),
            speculation: Speculation::default(),
            exclusion: Exclusion::default(),
            pools: Pools::default(),
            shuffle: ShuffleConfig::default(),
            barrier: Barrier::default(),
            heartbeat: HeartbeatConfig::default(),
            allocation: Allocation::default(),
            decommission: Decommission::default(),
            task_resources: BTreeMap::new(),
            profile_merge_conflicts: false,
            cancelled_job_groups_to_track: 1_000,
            seed: 0,
            starvation_timeout: Duration::from_secs(15),
            default_parallelism: None,
            log_lineage: false,
            is_local: false,
        }
    }
}
