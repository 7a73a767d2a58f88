//! The whole of the settings, and those that belong to no area.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    Allocation, Barrier, Decommission, Exclusion, FetchConfig, HeartbeatConfig, Locality, MemoryConfig,
    Pools, ProcessesConfig, ShuffleConfig, Speculation, SpillConfig, StageConfig, TraceConfig,
    key::{Key, settings},
    kind::{Bytes, Count, Kind, Maybe, Mebibytes, Millis, Number, Positive, Switch, Whole},
};
use crate::resources::ResourceAmount;

settings! {
    at |config| config;

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
        /// Failures of one task until its job is given up. `local[N]` sets 1, `local[N,M]` sets M.
        task_max_failures: u32 = 4,
        "spark.task.maxFailures", since "0.8.0", takes Count;
        /// Cores that one task takes.
        task_cpus: u32 = 1,
        "spark.task.cpus", since "0.5.0", takes Count;
        /// MiB of one serialized task at most; a larger one aborts its stage.
        rpc_message_max_size: u64 = 128 << 20,
        "spark.rpc.message.maxSize", since "2.0.0", takes Mebibytes;
        /// Bytes of all results of one stage attempt at most; more aborts the job. 0 is no limit.
        driver_max_result_size: u64 = 1 << 30,
        "spark.driver.maxResultSize", since "1.2.0", takes Bytes;
        /// Bytes up to which a result travels in the status update itself.
        task_max_direct_result_size: u64 = 1 << 20,
        "spark.task.maxDirectResultSize", since "2.0.0", takes Bytes;
        /// Threads that decode results.
        result_getter_threads: u32 = 4,
        "spark.resultGetter.threads", since "undocumented", takes Whole<1, 256>;
        /// Whether several resource profiles in one stage are merged; else they are an error.
        profile_merge_conflicts: bool = false,
        "spark.scheduler.resource.profileMergeConflicts", since "3.1.0", takes Switch;
        /// How many cancelled job groups are remembered, so that their future jobs are refused.
        cancelled_job_groups_to_track: u32 = 1_000,
        "spark.scheduler.numCancelledJobGroupsToTrack", since "4.0.0", takes Number;
        /// How long a job may wait for its first task before a warning is logged. Never in local mode.
        starvation_timeout: Duration = Duration::from_secs(15),
        "spark.starvation.timeout", since "undocumented", takes Positive<Millis>;
        /// Partitions of collections and shuffles when the program does not say.
        default_parallelism: Option<u32> = None,
        "spark.default.parallelism", since "0.5.0", takes Maybe<Count>,
        unset "the number of cores; for shuffles the largest parent's partitions";
        /// Whether the lineage of every job is logged when it starts.
        log_lineage: bool = false,
        "spark.logLineage", since "undocumented", takes Switch;
    }
    no key {
        /// How often stages are tried.
        stage: StageConfig = StageConfig::default();
        /// Delay scheduling.
        locality: Locality = Locality::default();
        /// Speculative copies.
        speculation: Speculation = Speculation::default();
        /// Exclusion of failing executors and nodes.
        exclusion: Exclusion = Exclusion::default();
        /// The order of task sets.
        pools: Pools = Pools::default();
        /// Where map outputs live.
        shuffle: ShuffleConfig = ShuffleConfig::default();
        /// How executors fetch blocks from each other.
        fetch: FetchConfig = FetchConfig::default();
        /// Memory of executors.
        memory: MemoryConfig = MemoryConfig::default();
        /// Files for what does not fit into it.
        spill: SpillConfig = SpillConfig::default();
        /// Barrier stages.
        barrier: Barrier = Barrier::default();
        /// Signs of life.
        heartbeat: HeartbeatConfig = HeartbeatConfig::default();
        /// Dynamic allocation.
        allocation: Allocation = Allocation::default();
        /// Executors that are about to leave.
        decommission: Decommission = Decommission::default();
        /// Executors in processes of their own.
        processes: ProcessesConfig = ProcessesConfig::default();
        /// Recording of messages.
        trace: TraceConfig = TraceConfig::default();
        /// What a task takes beyond cores, by resource name: `spark.task.resource.{name}.amount`.
        task_resources: BTreeMap<Arc<str>, ResourceAmount> = BTreeMap::new();
        /// The seed of all that is random in the cores: the order in which offers are looked at.
        seed: u64 = 0;
        /// Whether executors live in the driver (`local[N]`): no starvation warning then.
        is_local: bool = false;
    }
}

/// How much of a resource a task takes.
struct Amount;

/// The most addresses of one resource that a task takes.
const MOST_ADDRESSES: u64 = 1_000;

impl Kind for Amount {
    type Value = ResourceAmount;
    const NAME: &'static str = "number";

    fn allowed() -> String {
        format!("a number between 0 and 1, or a whole one up to {MOST_ADDRESSES}")
    }

    fn read(text: &str) -> Option<ResourceAmount> {
        let amount: f64 = text.trim().parse().ok()?;
        (amount >= 0.0).then(|| ResourceAmount::from_f64(amount))
    }

    fn show(value: &ResourceAmount) -> Option<String> {
        Some(value.to_string())
    }

    fn accepts(value: &ResourceAmount) -> bool {
        // Tasks share an address or take whole ones, not one and a half.
        let one = ResourceAmount::ONE;
        *value <= one || (value.0.is_multiple_of(one.0) && value.0 / one.0 <= MOST_ADDRESSES)
    }
}

/// One key for each resource.
pub(super) const TASK_RESOURCE: Key = Key {
    name: "spark.task.resource.{name}.amount",
    kind: Amount::NAME,
    unset: Some("0"),
    meaning: "Addresses of the resource {name} that one task takes, such as `gpu`: whole ones, or a part of one that \
              tasks share.",
    since: "3.0.0",
    allowed: Amount::allowed,
    set: |config, key, text| {
        let amount = Amount::parse(key, text)?;
        let name = TASK_RESOURCE.placeholder(key).unwrap_or_default();
        if amount == ResourceAmount::ZERO {
            config.task_resources.remove(name);
        } else {
            config.task_resources.insert(name.into(), amount);
        }
        Ok(())
    },
    get: |_| None,
    check: |config| {
        let mut resources = config.task_resources.iter();
        resources
            .try_for_each(|(name, amount)| Amount::check(&TASK_RESOURCE.name.replace("{name}", name), amount))
    },
};
