//! What every actor of the control plane is: a pure state machine.
//!
//! A core sees the time, a message and an outbox, and nothing else: no clock, lock, thread, randomness or
//! I/O, and no map whose order depends on a hash. So a carrier may be actix, a deterministic loop or a
//! socket, and a recorded run can be driven again.

mod outbox;

pub use outbox::{Outbox, Sending};

use crate::{ActorId, Time, message::Message};

/// An actor's logic.
pub trait Core: Send + Unpin + 'static {
    /// What it accepts.
    type Message: Into<Message> + Send + 'static;

    /// Its id in envelopes and traces.
    fn actor(&self) -> ActorId;

    /// Called once, before any message.
    fn start(&mut self, now: Time, out: &mut Outbox) {
        let _ = (now, out);
    }

    /// Handles one message; all that it wants done goes into `out`.
    fn handle(&mut self, now: Time, message: Self::Message, out: &mut Outbox);

    /// Whether all tables are empty: nothing of any job is left. Checked by tests after every scenario.
    fn is_idle(&self) -> bool;
}
