//! What invariants look at beside the messages: the simulated cluster, or a trace that is replayed.

use std::sync::Arc;

use crate::{
    Config, ExecutorId, JobError, JobId, RddId, TaskId, Time,
    lineage::Lineage,
    sim::{jobs::Ending, plan::Makes, world::World},
};

/// An executor, as far as it matters here.
pub(crate) struct ExecutorScene<'a> {
    pub(crate) host: &'a str,
    pub(crate) cores: u32,
    pub(crate) used_cores: u32,
}

/// A cluster at a moment.
pub(crate) trait Scene {
    fn config(&self) -> &Config;

    fn now(&self) -> Time;

    /// When the message that is being handled was sent, in the order of sending.
    fn seq(&self) -> u64;

    /// The number of the message that is sent next.
    fn next_seq(&self) -> u64;

    /// How many events there have been.
    fn steps(&self) -> u64;

    fn num_executors(&self) -> usize;

    fn executor(&self, id: ExecutorId) -> Option<ExecutorScene<'_>>;

    /// Whether the DriverEndpoint's free, leased and used cores are all cores.
    fn cores_add_up(&self) -> bool;

    /// Whether nothing of any job is left in any table; else where.
    fn is_idle(&self) -> Result<(), String>;

    /// Jobs that have not ended.
    fn open_jobs(&self) -> Vec<JobId>;

    /// How a job ended for whoever waits for it, if it has.
    fn ending(&self, job: JobId) -> Option<Ending>;

    /// The partition of which a job's output of this number is.
    fn partition_of(&self, job: JobId, output: u32) -> Option<u32>;

    /// The RDD on which a job ends.
    fn final_rdd(&self, job: JobId) -> Option<RddId>;

    fn lineage(&self, job: JobId) -> Option<Arc<Lineage>>;

    /// What an attempt that truly succeeded made.
    fn made(&self, task: TaskId) -> Option<(Makes, u32)>;

    /// Whether anything that happened lets a job fail in this way.
    fn may_fail_with(&self, job: JobId, error: &JobError) -> bool;

    /// The simulated cluster, which knows more than messages tell; a trace has none.
    fn world(&self) -> Option<&World> {
        None
    }
}
