//! What the TaskScheduler accepts (`spark-messages` section 2). In Spark it is a locked object that four
//! kinds of threads call; here each call is a message.

use serde::{Deserialize, Serialize};

use super::{
    ExecutorLossReason, HasIds, Ids, StatusUpdate, TaskEndReason, TaskMetrics, TaskOutput, TaskSet, messages,
};
use crate::{ExecutorId, OfferRound, StageId, TaskId};

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
        /// A successful task's result was decoded.
        HandleSuccessfulTask(boxed),
        /// A task's result could not be had.
        HandleFailedTask(boxed),
        /// A task set cannot go on.
        AbortTaskSet,
        /// An executor is gone.
        TaskExecutorLost,
        /// Time to see whether anything has been launched.
        CheckStarvation,
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
    /// Its free cores.
    pub cores: u32,
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

/// A successful task's result was decoded (or was a map status, which needs none).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandleSuccessfulTask {
    /// The attempt.
    pub task_id: TaskId,
    /// What is left of its value.
    pub output: TaskOutput,
    /// What it measured.
    pub metrics: TaskMetrics,
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

/// Time to see whether anything has been launched: a timer of the TaskScheduler's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckStarvation {}

impl HasIds for SubmitTasks {
    fn ids(&self) -> Ids {
        let stage = &self.task_set.stage;
        Ids {
            job: Some(stage.job_id),
            stage: Some(stage.stage_id),
            stage_attempt: Some(stage.stage_attempt_id),
            count: Some(self.task_set.tasks.len() as u32),
            ..Ids::default()
        }
    }
}

impl HasIds for KillAllTaskAttempts {
    fn ids(&self) -> Ids {
        Ids { stage: Some(self.stage_id), ..Ids::default() }
    }
}

impl HasIds for NotifyPartitionCompletion {
    fn ids(&self) -> Ids {
        Ids { stage: Some(self.stage_id), partition: Some(self.partition_id), ..Ids::default() }
    }
}

impl HasIds for ResourceOffers {
    fn ids(&self) -> Ids {
        let executor = match &self.offers[..] {
            [offer] => Some(offer.executor_id),
            _ => None,
        };
        Ids { executor, count: Some(self.offers.iter().map(|offer| offer.cores).sum()), ..Ids::default() }
    }
}

impl HasIds for HandleFailedTask {
    fn ids(&self) -> Ids {
        Ids { task: Some(self.task_id), note: Some(self.reason.name()), ..Ids::default() }
    }
}

impl HasIds for TaskExecutorLost {
    fn ids(&self) -> Ids {
        Ids { executor: Some(self.executor_id), ..Ids::default() }
    }
}

macro_rules! task_ids {
    ($($name:ident),*) => {$(
        impl HasIds for $name {
            fn ids(&self) -> Ids {
                Ids { task: Some(self.task_id), ..Ids::default() }
            }
        }
    )*};
}

task_ids!(KillTaskAttempt, HandleSuccessfulTask, AbortTaskSet);
super::describe::no_ids!(CheckStarvation);
