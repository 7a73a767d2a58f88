//! The ExecutorAllocation: decides how many executors there should be.

use crate::{
    ActorId, Config, Time,
    core::{Core, Outbox},
    message::ExecutorAllocationMessage,
};

/// The ExecutorAllocation's state.
#[derive(Debug)]
pub struct ExecutorAllocationCore {
    config: Config,
}

impl ExecutorAllocationCore {
    /// One that knows nothing yet.
    pub fn new(config: Config) -> Self {
        ExecutorAllocationCore { config }
    }
}

impl Core for ExecutorAllocationCore {
    type Message = ExecutorAllocationMessage;

    fn actor(&self) -> ActorId {
        ActorId::ExecutorAllocation
    }

    fn handle(&mut self, now: Time, message: ExecutorAllocationMessage, out: &mut Outbox) {
        let _ = (now, message, out, &self.config);
    }

    fn is_idle(&self) -> bool {
        true
    }
}
