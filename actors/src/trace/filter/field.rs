//! What of a message can be asked for.

use crate::{ActorId, message::MessageId, trace::Record};

/// A field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Kind,
    Note,
    Text,
    Actor(Role),
    Number(NumberField),
    Message(MessageField),
}

/// Which actor is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    From,
    To,
    Either,
}

/// What is a number, or is compared as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberField {
    Number,
    Time,
    Sent,
    Waited,
    Job,
    Stage,
    Attempt,
    Partition,
    Task,
    Executor,
    Shuffle,
    Count,
}

/// What is the name of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MessageField {
    Id,
    Cause,
}

/// All fields: name, and what a value looks like.
pub(super) const FIELDS: [(&str, Field, &str); 20] = [
    ("kind", Field::Kind, "`LaunchTask` or `*Task*`"),
    ("from", Field::Actor(Role::From), "`DAGScheduler` or `Executor-2`"),
    ("to", Field::Actor(Role::To), "`DAGScheduler` or `Executor-2`"),
    ("actor", Field::Actor(Role::Either), "`DAGScheduler` or `Executor-2`"),
    ("job", Field::Number(NumberField::Job), "`0`"),
    ("stage", Field::Number(NumberField::Stage), "`1` or `1.0`"),
    ("attempt", Field::Number(NumberField::Attempt), "`0`"),
    ("partition", Field::Number(NumberField::Partition), "`3`"),
    ("task", Field::Number(NumberField::Task), "`17`"),
    ("executor", Field::Number(NumberField::Executor), "`2` or `driver`"),
    ("shuffle", Field::Number(NumberField::Shuffle), "`0`"),
    ("count", Field::Number(NumberField::Count), "`4`"),
    ("note", Field::Note, "`FetchFailed`"),
    ("number", Field::Number(NumberField::Number), "`1000`"),
    ("time", Field::Number(NumberField::Time), "`1.5s` or `20ms`"),
    ("sent", Field::Number(NumberField::Sent), "`1.5s` or `20ms`"),
    ("waited", Field::Number(NumberField::Waited), "`5ms`"),
    ("id", Field::Message(MessageField::Id), "`DAGScheduler#12`"),
    ("cause", Field::Message(MessageField::Cause), "`DAGScheduler#12`"),
    ("text", Field::Text, "`\"heap space\"`"),
];

/// The field of this name, in small letters: `executor` is a field, `Executor` are actors.
pub(super) fn field(name: &str) -> Option<Field> {
    FIELDS.iter().find(|(known, ..)| *known == name).map(|(_, field, _)| *field)
}

impl Field {
    pub(super) fn name(self) -> &'static str {
        self.row().map_or("", |(name, ..)| *name)
    }

    /// What a value of it looks like.
    pub(super) fn example(self) -> &'static str {
        self.row().map_or("", |(.., example)| *example)
    }

    fn row(self) -> Option<&'static (&'static str, Field, &'static str)> {
        FIELDS.iter().find(|(_, field, _)| *field == self)
    }

    /// Whether a message has it.
    pub(super) fn is_in(self, record: &Record) -> bool {
        match self {
            Field::Kind | Field::Actor(_) | Field::Text => true,
            Field::Note => record.ids.note.is_some(),
            Field::Number(number) => number.of(record).is_some(),
            Field::Message(message) => message.of(record).is_some(),
        }
    }
}

impl Role {
    /// The actors that are meant, twice the same if there is one.
    pub(super) fn of(self, record: &Record) -> [ActorId; 2] {
        match self {
            Role::From => [record.from(); 2],
            Role::To => [record.to(); 2],
            Role::Either => [record.from(), record.to()],
        }
    }
}

impl NumberField {
    /// Times in nanoseconds, an executor's number, a stage with its attempt in the lower half: the largest one if the
    /// message does not say it, which no attempt is.
    pub(super) fn of(self, record: &Record) -> Option<u64> {
        let ids = &record.ids;
        match self {
            NumberField::Number => Some(record.number),
            NumberField::Time => Some(record.handled.0),
            NumberField::Sent => Some(record.head.sent.0),
            NumberField::Waited => Some(record.handled.0.saturating_sub(record.head.sent.0)),
            NumberField::Job => ids.job.map(|job| job.0.into()),
            NumberField::Stage => {
                let attempt = ids.stage_attempt.unwrap_or(u32::MAX);
                ids.stage.map(|stage| u64::from(stage.0) << 32 | u64::from(attempt))
            }
            NumberField::Attempt => ids.stage_attempt.map(u64::from),
            NumberField::Partition => ids.partition.map(u64::from),
            NumberField::Task => ids.task.map(|task| task.0),
            NumberField::Executor => ids.executor.map(|executor| executor.0.into()),
            NumberField::Shuffle => ids.shuffle.map(|shuffle| shuffle.0.into()),
            NumberField::Count => ids.count.map(u64::from),
        }
    }

    /// The numbers that a text means: one, or all attempts of a stage.
    pub(super) fn parse(self, text: &str) -> Option<(u64, u64)> {
        let alone = |number: u64| Some((number, number));
        match self {
            NumberField::Time | NumberField::Sent | NumberField::Waited => {
                alone(crate::units::nanoseconds(text)?)
            }
            NumberField::Executor => alone(text.parse::<crate::ExecutorId>().ok()?.0.into()),
            NumberField::Stage => {
                let (stage, attempt) = match text.split_once('.') {
                    Some((stage, attempt)) => (stage, Some(attempt.parse::<u32>().ok()?)),
                    None => (text, None),
                };
                let stage = u64::from(stage.parse::<u32>().ok()?) << 32;
                let attempts = attempt.map_or((0, u32::MAX), |attempt| (attempt, attempt));
                Some((stage | u64::from(attempts.0), stage | u64::from(attempts.1)))
            }
            _ => alone(text.parse().ok()?),
        }
    }
}

impl MessageField {
    pub(super) fn of(self, record: &Record) -> Option<MessageId> {
        match self {
            MessageField::Id => Some(record.head.id),
            MessageField::Cause => record.head.cause,
        }
    }
}
