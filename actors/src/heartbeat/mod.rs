//! The HeartbeatReceiver: watches the executors' heartbeats.

use crate::{
    ActorId, Config, Time,
    core::{Core, Outbox},
    message::HeartbeatReceiverMessage,
};

/// The HeartbeatReceiver's state.
#[derive(Debug)]
pub struct HeartbeatReceiverCore {
    config: Config,
}

impl HeartbeatReceiverCore {
    /// One that knows nothing yet.
    pub fn new(config: Config) -> Self {
        HeartbeatReceiverCore { config }
    }
}

impl Core for HeartbeatReceiverCore {
    type Message = HeartbeatReceiverMessage;

    fn actor(&self) -> ActorId {
        ActorId::HeartbeatReceiver
    }

    fn handle(&mut self, now: Time, message: HeartbeatReceiverMessage, out: &mut Outbox) {
        let _ = (now, message, out, &self.config);
    }

    fn is_idle(&self) -> bool {
        true
    }
}
