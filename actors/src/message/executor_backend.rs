//! What an ExecutorBackend accepts (`spark-messages` section 4).

use serde::{Deserialize, Serialize};

use super::{HasIds, Ids, KillTask, TaskDescription, TaskStatus, messages};
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

/// Stop: take no more tasks, kill those that run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopExecutor {}

impl HasIds for LaunchTask {
    fn ids(&self) -> Ids {
        let task = &self.task;
        Ids {
            job: Some(task.stage.job_id),
            stage: Some(task.stage.stage_id),
            stage_attempt: Some(task.stage.stage_attempt_id),
            partition: Some(task.partition_id),
            task: Some(task.task_id),
            executor: Some(task.executor_id),
            ..Ids::default()
        }
    }
}

impl HasIds for StatusUpdate {
    fn ids(&self) -> Ids {
        Ids {
            task: Some(self.task_id),
            executor: Some(self.executor_id),
            note: Some(self.status.state().name()),
            ..Ids::default()
        }
    }
}

super::describe::no_ids!(RegisteredExecutor, RegisterExecutorFailed, StopExecutor);
