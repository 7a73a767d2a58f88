//! What is written on the outside of every message.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ActorId, Time};

/// Names one message: its sender, and the sender's count of messages. Never a global counter, so the
/// messages of two runs can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId {
    /// The sender.
    pub actor: ActorId,
    /// Which life of the sender, from 0: a restarted executor starts a new one.
    pub incarnation: u32,
    /// The sender's count, from 1.
    pub number: u64,
}

impl fmt::Display for MessageId {
    /// Such as `DAGScheduler#12`; a later incarnation shows as `Executor-3~1#12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.actor)?;
        if self.incarnation > 0 {
            write!(f, "~{}", self.incarnation)?;
        }
        write!(f, "#{}", self.number)
    }
}

/// The envelope of a message; the message itself is beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// This message.
    pub id: MessageId,
    /// The message that was being handled when this one was sent; `None` for one from outside.
    pub cause: Option<MessageId>,
    /// The receiver. The sender is `id.actor`.
    pub to: ActorId,
    /// When it was sent.
    pub sent: Time,
}

impl Head {
    /// The sender.
    pub fn from(&self) -> ActorId {
        self.id.actor
    }
}
