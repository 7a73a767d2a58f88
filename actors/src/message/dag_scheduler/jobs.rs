//! Jobs: those that come, those that are cancelled, and what they wait for.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    JobId, RddId, ShuffleId, StageId,
    lineage::{BinaryError, Lineage, StageBinary},
    message::{Properties, ids_of},
};

/// Run a job: an action on `final_rdd`. Plain data, so that it can be recorded and replayed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobSubmitted {
    /// The job's id, given by the context.
    pub job_id: JobId,
    /// The RDD that the action is on.
    pub final_rdd: RddId,
    /// All RDDs and shuffles that it is made from.
    pub lineage: Arc<Lineage>,
    /// The partitions to compute; results come in this order's positions.
    pub partitions: Vec<u32>,
    /// The result stage's code and data, or why there is none.
    pub binary: Result<StageBinary, BinaryError>,
    /// Where the user's program called the action, such as `count at src/main.rs:14:9`.
    pub call_site: Arc<str>,
    /// The job's properties.
    pub properties: Properties,
}

/// Make the outputs of a shuffle, and nothing more. Its waiter gets one `MapStageSucceeded`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapStageSubmitted {
    /// The job's id, given by the context.
    pub job_id: JobId,
    /// Which shuffle.
    pub shuffle_id: ShuffleId,
    /// All RDDs and shuffles that it is made from.
    pub lineage: Arc<Lineage>,
    /// Where the user's program asked for it.
    pub call_site: Arc<str>,
    /// The job's properties.
    pub properties: Properties,
}

/// Cancel a job. One that has ended is left alone, so a second cancel does no harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobCancelled {
    /// Which.
    pub job_id: JobId,
    /// Why, for the error that the waiter gets.
    pub reason: Option<String>,
}

/// Cancel all jobs that need a stage. A stage that is unknown is left alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageCancelled {
    /// Which.
    pub stage_id: StageId,
    /// Why, for the error that the waiters get.
    pub reason: Option<String>,
}

/// Cancel the active jobs of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobGroupCancelled {
    /// The group: the job property `spark.jobGroup.id`.
    pub group_id: Arc<str>,
    /// Whether jobs of the group that come later are refused.
    pub cancel_future_jobs: bool,
    /// Why, for the error that the waiters get.
    pub reason: Option<String>,
}

/// Cancel the active jobs with a tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobTagCancelled {
    /// The tag: one of the job property `spark.job.tags`.
    pub tag: Arc<str>,
    /// Why, for the error that the waiters get.
    pub reason: Option<String>,
    /// Who is told which jobs these were, if anybody is: JobsCancelled is the answer.
    pub reply_to: Option<ReplyTo>,
}

/// A host that waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTo {
    /// The number that the answer carries.
    pub request: u64,
    /// The host that asks: the sender's number.
    pub host: u32,
}

/// Cancel all jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllJobsCancelled {}

/// The reply to GetMaxConcurrentTasks: how many tasks of a barrier job can run at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MaxConcurrentTasks {
    /// The job that waits for the answer.
    pub job_id: JobId,
    /// By stage of the question, in its order: the slots for its profile.
    pub slots: Vec<u32>,
}

/// Time to check a barrier job's slots again: a timer of the DAGScheduler's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecheckBarrierSlots {
    /// The job that waits.
    pub job_id: JobId,
}

/// Time to submit the failed stages again: a timer of the DAGScheduler's own, 200 ms after the first fetch
/// failure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResubmitFailedStages {}

/// No RDD needs a shuffle any more: its outputs are forgotten once no running job needs them (Spark's
/// ContextCleaner).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveShuffle {
    /// Which.
    pub shuffle_id: ShuffleId,
}

/// The context stops: every active job fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopDagScheduler {}

ids_of! {
    JobSubmitted: job = job_id, count = partitions.len();
    MapStageSubmitted: job = job_id, shuffle = shuffle_id;
    JobCancelled: job = job_id;
    StageCancelled: stage = stage_id;
    JobGroupCancelled;
    JobTagCancelled;
    AllJobsCancelled;
    MaxConcurrentTasks: job = job_id;
    RecheckBarrierSlots: job = job_id;
    ResubmitFailedStages;
    RemoveShuffle: shuffle = shuffle_id;
    StopDagScheduler;
}
