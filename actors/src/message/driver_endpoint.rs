//! What the DriverEndpoint accepts (`spark-messages` section 3).

use serde::{Deserialize, Serialize};

use super::{ExecutorLossReason, HasIds, Ids, StatusUpdate, TaskDescription, WorkerOffer, messages};
use crate::{ExecutorId, OfferRound, TaskId};

messages! {
    /// What the DriverEndpoint accepts.
    DriverEndpointMessage {
        /// An executor wants to work.
        RegisterExecutor,
        /// A registered executor is ready for tasks.
        LaunchedExecutor,
        /// A task started or ended.
        StatusUpdate,
        /// Offer the free cores.
        ReviveOffers,
        /// The reply to ResourceOffers.
        LaunchTasks,
        /// Kill a task.
        KillTask,
        /// An executor is gone, or is to go.
        RemoveExecutor,
        /// Stop all executors.
        StopExecutors,
    }
}

/// An executor wants to work; answered by RegisteredExecutor or RegisterExecutorFailed, which stay real
/// messages as in the Akka design.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegisterExecutor {
    /// Its id.
    pub executor_id: ExecutorId,
    /// Its host.
    pub hostname: String,
    /// Its cores.
    pub cores: u32,
}

/// A registered executor is ready for tasks: only now does it have free cores (SPARK-29287).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LaunchedExecutor {
    /// Which.
    pub executor_id: ExecutorId,
}

/// Offer the free cores of all executors. While a round is open it is remembered for after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviveOffers {}

/// The reply to ResourceOffers: the lease ends, these tasks take their cores, the rest is free again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LaunchTasks {
    /// The round that is answered.
    pub round: OfferRound,
    /// The tasks to launch.
    pub tasks: Vec<TaskDescription>,
    /// The cores that are not used.
    pub returned: Vec<WorkerOffer>,
}

/// Kill a task on its executor; forwarded to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KillTask {
    /// The attempt.
    pub task_id: TaskId,
    /// Where it runs.
    pub executor_id: ExecutorId,
    /// Whether to interrupt its waits as well.
    pub interrupt_thread: bool,
    /// Why.
    pub reason: String,
}

/// An executor is gone, or is to go: it is told to stop, and its tasks fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveExecutor {
    /// Which.
    pub executor_id: ExecutorId,
    /// Why.
    pub reason: ExecutorLossReason,
}

/// Stop all executors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopExecutors {}

impl HasIds for LaunchTasks {
    fn ids(&self) -> Ids {
        Ids { count: Some(self.tasks.len() as u32), ..Ids::default() }
    }
}

impl HasIds for KillTask {
    fn ids(&self) -> Ids {
        Ids { task: Some(self.task_id), executor: Some(self.executor_id), ..Ids::default() }
    }
}

macro_rules! executor_ids {
    ($($name:ident),*) => {$(
        impl HasIds for $name {
            fn ids(&self) -> Ids {
                Ids { executor: Some(self.executor_id), ..Ids::default() }
            }
        }
    )*};
}

executor_ids!(RegisterExecutor, LaunchedExecutor, RemoveExecutor);
super::describe::no_ids!(ReviveOffers, StopExecutors);
