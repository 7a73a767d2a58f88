//! What the BarrierCoordinator accepts (`spark-messages` section 8).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ids_of, messages};
use crate::{ExecutorId, StageId, TaskId};

messages! {
    /// What the BarrierCoordinator accepts.
    BarrierCoordinatorMessage {
        /// A task waits for the others.
        RequestToSync(boxed),
        /// A barrier has waited long enough.
        BarrierTimeout,
        /// A stage attempt is over.
        BarrierStageCompleted,
    }
}

/// What a task calls: all tasks of a round must call the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestMethod {
    /// Wait for the others.
    Barrier,
    /// Wait for the others and get their messages.
    AllGather,
}

impl RequestMethod {
    /// As Spark writes it.
    pub fn name(self) -> &'static str {
        match self {
            RequestMethod::Barrier => "BARRIER",
            RequestMethod::AllGather => "ALL_GATHER",
        }
    }
}

/// A task waits for the others of its stage attempt; answered by BarrierReply when all have asked, or when the barrier
/// breaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestToSync {
    /// Tasks of the stage attempt.
    pub num_tasks: u32,
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// The attempt that asks.
    pub task_id: TaskId,
    /// Where it runs.
    pub executor_id: ExecutorId,
    /// How many barriers it has passed.
    pub barrier_epoch: u32,
    /// Its partition.
    pub partition_id: u32,
    /// Its message to the others.
    pub message: Arc<str>,
    /// What it calls.
    pub method: RequestMethod,
}

/// A barrier has waited long enough: a timer of the BarrierCoordinator's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BarrierTimeout {
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt.
    pub stage_attempt_id: u32,
    /// Which barrier of the attempt.
    pub barrier_epoch: u32,
}

/// A stage attempt is over: whoever waits at its barrier is told, and it is forgotten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BarrierStageCompleted {
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt.
    pub stage_attempt_id: u32,
}

ids_of! {
    RequestToSync: stage = stage_id, stage_attempt = stage_attempt_id, partition = partition_id,
        task = task_id, executor = executor_id, note = method.name();
    BarrierTimeout: stage = stage_id, stage_attempt = stage_attempt_id;
    BarrierStageCompleted: stage = stage_id, stage_attempt = stage_attempt_id;
}
