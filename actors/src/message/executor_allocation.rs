//! What the ExecutorAllocation accepts: Spark's ExecutorAllocationManager listens to the same events.

use serde::{Deserialize, Serialize};

use super::{HasIds, Ids, RequestAcknowledged, SparkListenerEvent, UnregisterShuffle, ids_of, messages};

messages! {
    /// What the ExecutorAllocation accepts.
    ExecutorAllocationMessage {
        /// Something happened.
        AllocationEvent(boxed),
        /// Time to see how many executors there should be.
        Schedule,
        /// Whether the cluster manager took a request.
        RequestAcknowledged,
        /// A shuffle is forgotten: nobody needs its outputs any more.
        UnregisterShuffle,
    }
}

/// A listener event, for the policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllocationEvent {
    /// Which.
    pub event: SparkListenerEvent,
}

/// Time to see how many executors there should be: a timer of its own, for the next moment at which something is due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {}

impl HasIds for AllocationEvent {
    fn ids(&self) -> Ids {
        super::Describe::ids(&self.event)
    }
}

ids_of! {
    Schedule;
}
