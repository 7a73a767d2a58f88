//! A trace in memory, with who caused whom.

use std::collections::{HashMap, hash_map::Entry};

use super::{Payloads, Record, TraceError};
use crate::message::MessageId;

/// Messages of a trace, by place, by name, and by cause: what stories, paths, diagrams and comparisons are made from.
///
/// It holds what it is given and nothing more: of a large trace, give it the messages that a filter lets through, or
/// only heads. Iterating is in the order in which the messages were handled.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    records: Vec<Record>,
    by_id: HashMap<MessageId, u32>,
    /// Of each message those that it caused, in the order in which they were handled.
    effects: HashMap<MessageId, Vec<u32>>,
    /// Whether any has what it says.
    has_payloads: bool,
    /// Whether another version recorded them, so that only their heads could be read.
    of_other_version: bool,
}

impl Messages {
    /// How many messages [`collect`](Self::collect) takes before it refuses: about 4 GB with payloads.
    pub const LIMIT: usize = 10_000_000;

    /// Takes messages from a reader.
    ///
    /// # Errors
    /// The reader's first error, and [`TraceError::TooMany`] beyond [`LIMIT`](Self::LIMIT) messages.
    pub fn collect(
        records: impl IntoIterator<Item = Result<Record, TraceError>>,
    ) -> Result<Self, TraceError> {
        let mut all = Messages::default();
        for record in records {
            all.try_push(record?)?;
        }
        Ok(all)
    }

    /// Keeps what a [`TraceReader`](super::TraceReader) says of payloads: answers tell why there are no reasons.
    #[must_use]
    pub fn with_payloads(mut self, payloads: Payloads) -> Self {
        self.of_other_version = payloads == Payloads::OtherSchema;
        self
    }

    /// Whether these have what messages say.
    pub fn payloads(&self) -> Payloads {
        match (self.of_other_version, self.has_payloads) {
            (true, _) => Payloads::OtherSchema,
            (false, true) => Payloads::Readable,
            (false, false) => Payloads::NotRecorded,
        }
    }

    /// Adds the message that was handled next, if there are not too many.
    ///
    /// # Errors
    /// [`TraceError::TooMany`] beyond [`LIMIT`](Self::LIMIT) messages.
    pub fn try_push(&mut self, record: Record) -> Result<(), TraceError> {
        if self.records.len() >= Self::LIMIT {
            return Err(TraceError::TooMany { limit: Self::LIMIT });
        }
        self.push(record);
        Ok(())
    }

    /// Adds the message that was handled next. One that is here already (a damaged file may have a block twice) is left
    /// out.
    pub fn push(&mut self, record: Record) {
        let place = self.records.len() as u32;
        let Entry::Vacant(vacant) = self.by_id.entry(record.head.id) else { return };
        vacant.insert(place);
        if let Some(cause) = record.head.cause {
            self.effects.entry(cause).or_default().push(place);
        }
        self.has_payloads |= record.message.is_some();
        self.records.push(record);
    }

    /// All, in the order in which they were handled.
    pub fn iter(&self) -> std::slice::Iter<'_, Record> {
        self.records.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// One by its name.
    pub fn get(&self, id: MessageId) -> Option<&Record> {
        self.records.get(*self.by_id.get(&id)? as usize)
    }

    /// The message during whose handling `record` was sent; `None` if it came from outside, or is not here.
    pub fn cause(&self, record: &Record) -> Option<&Record> {
        self.get(record.head.cause?)
    }

    /// The messages that were sent while the message of this name was handled.
    pub fn effects(&self, id: MessageId) -> impl Iterator<Item = &Record> {
        let places = self.effects.get(&id).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.records.get(*place as usize))
    }
}

impl<'a> IntoIterator for &'a Messages {
    type Item = &'a Record;
    type IntoIter = std::slice::Iter<'a, Record>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
