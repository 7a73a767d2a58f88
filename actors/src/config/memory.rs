//! How much memory an executor has and who may take it (Spark's unified memory manager).

use super::{
    key::settings,
    kind::{Maybe, MemorySize, Part, Ratio},
};

settings! {
    at |config| config.memory;

    /// How much memory an executor has and who may take it.
    #[derive(Clone, Debug, PartialEq)]
    pub struct MemoryConfig {
        /// Memory of one executor. What of it shuffles and caches take is counted against `spark.memory.fraction`.
        executor_memory: Option<u64> = None,
        "spark.executor.memory", since "0.7.0", takes Maybe<MemorySize>,
        unset "spark.driver.memory in local mode, else half of what the machine, or its cgroup, has (Spark: 1g)";
        /// Memory of the driver, whose executor is that of local mode.
        driver_memory: Option<u64> = None,
        "spark.driver.memory", since "1.1.1", takes Maybe<MemorySize>,
        unset "half of what the machine, or its cgroup, has (Spark: 1g)";
        /// The part of an executor's memory that shuffles, aggregations, sorts and caches share. The rest is for the
        /// program's own objects.
        fraction: f64 = 0.6,
        "spark.memory.fraction", since "1.6.0", takes Ratio;
        /// The part of the shared memory in which cached data is safe from running tasks.
        storage_fraction: f64 = 0.5,
        "spark.memory.storageFraction", since "1.6.0", takes Part;
    }
}
