//! The BarrierCoordinator: lets the tasks of a barrier stage wait for each other.

use crate::{
    ActorId, Config, Time,
    core::{Core, Outbox},
    message::BarrierCoordinatorMessage,
};

/// The BarrierCoordinator's state.
#[derive(Debug)]
pub struct BarrierCoordinatorCore {
    config: Config,
}

impl BarrierCoordinatorCore {
    /// One that knows nothing yet.
    pub fn new(config: Config) -> Self {
        BarrierCoordinatorCore { config }
    }
}

impl Core for BarrierCoordinatorCore {
    type Message = BarrierCoordinatorMessage;

    fn actor(&self) -> ActorId {
        ActorId::BarrierCoordinator
    }

    fn handle(&mut self, now: Time, message: BarrierCoordinatorMessage, out: &mut Outbox) {
        let _ = (now, message, out, &self.config);
    }

    fn is_idle(&self) -> bool {
        true
    }
}
