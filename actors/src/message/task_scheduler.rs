//! What the TaskScheduler accepts (`spark-messages` section 2). In Spark it is a locked object that four
//! kinds of threads call; here each call is a message.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    AccumUpdate, ExecutorLossReason, ExplainSubject, HasIds, Ids, Reason, StatusUpdate, TaskEndReason,
    TaskMetrics, TaskOutput, TaskSet, ids_of, messages,
};
use crate::{
    ExecutorId, OfferRound, StageId, TaskId,
    resources::{ProfileId, Resources},
};

messages! {
    /// What the TaskScheduler accepts.
    TaskSchedulerMessage {
        /// Run the tasks of a stage attempt.
        SubmitTasks,
        /// Kill all tasks of a stage.
        KillAllTaskAttempts,
        /// Kill one task.
        KillTaskAttempt,
        /// A task of a set that may run no more attempts ended elsewhere.
        NotifyPartitionCompletion,
        /// Free cores, on lease until the reply.
        ResourceOffers,
        /// A task started or ended.
        StatusUpdate,
        /// A successful task's result is being fetched.
        HandleTaskGettingResult,
        /// A successful task's result was decoded.
        HandleSuccessfulTask,
        /// A task's result could not be had.
        HandleFailedTask(boxed),
        /// A task set cannot go on.
        AbortTaskSet,
        /// An executor is gone.
        TaskExecutorLost,
        /// An executor is about to leave.
        ExecutorDecommission,
        /// A worker is gone with its host.
        TaskWorkerRemoved,
        /// What running tasks measure.
        ExecutorHeartbeatReceived(boxed),
        /// Time to see whether anything has been launched.
        CheckStarvation,
        /// Time to look for slow tasks.
        CheckSpeculatableTasks,
        /// Tasks have waited long enough for a near place.
        CheckLocality,
        /// A set that no executor may run has waited long enough.
        AbortUnschedulableTaskSet,
        /// Time to forget old exclusions.
        ExpireExclusions,
        /// Why does a stage not run?
        ExplainStages(boxed),
    }
}

/// Run the tasks of a stage attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubmitTasks {
    /// The tasks.
    pub task_set: TaskSet,
}

/// Kill all running tasks of all attempts of a stage and launch no more of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KillAllTaskAttempts {
    /// The stage.
    pub stage_id: StageId,
    /// Whether to interrupt their waits as well.
    pub interrupt_thread: bool,
    /// Why.
    pub reason: String,
}

/// Kill one attempt; the task is tried again, and the kill does not count as a failure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KillTaskAttempt {
    /// The attempt.
    pub task_id: TaskId,
    /// Whether to interrupt its waits as well.
    pub interrupt_thread: bool,
    /// Why.
    pub reason: String,
}

/// A task's output was made by an earlier attempt of its stage: the live attempt need not make it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotifyPartitionCompletion {
    /// The stage.
    pub stage_id: StageId,
    /// The partition.
    pub partition_id: u32,
    /// Where its result goes: a job may name a partition twice, and only one of the two is done.
    pub output_id: u32,
}

/// Free cores of one executor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerOffer {
    /// The executor.
    pub executor_id: ExecutorId,
    /// Its host.
    pub host: Arc<str>,
    /// Its free cores.
    pub cores: u32,
    /// What it has free beyond cores.
    pub resources: Resources,
    /// The profile for which it was started.
    pub profile_id: ProfileId,
}

impl WorkerOffer {
    /// Cores of an executor that has nothing else.
    pub fn new(executor_id: ExecutorId, host: impl Into<Arc<str>>, cores: u32) -> Self {
        WorkerOffer {
            executor_id,
            host: host.into(),
            cores,
            resources: Resources::new(),
            profile_id: ProfileId::DEFAULT,
        }
    }
}

/// Free cores, on lease until the reply [`LaunchTasks`](super::LaunchTasks) of the same round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceOffers {
    /// The round that the reply names.
    pub round: OfferRound,
    /// The cores.
    pub offers: Vec<WorkerOffer>,
    /// Whether these are all free cores, or those of one executor after a task ended.
    pub is_all_free_resources: bool,
}

/// A successful task's result is being fetched: it was too large to be sent with its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandleTaskGettingResult {
    /// The attempt.
    pub task_id: TaskId,
}

/// A successful task's result was decoded (or was a map status, which needs none).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandleSuccessfulTask {
    /// The attempt.
    pub task_id: TaskId,
    /// What is left of its value.
    pub output: TaskOutput,
    /// What it measured.
    pub metrics: Box<TaskMetrics>,
    /// What it added to accumulators.
    pub accum_updates: Vec<AccumUpdate>,
}

/// A task's result could not be had although the task succeeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandleFailedTask {
    /// The attempt.
    pub task_id: TaskId,
    /// Why.
    pub reason: TaskEndReason,
}

/// The set of this task cannot go on: the task is too large to launch, or its result does not decode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AbortTaskSet {
    /// The attempt.
    pub task_id: TaskId,
    /// Why.
    pub reason: String,
}

/// An executor is gone: its tasks failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskExecutorLost {
    /// Which.
    pub executor_id: ExecutorId,
    /// Why.
    pub reason: ExecutorLossReason,
}

/// An executor is about to leave: it gets no more tasks, and those that it runs may end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorDecommission {
    /// Which.
    pub executor_id: ExecutorId,
    /// Its host, if that leaves as well.
    pub worker_host: Option<Arc<str>>,
    /// Why.
    pub reason: String,
}

/// A worker is gone with its host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskWorkerRemoved {
    /// Which.
    pub worker_id: Arc<str>,
    /// Its host.
    pub host: Arc<str>,
    /// What is known.
    pub message: String,
}

/// What an executor's running tasks have measured so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorHeartbeatReceived {
    /// Which executor.
    pub executor_id: ExecutorId,
    /// By attempt.
    pub task_metrics: Vec<(TaskId, TaskMetrics)>,
}

/// Time to look for slow tasks: a timer of the TaskScheduler's own, while a set may have some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckSpeculatableTasks {}

/// Tasks have waited long enough for a place near their data: a timer of the TaskScheduler's own, for the moment at
/// which the next set may go farther. Spark offers all cores every second for this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckLocality {}

/// A set that no executor may run has waited long enough for a new one: a timer of the TaskScheduler's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AbortUnschedulableTaskSet {
    /// The stage.
    pub stage_id: StageId,
    /// The attempt of the stage.
    pub stage_attempt_id: u32,
    /// Which wait: one that has been called off is not the latest.
    pub serial: u64,
}

/// Time to forget exclusions that have lasted long enough: a timer of the TaskScheduler's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpireExclusions {}

/// The rest of an ExplainJob that the DAGScheduler could not answer alone: why these stages' tasks do not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainStages {
    /// The number that the answer carries.
    pub request: u64,
    /// The host that asks.
    pub host: u32,
    /// What about.
    pub subject: ExplainSubject,
    /// What the DAGScheduler knows.
    pub reasons: Vec<Reason>,
    /// The stages whose tasks are in question.
    pub stages: Vec<StageId>,
}

/// Time to see whether anything has been launched: a timer of the TaskScheduler's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckStarvation {}

impl HasIds for ResourceOffers {
    fn ids(&self) -> Ids {
        let executor = match &self.offers[..] {
            [offer] => Some(offer.executor_id),
            _ => None,
        };
        Ids { executor, count: Some(self.offers.iter().map(|offer| offer.cores).sum()), ..Ids::default() }
    }
}

ids_of! {
    SubmitTasks: job = task_set.stage.job_id, stage = task_set.stage.stage_id,
        stage_attempt = task_set.stage.stage_attempt_id, count = task_set.tasks.len();
    KillAllTaskAttempts: stage = stage_id;
    KillTaskAttempt: task = task_id;
    NotifyPartitionCompletion: stage = stage_id, partition = partition_id;
    HandleTaskGettingResult: task = task_id;
    HandleSuccessfulTask: task = task_id;
    HandleFailedTask: task = task_id, note = reason.name();
    AbortTaskSet: task = task_id;
    TaskExecutorLost: executor = executor_id;
    ExecutorDecommission: executor = executor_id;
    TaskWorkerRemoved;
    ExecutorHeartbeatReceived: executor = executor_id;
    CheckStarvation;
    CheckSpeculatableTasks;
    CheckLocality;
    AbortUnschedulableTaskSet: stage = stage_id, stage_attempt = stage_attempt_id;
    ExpireExclusions;
    ExplainStages;
}
