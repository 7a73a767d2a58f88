//! The local properties of a job, as Spark calls them: text keys and values that travel with its tasks.

use std::{collections::BTreeMap, sync::Arc};

/// A job's properties, shared by its stages and tasks.
pub type Properties = Arc<BTreeMap<String, String>>;

/// Names of properties that the control plane reads.
pub mod keys {
    /// What the job is, for people.
    pub const JOB_DESCRIPTION: &str = "spark.job.description";
    /// Whether cancelling the job also interrupts its tasks' waits (`true` or `false`).
    pub const INTERRUPT_ON_CANCEL: &str = "spark.job.interruptOnCancel";
}
