//! What the HeartbeatReceiver accepts (`spark-messages` section 5).

use serde::{Deserialize, Serialize};

use super::{TaskMetrics, ids_of, messages};
use crate::{ExecutorId, TaskId};

messages! {
    /// What the HeartbeatReceiver accepts.
    HeartbeatReceiverMessage {
        /// A sign of life.
        Heartbeat(boxed),
        /// An executor is there.
        ExecutorRegistered,
        /// An executor is gone.
        ExecutorRemoved,
        /// Time to look for executors that are silent.
        ExpireDeadHosts,
    }
}

/// An executor's sign of life, with what its running tasks measure; answered by HeartbeatResponse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Which executor.
    pub executor_id: ExecutorId,
    /// By attempt.
    pub task_metrics: Vec<(TaskId, TaskMetrics)>,
}

/// An executor is there: its silence counts from now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorRegistered {
    /// Which.
    pub executor_id: ExecutorId,
}

/// An executor is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorRemoved {
    /// Which.
    pub executor_id: ExecutorId,
}

/// Time to look for executors that are silent: a timer of the HeartbeatReceiver's own, while it knows any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpireDeadHosts {}

ids_of! {
    Heartbeat: executor = executor_id;
    ExecutorRegistered: executor = executor_id;
    ExecutorRemoved: executor = executor_id;
    ExpireDeadHosts;
}
