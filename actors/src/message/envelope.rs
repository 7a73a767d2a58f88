//! What is written on the outside of every message.

use std::{fmt, str::FromStr};

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

/// A text that is not the name of a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a message's name such as `DAGScheduler#12` or `Executor-3~1#12`")]
pub struct NotAMessageId(pub String);

impl FromStr for MessageId {
    type Err = NotAMessageId;

    /// The inverse of `Display`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (sender, number) = text.rsplit_once('#')?;
            let (actor, incarnation) = match sender.split_once('~') {
                Some((actor, incarnation)) => (actor, incarnation.parse().ok()?),
                None => (sender, 0),
            };
            Some(MessageId { actor: actor.parse().ok()?, incarnation, number: number.parse().ok()? })
        };
        parse().ok_or_else(|| NotAMessageId(text.to_owned()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ExecutorId;

    #[test]
    fn names_of_messages_are_read_as_they_are_written() {
        let actor = ActorId::ExecutorBackend(ExecutorId(3));
        for id in [
            MessageId { actor: ActorId::DagScheduler, incarnation: 0, number: 12 },
            MessageId { actor, incarnation: 2, number: 1 },
        ] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for text in
            ["", "DAGScheduler", "DAGScheduler#", "#1", "Nobody#1", "Executor-3~#1", "DAGScheduler#-1"]
        {
            assert_eq!(text.parse::<MessageId>(), Err(NotAMessageId(text.to_owned())));
        }
    }
}
