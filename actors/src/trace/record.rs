//! One message, as read from a trace.

use crate::{
    ActorId, Time,
    carrier::Observed,
    message::{Describe, Head, Ids, Message},
};

/// A message with its envelope, the moment it was handled, and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its place in the trace, from 0: the order in which messages were handled.
    pub number: u64,
    /// The envelope.
    pub head: Head,
    /// When it was handled. `handled - head.sent` is how long it waited.
    pub handled: Time,
    /// The message's name, such as `LaunchTask`.
    pub kind: &'static str,
    /// What it is about.
    pub ids: Ids,
    /// What it says, unless only heads were recorded. Blobs have no bytes unless the trace keeps them.
    pub message: Option<Message>,
}

impl Record {
    /// A record of what is being observed, with its payload.
    pub fn of(number: u64, observed: &Observed<'_>) -> Self {
        Record {
            number,
            head: *observed.head,
            handled: observed.handled,
            kind: observed.message.kind(),
            ids: observed.message.ids(),
            message: Some(observed.message.to_message()),
        }
    }

    /// The sender.
    pub fn from(&self) -> ActorId {
        self.head.from()
    }

    /// The receiver.
    pub fn to(&self) -> ActorId {
        self.head.to
    }

    /// How long it waited from being sent until it was handled; for a timer that includes its delay.
    pub fn waited(&self) -> std::time::Duration {
        self.handled.since(self.head.sent)
    }
}
