//! How often stages are tried (`spark-semantics` sections 2 and 4).

/// How often stages are tried (`spark-semantics` sections 2 and 4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageConfig {
    /// `spark.stage.maxConsecutiveAttempts`: attempts in a row that may fail to fetch.
    pub max_consecutive_attempts: u32,
    /// `spark.stage.maxAttempts`: attempts in all; at least `max_consecutive_attempts`.
    pub max_attempts: u32,
    /// `spark.stage.ignoreDecommissionFetchFailure`: failures to fetch from a decommissioned executor do not count.
    pub ignore_decommission_fetch_failure: bool,
}

impl Default for StageConfig {
    fn default() -> Self {
        StageConfig {
            max_consecutive_attempts: 4,
            max_attempts: i32::MAX as u32,
            ignore_decommission_fetch_failure: true,
        }
    }
}
