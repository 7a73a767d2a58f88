//! What the DriverEndpoint accepts (`spark-messages` section 3).

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{ExecutorLossReason, Secret, StatusUpdate, TaskDescription, WorkerOffer, ids_of, messages};
use crate::{
    ExecutorId, JobId, OfferRound, TaskId,
    resources::{ProfileId, ResourceProfile, Resources},
};

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
        /// Kill executors.
        KillExecutors,
        /// Kill all executors of a host.
        KillExecutorsOnHost,
        /// Let executors leave when they can.
        DecommissionExecutors,
        /// Let all executors of a host leave when they can.
        DecommissionExecutorsOnHost,
        /// An executor was told from outside to leave.
        ExecutorDecommissioning,
        /// A worker is gone with its host.
        RemoveWorker,
        /// The nodes that get no tasks.
        ExcludedNodesChanged,
        /// How many tasks can run at once?
        GetMaxConcurrentTasks,
        /// There are to be this many executors.
        RequestExecutors,
        /// Whether the cluster manager took a request.
        RequestAcknowledged,
        /// New credentials for storage.
        UpdateDelegationTokens,
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
    /// What it has beyond cores.
    pub resources: Resources,
    /// The profile for which it was started.
    pub profile_id: ProfileId,
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

/// Kill executors: they are told to stop, and are removed as killed by the driver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KillExecutors {
    /// Which.
    pub executor_ids: Vec<ExecutorId>,
    /// Whether also if they have tasks.
    pub force: bool,
}

/// Kill all executors of a host, because tasks failed there. Within the endpoint, so that it is in order with
/// registrations (`spark-messages` section 3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KillExecutorsOnHost {
    /// The host.
    pub host: Arc<str>,
}

/// Let executors leave when they can: they get no more tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecommissionExecutors {
    /// Which.
    pub executor_ids: Vec<ExecutorId>,
    /// Their host, if that leaves as well: the cluster manager knows.
    pub worker_host: Option<Arc<str>>,
    /// Why.
    pub reason: String,
}

/// Let all executors of a host leave when they can.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecommissionExecutorsOnHost {
    /// The host.
    pub host: Arc<str>,
}

/// An executor was told from outside (a signal) to leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorDecommissioning {
    /// Which.
    pub executor_id: ExecutorId,
}

/// A worker is gone with its host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveWorker {
    /// Which.
    pub worker_id: Arc<str>,
    /// Its host.
    pub host: Arc<str>,
    /// What is known.
    pub message: String,
}

/// The nodes that get no tasks because tasks failed there: executors on them are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExcludedNodesChanged {
    /// All of them.
    pub nodes: BTreeSet<Arc<str>>,
}

/// How many tasks of these profiles can run at once on all active executors, busy ones included? Answered by
/// MaxConcurrentTasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GetMaxConcurrentTasks {
    /// The job that waits for the answer.
    pub job_id: JobId,
    /// By stage: what its tasks need; `None`: the default profile.
    pub profiles: Vec<Option<Arc<ResourceProfile>>>,
}

/// There are to be this many executors in all; forwarded to the cluster manager.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestExecutors {
    /// How many.
    pub total: u32,
}

/// Whether the cluster manager took a RequestExecutors; forwarded to whoever asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestAcknowledged {
    /// What was asked for.
    pub total: u32,
    /// Whether it was taken.
    pub accepted: bool,
}

/// New credentials for storage, opaque; forwarded to every executor and never traced with their bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpdateDelegationTokens {
    /// The credentials.
    pub tokens: Secret,
}

/// Stop all executors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopExecutors {}

ids_of! {
    RegisterExecutor: executor = executor_id;
    LaunchedExecutor: executor = executor_id;
    ReviveOffers;
    LaunchTasks: count = tasks.len();
    KillTask: task = task_id, executor = executor_id;
    RemoveExecutor: executor = executor_id;
    KillExecutors: count = executor_ids.len();
    KillExecutorsOnHost;
    DecommissionExecutors: count = executor_ids.len();
    DecommissionExecutorsOnHost;
    ExecutorDecommissioning: executor = executor_id;
    RemoveWorker;
    ExcludedNodesChanged;
    GetMaxConcurrentTasks: job = job_id;
    RequestExecutors: count = total;
    RequestAcknowledged: count = total;
    UpdateDelegationTokens;
    StopExecutors;
}
