//! What an executor's task threads accept. They are no actor: they run user code.

use serde::{Deserialize, Serialize};

use super::{HasIds, Ids, KillTask, LaunchTask, messages};

messages! {
    /// What an executor's task threads accept.
    TaskRunnerMessage {
        /// Run a task on a free thread.
        LaunchTask,
        /// Set a task's kill flag.
        KillTask,
        /// Take no more tasks, set all kill flags.
        StopTaskRunner,
    }
}

/// Take no more tasks, set all kill flags, end the threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopTaskRunner {}

impl HasIds for StopTaskRunner {
    fn ids(&self) -> Ids {
        Ids::default()
    }
}
