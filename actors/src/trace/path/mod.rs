//! Why a message was sent, back to the root of its causes, and what it caused.

mod effects;

#[cfg(test)]
mod tests;

use std::{fmt, time::Duration};

pub use effects::Effects;

use super::{
    Messages, NoSuchMessage, Record, Wait,
    run::{as_text, as_text_if_any},
    text::duration,
};
use crate::{ActorId, Time, message::MessageId};

/// How many generations of effects are told, unless another number is asked for.
pub const GENERATIONS: usize = 8;
/// As many at most.
const MOST_GENERATIONS: usize = 100;

/// A message with its causes and its effects.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MessagePath {
    /// From the root to the message.
    pub chain: Vec<Link>,
    /// The cause of the first of the chain, if it has one that is not in the trace.
    #[serde(serialize_with = "as_text_if_any")]
    pub missing: Option<MessageId>,
    /// What the message caused, folded.
    pub effects: Vec<Effects>,
    /// How many messages it caused, in all generations.
    pub caused: usize,
}

/// One message of a chain.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Link {
    /// The message.
    #[serde(serialize_with = "as_text")]
    pub id: MessageId,
    /// Its sender.
    pub from: String,
    /// Its receiver.
    pub to: String,
    /// Its name.
    pub kind: &'static str,
    /// What it is about.
    pub about: String,
    /// When it was handled.
    pub handled: Time,
    /// What the time was since its cause was handled, such as `running` and `in a mailbox`.
    pub waits: Vec<Wait>,
}

/// The causes and effects of a message; of the effects the first `generations`.
///
/// ```
/// use firesteel_actors::trace::{Messages, path};
/// let nothing = path(&Messages::default(), "DAGScheduler#12".parse()?, 8);
/// assert_eq!(nothing.unwrap_err().to_string(), "the trace has no message DAGScheduler#12");
/// # Ok::<(), firesteel_actors::message::NotAMessageId>(())
/// ```
///
/// # Errors
/// [`NoSuchMessage`] if the trace does not have it.
pub fn path(messages: &Messages, id: MessageId, generations: usize) -> Result<MessagePath, NoSuchMessage> {
    let record = messages.get(id).ok_or(NoSuchMessage::Named(id))?;
    let mut records = vec![record];
    let mut at = record;
    // A damaged trace could have a circle of causes.
    while let Some(cause) = messages.cause(at).filter(|_| records.len() < messages.len()) {
        records.push(cause);
        at = cause;
    }
    records.reverse();
    let before = std::iter::once(None).chain(records.iter().copied().map(Some));
    let chain = before.zip(&records).map(|(cause, record)| link(messages, cause, record)).collect();
    let (effects, caused) = effects::of(messages, record, generations.min(MOST_GENERATIONS));
    Ok(MessagePath { chain, missing: at.head.cause, effects, caused })
}

fn link(messages: &Messages, cause: Option<&Record>, record: &Record) -> Link {
    let mut waits = Vec::new();
    let mut wait = |what: &str, lasted: Duration| {
        if lasted > Duration::ZERO {
            waits.push(Wait { what: what.to_owned(), lasted });
        }
    };
    if let Some(cause) = cause {
        let (from, to) = (cause.handled, record.head.sent);
        match (record.from(), record.ids.note) {
            (ActorId::TaskRunner(_), Some("RUNNING")) => wait("in the executor's queue", to.since(from)),
            (ActorId::TaskRunner(_), _) => {
                let began = began(messages, cause).unwrap_or(from);
                wait("in the executor's queue", began.since(from));
                wait("running", to.since(began));
            }
            (ActorId::ResultGetter, _) => wait("result fetch", to.since(from)),
            _ => wait("handling", to.since(from)),
        }
    }
    let is_timer = record.from() == record.to();
    wait(if is_timer { "a timer" } else { "in a mailbox" }, record.waited());
    Link {
        id: record.head.id,
        from: record.from().to_string(),
        to: record.to().to_string(),
        kind: record.kind,
        about: record.ids.to_string(),
        handled: record.handled,
        waits,
    }
}

/// When a thread took the task that was launched by `launch`.
fn began(messages: &Messages, launch: &Record) -> Option<Time> {
    let mut effects = messages.effects(launch.head.id);
    effects.find(|effect| effect.ids.note == Some("RUNNING")).map(|effect| effect.head.sent)
}

impl fmt::Display for MessagePath {
    /// A line for each message of the chain, waits between them, then the effects as a tree.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(missing) = self.missing {
            writeln!(f, "(its causes begin before the trace does: {missing} is not in it)")?;
        }
        for link in &self.chain {
            for Wait { what, lasted } in &link.waits {
                writeln!(f, "{:>12}   {:>10}  {what}", "", duration(*lasted))?;
            }
            let Link { id, from, to, kind, about, handled, .. } = link;
            let gap = if about.is_empty() { "" } else { " " };
            writeln!(f, "{handled:>12} {from} → {to} {kind}{gap}{about}  [{id}]")?;
        }
        match self.caused {
            0 => writeln!(f, "\nit caused nothing"),
            1 => writeln!(f, "\nit caused 1 message"),
            caused => writeln!(f, "\nit caused {caused} messages"),
        }?;
        effects::write(f, &self.effects)
    }
}
