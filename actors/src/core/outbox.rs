//! What a core wants done after handling a message.

use std::time::Duration;

use crate::{
    ActorId,
    message::{Address, Message},
};

/// A message that wants to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sending {
    /// To whom.
    pub to: ActorId,
    /// What.
    pub message: Message,
    /// `None`: now. Else a timer: the message arrives after this long.
    pub after: Option<Duration>,
}

/// Collects what a core wants done; the carrier carries it out in order.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    sendings: Vec<Sending>,
}

impl Outbox {
    /// An empty one.
    pub fn new() -> Self {
        Outbox::default()
    }

    /// Sends a message. Only messages that the receiver accepts compile.
    pub fn send<A: Address>(&mut self, to: A, message: impl Into<A::Message>) {
        self.sendings.push(Sending { to: to.actor(), message: message.into().into(), after: None });
    }

    /// Sends a message after a while: a timer. It cannot be taken back; a core that no longer wants it
    /// ignores it when it comes.
    pub fn send_after<A: Address>(&mut self, after: Duration, to: A, message: impl Into<A::Message>) {
        self.sendings.push(Sending { to: to.actor(), message: message.into().into(), after: Some(after) });
    }

    /// Takes all that was collected, in order.
    pub fn drain(&mut self) -> std::vec::Drain<'_, Sending> {
        self.sendings.drain(..)
    }

    /// What was collected, in order.
    pub fn sendings(&self) -> &[Sending] {
        &self.sendings
    }
}
