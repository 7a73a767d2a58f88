//! What the cluster manager accepts: whatever starts and ends executors, outside of the actors.

use serde::{Deserialize, Serialize};

use super::{ids_of, messages};
use crate::ExecutorId;

messages! {
    /// What the cluster manager accepts.
    ClusterManagerMessage {
        /// There are to be this many executors.
        RequestTotalExecutors,
        /// End executors.
        EndExecutors,
    }
}

/// There are to be this many executors in all; absolute, so that asking twice does no harm. Answered by
/// RequestAcknowledged to the DriverEndpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestTotalExecutors {
    /// How many.
    pub total: u32,
}

/// End these executors if they are still there: the driver has told them to stop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndExecutors {
    /// Which.
    pub executor_ids: Vec<ExecutorId>,
}

ids_of! {
    RequestTotalExecutors: count = total;
    EndExecutors: count = executor_ids.len();
}
