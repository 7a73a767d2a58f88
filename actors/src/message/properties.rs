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
    /// The group of the job, for cancelling it with others.
    pub const JOB_GROUP_ID: &str = "spark.jobGroup.id";
    /// The tags of the job, with commas between them.
    pub const JOB_TAGS: &str = "spark.job.tags";
    /// The pool in which the job's task sets wait, with fair scheduling.
    pub const SCHEDULER_POOL: &str = "spark.scheduler.pool";
    /// All of them.
    pub const ALL: [&str; 5] = [JOB_DESCRIPTION, INTERRUPT_ON_CANCEL, JOB_GROUP_ID, JOB_TAGS, SCHEDULER_POOL];
}
