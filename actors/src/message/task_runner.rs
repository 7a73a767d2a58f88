//! What an executor's task threads accept. They are no actor: they run user code.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{KillTask, LaunchTask, MapStatus, ids_of, messages};
use crate::{ShuffleId, TaskId};

messages! {
    /// What an executor's task threads accept.
    TaskRunnerMessage {
        /// Run a task on a free thread.
        LaunchTask,
        /// Set a task's kill flag.
        KillTask,
        /// Whether a task may commit its output.
        CommitPermission,
        /// A barrier opened, or broke.
        BarrierReply,
        /// Where the outputs of a shuffle are.
        MapOutputStatuses,
        /// Take no more tasks, set all kill flags.
        StopTaskRunner,
    }
}

/// The answer to AskPermissionToCommitOutput.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommitPermission {
    /// The attempt that asked.
    pub task_id: TaskId,
    /// Whether it may commit.
    pub allowed: bool,
}

/// The answer to RequestToSync, to each task of the barrier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BarrierReply {
    /// The attempt that asked.
    pub task_id: TaskId,
    /// The messages of all tasks, by partition; or why the barrier broke.
    pub result: Result<Arc<[Arc<str>]>, String>,
}

/// The answer to GetMapOutputStatuses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapOutputStatuses {
    /// Which shuffle.
    pub shuffle_id: ShuffleId,
    /// By map partition; `None` for an output that is missing. `None` altogether: the shuffle is unknown.
    pub statuses: Option<Arc<[Option<MapStatus>]>>,
}

/// Take no more tasks, set all kill flags, end the threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopTaskRunner {}

ids_of! {
    CommitPermission: task = task_id, note = allowed ? "allowed" : "denied";
    BarrierReply: task = task_id, note = result.is_ok() ? "open" : "broken";
    MapOutputStatuses: shuffle = shuffle_id;
    StopTaskRunner;
}
