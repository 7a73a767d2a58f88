//! The first thing that a replay does otherwise.

use std::fmt;

use crate::{
    message::{Describe, Head, Message, MessageId},
    trace::{
        Record, line,
        state::{Change, State, changes},
    },
};

/// Where a replay and its recording part.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The message.
    pub id: MessageId,
    /// Its place in the trace; `None` if it is not there.
    pub number: Option<u64>,
    /// What is not the same.
    pub kind: DifferenceKind,
    /// The message as recorded, as one line.
    pub recorded: Option<String>,
    /// The message as the replay sends it, as one line.
    pub replayed: Option<String>,
}

/// In what a replay and its recording differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// Both have the message; these of its fields are not the same.
    Fields(Vec<Change>),
    /// The recording has a message that the replay does not send.
    NotSent,
    /// The replay sends a message that the recording lacks, although a later one on the same way was handled.
    NotRecorded,
    /// An actor panicked while it handled the message.
    Panicked(String),
}

impl Difference {
    /// `None` if the two are the same, byte for byte.
    pub(super) fn between(recorded: &Record, replayed: (&Head, &Message)) -> Option<Box<Self>> {
        let (head, message) = replayed;
        let is_same = match &recorded.message {
            Some(recorded) => recorded == message || bytes(recorded) == bytes(message),
            None => {
                let message = message.as_ref();
                (recorded.kind, recorded.ids) == (message.kind(), message.ids())
            }
        };
        if is_same && is_same_head(&recorded.head, head) {
            return None;
        }
        let mut fields = head_changes(&recorded.head, head);
        if let Some(recorded) = &recorded.message {
            fields.extend(changes(&State::of(recorded), &State::of(message)));
        }
        let replayed = Record {
            number: recorded.number,
            head: *head,
            handled: recorded.handled,
            kind: message.as_ref().kind(),
            ids: message.as_ref().ids(),
            message: None,
        };
        Some(Box::new(Difference {
            id: recorded.head.id,
            number: Some(recorded.number),
            kind: DifferenceKind::Fields(fields),
            recorded: Some(line(recorded)),
            replayed: Some(line(&replayed)),
        }))
    }

    pub(super) fn of_record(recorded: &Record, kind: DifferenceKind) -> Box<Self> {
        Box::new(Difference {
            id: recorded.head.id,
            number: Some(recorded.number),
            kind,
            recorded: Some(line(recorded)),
            replayed: None,
        })
    }

    /// The same of a message that no trace has.
    pub(in crate::trace) fn beyond_the_trace(mut self: Box<Self>) -> Box<Self> {
        self.number = None;
        self.replayed = self.recorded.take();
        self
    }

    /// The replay sends a message that the recording lacks.
    pub(super) fn not_recorded(head: &Head, message: &Message) -> Box<Self> {
        let message = message.as_ref();
        let record = Record {
            number: 0,
            head: *head,
            handled: head.sent,
            kind: message.kind(),
            ids: message.ids(),
            message: None,
        };
        Box::new(Difference {
            id: head.id,
            number: None,
            kind: DifferenceKind::NotRecorded,
            recorded: None,
            replayed: Some(line(&record)),
        })
    }
}

/// A message as traces have it: without its receiver, and without the bytes of blobs.
fn bytes(message: &Message) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    message.as_ref().write(&mut bytes).ok().map(|()| bytes)
}

/// Whether nothing of the heads differs that is compared: when actors start is not recorded.
pub(super) fn is_same_head(recorded: &Head, replayed: &Head) -> bool {
    (recorded.to, recorded.cause) == (replayed.to, replayed.cause)
        && (recorded.cause.is_none() || recorded.sent == replayed.sent)
}

fn head_changes(recorded: &Head, replayed: &Head) -> Vec<Change> {
    let cause = |head: &Head| head.cause.map_or_else(|| "none".to_owned(), |cause| cause.to_string());
    let mut rows = vec![
        ("receiver", recorded.to.to_string(), replayed.to.to_string()),
        ("cause", cause(recorded), cause(replayed)),
    ];
    if recorded.cause.is_some() {
        rows.push(("sent", recorded.sent.0.to_string(), replayed.sent.0.to_string()));
    }
    rows.into_iter().filter(|(_, before, after)| before != after).map(Change::of).collect()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { id, number, kind, recorded, replayed } = self;
        match kind {
            DifferenceKind::Fields(_) => write!(f, "{id} is not the same in the replay")?,
            DifferenceKind::NotSent => write!(f, "the replay does not send {id}")?,
            DifferenceKind::NotRecorded => {
                write!(f, "the replay sends {id}, which the trace does not have, but later ones on its way")?;
            }
            DifferenceKind::Panicked(text) => write!(f, "an actor panics while it handles {id}: {text}")?,
        }
        if let Some(number) = number {
            write!(f, " (message {number} of the trace)")?;
        }
        if let Some(recorded) = recorded {
            write!(f, "\n  recorded: {}", recorded.trim_start())?;
        }
        if let Some(replayed) = replayed {
            write!(f, "\n  replayed: {}", replayed.trim_start())?;
        }
        if let DifferenceKind::Fields(fields) = kind {
            fields.iter().try_for_each(|change| write!(f, "\n  {change}"))?;
        }
        Ok(())
    }
}
