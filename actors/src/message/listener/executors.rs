//! Events of executors.

use serde::{Deserialize, Serialize};

use crate::{
    ExecutorId, StageId, TaskId, Time,
    message::{ExecutorLossReason, TaskMetrics, ids_of},
    resources::Resources,
};

/// An executor registered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SparkListenerExecutorAdded {
    /// Which.
    pub executor_id: ExecutorId,
    /// Its host.
    pub hostname: String,
    /// Its cores.
    pub cores: u32,
    /// What it has beyond cores.
    pub resources: Resources,
    /// When.
    pub time: Time,
}

/// An executor is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SparkListenerExecutorRemoved {
    /// Which.
    pub executor_id: ExecutorId,
    /// Why.
    pub reason: ExecutorLossReason,
    /// When.
    pub time: Time,
}

/// What an executor's running tasks have measured so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorMetricsUpdate {
    /// Which executor.
    pub executor_id: ExecutorId,
    /// By attempt, with its stage and the stage's attempt.
    pub task_metrics: Vec<(TaskId, StageId, u32, TaskMetrics)>,
}

ids_of! {
    SparkListenerExecutorAdded: executor = executor_id;
    SparkListenerExecutorRemoved: executor = executor_id;
    ExecutorMetricsUpdate: executor = executor_id;
}
