//! What the MapOutputTracker accepts (`spark-messages` section 6). The DAGScheduler owns the map outputs; the tracker
//! serves a copy to executors, brought up to date by these messages.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{MapStatus, ids_of, messages};
use crate::{ExecutorId, ShuffleId};

messages! {
    /// What the MapOutputTracker accepts.
    MapOutputTrackerMessage {
        /// The outputs of a shuffle are these.
        RegisterMapOutputs,
        /// An output of a shuffle is new, or elsewhere.
        RegisterMapOutput,
        /// Outputs of a shuffle are gone.
        UnregisterMapOutputs,
        /// A shuffle is forgotten.
        UnregisterShuffle,
        /// Where are the outputs of a shuffle?
        GetMapOutputStatuses,
    }
}

/// The outputs of a shuffle are these: its map stage has ended, or a stage that reads them is about to be submitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegisterMapOutputs {
    /// Which shuffle.
    pub shuffle_id: ShuffleId,
    /// The state of the map outputs that this is.
    pub epoch: u64,
    /// By map partition.
    pub statuses: Arc<[Option<MapStatus>]>,
}

/// An output of a shuffle that the tracker has is new, or in place of an older one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegisterMapOutput {
    /// Which shuffle.
    pub shuffle_id: ShuffleId,
    /// The state of the map outputs that this is.
    pub epoch: u64,
    /// The map partition.
    pub map_index: u32,
    /// Where its output is.
    pub status: MapStatus,
}

/// Outputs of a shuffle are gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnregisterMapOutputs {
    /// Which shuffle.
    pub shuffle_id: ShuffleId,
    /// The state of the map outputs after that.
    pub epoch: u64,
    /// The map partitions.
    pub map_indices: Vec<u32>,
}

/// A shuffle is forgotten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnregisterShuffle {
    /// Which.
    pub shuffle_id: ShuffleId,
}

/// Where are the outputs of a shuffle? Answered by MapOutputStatuses to the executor's task threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GetMapOutputStatuses {
    /// Which shuffle.
    pub shuffle_id: ShuffleId,
    /// Who asks.
    pub executor_id: ExecutorId,
}

ids_of! {
    RegisterMapOutputs: shuffle = shuffle_id;
    RegisterMapOutput: shuffle = shuffle_id;
    UnregisterMapOutputs: shuffle = shuffle_id;
    UnregisterShuffle: shuffle = shuffle_id;
    GetMapOutputStatuses: shuffle = shuffle_id, executor = executor_id;
}
