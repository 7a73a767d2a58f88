//! How often stages are tried (`spark-semantics` sections 2 and 4).

use super::{
    key::settings,
    kind::{Count, LARGEST, Limit, Switch},
};

settings! {
    at |config| config.stage;

    /// How often stages are tried (`spark-semantics` sections 2 and 4).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StageConfig {
        /// Attempts of a stage in a row that may fail to fetch before its jobs are given up.
        max_consecutive_attempts: u32 = 4,
        "spark.stage.maxConsecutiveAttempts", since "2.2.0", takes Count;
        /// Attempts of a stage in all; `spark.stage.maxConsecutiveAttempts` counts if it is larger.
        max_attempts: u32 = LARGEST,
        "spark.stage.maxAttempts", since "3.5.0", takes Limit;
        /// Whether failures to fetch from an executor that is being decommissioned do not count.
        ignore_decommission_fetch_failure: bool = true,
        "spark.stage.ignoreDecommissionFetchFailure", since "3.4.0", takes Switch;
    }
}
