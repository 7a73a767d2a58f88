//! Why a message was sent, back to the root of its causes, and what it caused.

mod effects;

#[cfg(test)]
mod tests;

use std::{fmt, time::Duration};

pub use effects::Effects;

use super::{
    Messages, Record,
    run::{as_text, as_text_if_any},
    text::duration,
};
use crate::{ActorId, Time, message::MessageId};

/// How many generations of effects are told, unless more are asked for.
pub const GENERATIONS: usize = 8;

/// A message with its causes and its effects.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Path {
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
    /// How long after its cause was handled it was sent: handling, or the run of a task.
    pub after_cause: Duration,
    /// What that time was, such as `a task ran`.
    pub after_cause_was: &'static str,
    /// How long it was under way.
    pub waited: Duration,
    /// What that time was: `mailbox` or `timer`.
    pub waited_was: &'static str,
}

/// A message that the trace does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the trace has no message {0}")]
pub struct NoSuchMessage(pub MessageId);

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
pub fn path(messages: &Messages, id: MessageId, generations: usize) -> Result<Path, NoSuchMessage> {
    let record = messages.get(id).ok_or(NoSuchMessage(id))?;
    let mut records = vec![record];
    let mut at = record;
    // A damaged trace could have a circle of causes.
    while let Some(cause) = messages.cause(at).filter(|_| records.len() < messages.len()) {
        records.push(cause);
        at = cause;
    }
    records.reverse();
    let before = std::iter::once(None).chain(records.iter().copied().map(Some));
    let chain = before.zip(&records).map(|(cause, record)| link(cause, record)).collect();
    let (effects, caused) = effects::of(messages, record, generations);
    Ok(Path { chain, missing: at.head.cause, effects, caused })
}

fn link(cause: Option<&Record>, record: &Record) -> Link {
    Link {
        id: record.head.id,
        from: record.from().to_string(),
        to: record.to().to_string(),
        kind: record.kind,
        about: record.ids.to_string(),
        handled: record.handled,
        after_cause: cause.map_or(Duration::ZERO, |cause| record.head.sent.since(cause.handled)),
        after_cause_was: match (record.from(), record.ids.note) {
            (ActorId::TaskRunner(_), Some("RUNNING")) => "in the executor's queue",
            (ActorId::TaskRunner(_), _) => "in the executor's queue and running",
            (ActorId::ResultGetter, _) => "result fetch",
            _ => "handling",
        },
        waited: record.waited(),
        waited_was: if record.from() == record.to() { "timer" } else { "mailbox" },
    }
}

impl fmt::Display for Path {
    /// A line for each message of the chain, waits between them, then the effects as a tree.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(missing) = self.missing {
            writeln!(f, "(its causes begin before the trace does: {missing} is not in it)")?;
        }
        for link in &self.chain {
            for (time, what) in [(link.after_cause, link.after_cause_was), (link.waited, link.waited_was)] {
                if time > Duration::ZERO {
                    writeln!(f, "{:>12}   {:>10}  {what}", "", duration(time))?;
                }
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
