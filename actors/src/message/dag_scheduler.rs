//! What the DAGScheduler accepts (`spark-messages` section 1). Only `AskPermissionToCommitOutput`, `ExplainJob` and, if
//! it asks for it, `JobTagCancelled` are answered; a job's outcome goes to its waiter.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    AccumUpdate, ExecutorDecommission, HasIds, Ids, Properties, StageTask, TaskEndReason, TaskInfo,
    TaskMetrics, TaskOutput, messages,
};
use crate::{
    ExecutorId, JobId, RddId, ShuffleId, StageId, TaskId,
    lineage::{BinaryError, Lineage, StageBinary},
};

messages! {
    /// What the DAGScheduler accepts.
    DagSchedulerMessage {
        /// Run a job.
        JobSubmitted(boxed),
        /// Make the outputs of a shuffle, and nothing more.
        MapStageSubmitted(boxed),
        /// Cancel a job.
        JobCancelled,
        /// Cancel all jobs that need a stage.
        StageCancelled,
        /// Cancel the jobs of a group.
        JobGroupCancelled,
        /// Cancel the jobs with a tag.
        JobTagCancelled,
        /// Cancel all jobs.
        AllJobsCancelled,
        /// A task was launched.
        BeginEvent,
        /// A task's result is being fetched.
        GettingResultEvent,
        /// A task is to have a speculative copy.
        SpeculativeTaskSubmitted,
        /// A task ended.
        CompletionEvent(boxed),
        /// A task set gave up.
        TaskSetFailed(boxed),
        /// No executor may run a task set.
        UnschedulableTaskSetAdded,
        /// That is no longer so.
        UnschedulableTaskSetRemoved,
        /// A new executor offered its cores.
        ExecutorAdded,
        /// An executor is gone.
        ExecutorLost,
        /// An executor is about to leave.
        ExecutorDecommission,
        /// A worker is gone with its host.
        WorkerRemoved,
        /// How many barrier tasks can run at once.
        MaxConcurrentTasks,
        /// Time to check a barrier job's slots again.
        RecheckBarrierSlots,
        /// A task asks whether it may commit its output.
        AskPermissionToCommitOutput,
        /// A cached partition came or went.
        BlockUpdated,
        /// Why is something not running, or runs again?
        ExplainJob,
        /// Time to submit the failed stages again.
        ResubmitFailedStages,
        /// No RDD needs a shuffle any more.
        RemoveShuffle,
        /// The context stops.
        StopDagScheduler,
    }
}

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

/// Cancel a job. One that has ended is left alone, so a second cancel does no harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobCancelled {
    /// Which.
    pub job_id: JobId,
    /// Why, for the error that the waiter gets.
    pub reason: Option<String>,
}

/// Cancel all jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllJobsCancelled {}

/// A task was launched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BeginEvent {
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// The attempt.
    pub task_info: TaskInfo,
}

/// A task's result is being fetched: it was too large to be sent with its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GettingResultEvent {
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// The attempt.
    pub task_info: TaskInfo,
}

/// A task is to have a speculative copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeculativeTaskSubmitted {
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// The task's index in its set.
    pub index: u32,
    /// The partition.
    pub partition_id: u32,
}

/// A task ended, well or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompletionEvent {
    /// What it shared with the other tasks of its stage attempt.
    pub stage: Arc<StageTask>,
    /// Where its result goes.
    pub output_id: u32,
    /// How it ended.
    pub reason: TaskEndReason,
    /// Its output if it succeeded.
    pub output: Option<TaskOutput>,
    /// What it measured.
    pub metrics: TaskMetrics,
    /// What it added to accumulators.
    pub accum_updates: Vec<AccumUpdate>,
    /// The attempt.
    pub task_info: TaskInfo,
}

/// No executor may run any task of a task set, and dynamic allocation is to bring a new one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnschedulableTaskSetAdded {
    /// The stage.
    pub stage_id: StageId,
    /// The attempt of the stage.
    pub stage_attempt_id: u32,
}

/// A task set that no executor was allowed to run has been launched from again, or has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnschedulableTaskSetRemoved {
    /// The stage.
    pub stage_id: StageId,
    /// The attempt of the stage.
    pub stage_attempt_id: u32,
}

/// A worker is gone with its host, and with it the map outputs there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkerRemoved {
    /// Which.
    pub worker_id: Arc<str>,
    /// Its host.
    pub host: Arc<str>,
    /// What is known.
    pub message: String,
}

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

/// A task asks whether it may commit its output; answered by CommitPermission to its executor's task threads
/// (`spark-semantics` section 14).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AskPermissionToCommitOutput {
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// The partition whose output it is.
    pub partition_id: u32,
    /// The task's attempt number.
    pub attempt_number: u32,
    /// The attempt.
    pub task_id: TaskId,
    /// Where it runs.
    pub executor_id: ExecutorId,
}

/// A cached partition came or went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockUpdated {
    /// The RDD.
    pub rdd_id: RddId,
    /// Its partition.
    pub partition_id: u32,
    /// Where it is cached, or no longer is.
    pub executor_id: ExecutorId,
    /// Whether it is there now.
    pub is_cached: bool,
}

/// Asks why a job is not running or runs again; answered by Explanation to the host that asks. Costs what the job's
/// stages and the executors cost to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainJob {
    /// The number that the answer carries.
    pub request: u64,
    /// The host that asks: the sender's number.
    pub host: u32,
    /// What about.
    pub subject: ExplainSubject,
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExplainSubject {
    /// A job.
    Job(JobId),
    /// A stage.
    Stage(StageId),
    /// A partition of a stage.
    Task {
        /// The stage.
        stage_id: StageId,
        /// The partition.
        partition_id: u32,
    },
}

/// A task set gave up: its stage, and every job that needs it, fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskSetFailed {
    /// The stage.
    pub stage_id: StageId,
    /// The attempt of the stage.
    pub stage_attempt_id: u32,
    /// Why, as a text for people.
    pub reason: String,
    /// The last failure of a task, if one is the cause.
    pub cause: Option<TaskEndReason>,
}

/// A new executor offered its cores for the first time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorAdded {
    /// Which.
    pub executor_id: ExecutorId,
    /// Its host.
    pub host: Arc<str>,
}

/// An executor is gone, and with it the map outputs that it held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorLost {
    /// Which.
    pub executor_id: ExecutorId,
    /// Why.
    pub reason: super::ExecutorLossReason,
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

impl HasIds for JobSubmitted {
    fn ids(&self) -> Ids {
        Ids { job: Some(self.job_id), count: Some(self.partitions.len() as u32), ..Ids::default() }
    }
}

impl HasIds for JobCancelled {
    fn ids(&self) -> Ids {
        Ids { job: Some(self.job_id), ..Ids::default() }
    }
}

impl HasIds for BeginEvent {
    fn ids(&self) -> Ids {
        Ids {
            stage: Some(self.stage_id),
            stage_attempt: Some(self.stage_attempt_id),
            partition: Some(self.task_info.partition_id),
            task: Some(self.task_info.task_id),
            executor: Some(self.task_info.executor_id),
            ..Ids::default()
        }
    }
}

impl HasIds for CompletionEvent {
    fn ids(&self) -> Ids {
        Ids {
            job: Some(self.stage.job_id),
            stage: Some(self.stage.stage_id),
            stage_attempt: Some(self.stage.stage_attempt_id),
            partition: Some(self.task_info.partition_id),
            task: Some(self.task_info.task_id),
            executor: Some(self.task_info.executor_id),
            note: Some(self.reason.name()),
            ..Ids::default()
        }
    }
}

impl HasIds for MapStageSubmitted {
    fn ids(&self) -> Ids {
        Ids { job: Some(self.job_id), shuffle: Some(self.shuffle_id), ..Ids::default() }
    }
}

impl HasIds for StageCancelled {
    fn ids(&self) -> Ids {
        Ids { stage: Some(self.stage_id), ..Ids::default() }
    }
}

impl HasIds for GettingResultEvent {
    fn ids(&self) -> Ids {
        Ids {
            stage: Some(self.stage_id),
            stage_attempt: Some(self.stage_attempt_id),
            partition: Some(self.task_info.partition_id),
            task: Some(self.task_info.task_id),
            executor: Some(self.task_info.executor_id),
            ..Ids::default()
        }
    }
}

impl HasIds for SpeculativeTaskSubmitted {
    fn ids(&self) -> Ids {
        Ids {
            stage: Some(self.stage_id),
            stage_attempt: Some(self.stage_attempt_id),
            partition: Some(self.partition_id),
            ..Ids::default()
        }
    }
}

impl HasIds for AskPermissionToCommitOutput {
    fn ids(&self) -> Ids {
        Ids {
            stage: Some(self.stage_id),
            stage_attempt: Some(self.stage_attempt_id),
            partition: Some(self.partition_id),
            task: Some(self.task_id),
            executor: Some(self.executor_id),
            ..Ids::default()
        }
    }
}

impl HasIds for BlockUpdated {
    fn ids(&self) -> Ids {
        let note = if self.is_cached { "cached" } else { "gone" };
        Ids {
            partition: Some(self.partition_id),
            executor: Some(self.executor_id),
            note: Some(note),
            ..Ids::default()
        }
    }
}

impl HasIds for ExplainJob {
    fn ids(&self) -> Ids {
        match self.subject {
            ExplainSubject::Job(job) => Ids { job: Some(job), ..Ids::default() },
            ExplainSubject::Stage(stage) => Ids { stage: Some(stage), ..Ids::default() },
            ExplainSubject::Task { stage_id, partition_id } => {
                Ids { stage: Some(stage_id), partition: Some(partition_id), ..Ids::default() }
            }
        }
    }
}

macro_rules! job_ids {
    ($($name:ident),*) => {$(
        impl HasIds for $name {
            fn ids(&self) -> Ids {
                Ids { job: Some(self.job_id), ..Ids::default() }
            }
        }
    )*};
}

macro_rules! stage_attempt_ids {
    ($($name:ident),*) => {$(
        impl HasIds for $name {
            fn ids(&self) -> Ids {
                Ids { stage: Some(self.stage_id), stage_attempt: Some(self.stage_attempt_id), ..Ids::default() }
            }
        }
    )*};
}

job_ids!(MaxConcurrentTasks, RecheckBarrierSlots);
stage_attempt_ids!(UnschedulableTaskSetAdded, UnschedulableTaskSetRemoved);

impl HasIds for TaskSetFailed {
    fn ids(&self) -> Ids {
        Ids { stage: Some(self.stage_id), stage_attempt: Some(self.stage_attempt_id), ..Ids::default() }
    }
}

impl HasIds for ExecutorAdded {
    fn ids(&self) -> Ids {
        Ids { executor: Some(self.executor_id), ..Ids::default() }
    }
}

impl HasIds for ExecutorLost {
    fn ids(&self) -> Ids {
        Ids { executor: Some(self.executor_id), ..Ids::default() }
    }
}

impl HasIds for RemoveShuffle {
    fn ids(&self) -> Ids {
        Ids { shuffle: Some(self.shuffle_id), ..Ids::default() }
    }
}

super::describe::no_ids!(
    AllJobsCancelled,
    ResubmitFailedStages,
    StopDagScheduler,
    JobGroupCancelled,
    JobTagCancelled,
    WorkerRemoved
);
