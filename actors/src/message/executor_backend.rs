//! What an ExecutorBackend accepts (`spark-messages` section 4).

use serde::{Deserialize, Serialize};

use super::{KillTask, TaskDescription, TaskMetrics, TaskStatus, UpdateDelegationTokens, ids_of, messages};
use crate::{ExecutorId, TaskId};

messages! {
    /// What an ExecutorBackend accepts.
    ExecutorBackendMessage {
        /// The driver knows it now.
        RegisteredExecutor,
        /// The driver refused it.
        RegisterExecutorFailed,
        /// Run a task.
        LaunchTask,
        /// Kill a task.
        KillTask,
        /// A task of its own started or ended.
        StatusUpdate,
        /// Leave when possible.
        DecommissionExecutor,
        /// Told from outside to leave.
        ExecutorDecommissionSigReceived,
        /// Time to see whether it can leave.
        CheckDecommission,
        /// Time for a sign of life.
        SendHeartbeat,
        /// What its running tasks measure.
        TaskMetricsReport,
        /// The driver has seen the sign of life.
        HeartbeatResponse,
        /// New credentials for storage.
        UpdateDelegationTokens,
        /// Time to forget kills of tasks that never came.
        ForgetKillMarks,
        /// Stop.
        StopExecutor,
    }
}

/// The driver knows the executor now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegisteredExecutor {}

/// The driver refused the executor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegisterExecutorFailed {
    /// Why.
    pub message: String,
}

/// Run a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LaunchTask {
    /// Which, and all it needs.
    pub task: TaskDescription,
}

/// A task started or ended: from the task's thread to its ExecutorBackend, to the DriverEndpoint, to the
/// TaskScheduler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusUpdate {
    /// Where it runs.
    pub executor_id: ExecutorId,
    /// The attempt.
    pub task_id: TaskId,
    /// RUNNING, or how it ended.
    pub status: TaskStatus,
    /// The cores that it took.
    pub task_cpus: u32,
}

/// Leave when possible: run what runs to its end, take nothing more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecommissionExecutor {}

/// The executor was told from outside (a signal) to leave: it asks the driver first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorDecommissionSigReceived {}

/// Time to see whether a decommissioned executor can leave: a timer of its own, each second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckDecommission {}

/// Time for a sign of life: a timer of the ExecutorBackend's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SendHeartbeat {}

/// What the running tasks of the executor have measured, from its task threads, for the next heartbeat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskMetricsReport {
    /// By attempt.
    pub task_metrics: Vec<(TaskId, TaskMetrics)>,
}

/// The driver has seen a sign of life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeartbeatResponse {
    /// The driver does not know the executor (any more): it registers again.
    pub reregister: bool,
}

/// Time to forget kills of tasks that never came: a timer of the ExecutorBackend's own (SPARK-38916).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForgetKillMarks {}

/// Stop: take no more tasks, kill those that run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopExecutor {}

ids_of! {
    RegisteredExecutor;
    RegisterExecutorFailed;
    LaunchTask: job = task.stage.job_id, stage = task.stage.stage_id,
        stage_attempt = task.stage.stage_attempt_id, partition = task.partition_id, task = task.task_id,
        executor = task.executor_id;
    StatusUpdate: task = task_id, executor = executor_id, note = status.state().name();
    DecommissionExecutor;
    ExecutorDecommissionSigReceived;
    CheckDecommission;
    SendHeartbeat;
    TaskMetricsReport;
    HeartbeatResponse;
    ForgetKillMarks;
    StopExecutor;
}
