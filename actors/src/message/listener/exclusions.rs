//! Events of executors and nodes that get no tasks because tasks failed there.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{ExecutorId, StageId, Time, message::ids_of};

/// An executor gets no more tasks of the application, because tasks failed there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorExcluded {
    /// When.
    pub time: Time,
    /// Which.
    pub executor_id: ExecutorId,
    /// How many tasks failed there.
    pub task_failures: u32,
}

/// An executor gets no more tasks of a stage attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorExcludedForStage {
    /// When.
    pub time: Time,
    /// Which.
    pub executor_id: ExecutorId,
    /// How many of its tasks failed there.
    pub task_failures: u32,
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt.
    pub stage_attempt_id: u32,
}

/// An executor gets tasks again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorUnexcluded {
    /// When.
    pub time: Time,
    /// Which.
    pub executor_id: ExecutorId,
}

/// A node gets no more tasks of the application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeExcluded {
    /// When.
    pub time: Time,
    /// Which.
    pub host: Arc<str>,
    /// How many of its executors are excluded.
    pub executor_failures: u32,
}

/// A node gets no more tasks of a stage attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeExcludedForStage {
    /// When.
    pub time: Time,
    /// Which.
    pub host: Arc<str>,
    /// How many of its executors are excluded.
    pub executor_failures: u32,
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt.
    pub stage_attempt_id: u32,
}

/// A node gets tasks again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeUnexcluded {
    /// When.
    pub time: Time,
    /// Which.
    pub host: Arc<str>,
}

ids_of! {
    ExecutorExcluded: executor = executor_id;
    ExecutorExcludedForStage: executor = executor_id;
    ExecutorUnexcluded: executor = executor_id;
    NodeExcluded;
    NodeExcludedForStage: stage = stage_id, stage_attempt = stage_attempt_id;
    NodeUnexcluded;
}
