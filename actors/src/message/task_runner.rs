//! What an executor's task threads accept. They are no actor: they run user code.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{HasIds, Ids, KillTask, LaunchTask, MapStatus, messages};
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
    /// The state of the map outputs that this is.
    pub epoch: u64,
    /// By map partition; `None` for an output that is missing. `None` altogether: the shuffle is unknown.
    pub statuses: Option<Arc<[Option<MapStatus>]>>,
}

/// Take no more tasks, set all kill flags, end the threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopTaskRunner {}

impl HasIds for StopTaskRunner {
    fn ids(&self) -> Ids {
        Ids::default()
    }
}

impl HasIds for CommitPermission {
    fn ids(&self) -> Ids {
        let note = if self.allowed { "allowed" } else { "denied" };
        Ids { task: Some(self.task_id), note: Some(note), ..Ids::default() }
    }
}

impl HasIds for BarrierReply {
    fn ids(&self) -> Ids {
        let note = if self.result.is_ok() { "open" } else { "broken" };
        Ids { task: Some(self.task_id), note: Some(note), ..Ids::default() }
    }
}

impl HasIds for MapOutputStatuses {
    fn ids(&self) -> Ids {
        Ids { shuffle: Some(self.shuffle_id), ..Ids::default() }
    }
}
