//! The MapOutputTracker: tells executors where map outputs are.

use crate::{
    ActorId, Config, Time,
    core::{Core, Outbox},
    message::MapOutputTrackerMessage,
};

/// The MapOutputTracker's state.
#[derive(Debug)]
pub struct MapOutputTrackerCore {
    config: Config,
}

impl MapOutputTrackerCore {
    /// One that knows nothing yet.
    pub fn new(config: Config) -> Self {
        MapOutputTrackerCore { config }
    }
}

impl Core for MapOutputTrackerCore {
    type Message = MapOutputTrackerMessage;

    fn actor(&self) -> ActorId {
        ActorId::MapOutputTracker
    }

    fn handle(&mut self, now: Time, message: MapOutputTrackerMessage, out: &mut Outbox) {
        let _ = (now, message, out, &self.config);
    }

    fn is_idle(&self) -> bool {
        true
    }
}
