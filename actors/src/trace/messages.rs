//! A trace in memory, with who caused whom.

use std::collections::{HashMap, hash_map::Entry};

use super::{Payloads, Record, TraceError, TraceReader};
use crate::message::MessageId;

/// What the tables of [`Messages`] take for each message.
const IN_TABLES: usize = 128;

/// Messages of a trace, by place, by name, and by cause: what stories, paths, diagrams and comparisons are made from.
///
/// It holds what it is given and nothing more. What a reader gives is bounded: of a larger trace, give it the messages of
/// some range, those that a filter lets through, or only heads. Iterating is in the order in which the messages were
/// handled.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    records: Vec<Record>,
    by_id: HashMap<MessageId, u32>,
    /// Of each message those that it caused, in the order in which they were handled.
    effects: HashMap<MessageId, Vec<u32>>,
    /// About the bytes of what came from a reader.
    bytes: usize,
    /// Whether any has what it says.
    has_payloads: bool,
    /// Whether another version recorded them, so that only their heads could be read.
    of_other_version: bool,
}

impl Messages {
    /// How many bytes of memory the messages of a reader take, about, before more are refused: usually some 8 million
    /// messages.
    pub const LIMIT: usize = 4 << 30;

    /// Takes the messages of a reader.
    ///
    /// # Errors
    /// The reader's first error, and [`TraceError::TooMany`] beyond [`LIMIT`](Self::LIMIT).
    pub fn collect(mut reader: TraceReader) -> Result<Self, TraceError> {
        let mut all = Messages::default();
        while let Some(scanned) = reader.next_head() {
            all.try_push(scanned?.into_measured()?)?;
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

    /// Adds the message that was handled next, if there are not too many, as
    /// [`Scanned::into_measured`](super::Scanned::into_measured) gives it: with the bytes that it takes beside its record.
    ///
    /// # Errors
    /// [`TraceError::TooMany`] beyond [`LIMIT`](Self::LIMIT).
    pub fn try_push(&mut self, measured: (Record, usize)) -> Result<(), TraceError> {
        self.push_within(Self::LIMIT, measured)
    }

    fn push_within(&mut self, limit: usize, (record, said): (Record, usize)) -> Result<(), TraceError> {
        let bytes = self.bytes.saturating_add(size_of::<Record>() + IN_TABLES).saturating_add(said);
        if bytes > limit {
            return Err(TraceError::TooMany { held: self.len(), limit });
        }
        self.bytes = bytes;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        carrier::{Observed, Observer},
        trace::{
            RecordOptions, TraceRing,
            sample::{sample, with_payloads},
        },
    };

    #[test]
    fn a_reader_fills_memory_up_to_the_bound() {
        let each = size_of::<Record>() + IN_TABLES;
        let mut messages = Messages::default();
        let (mut all, limit) = (sample().records.into_iter(), 3 * each);
        for record in all.by_ref().take(3) {
            messages.push_within(limit, (record, 0)).unwrap();
        }
        let error = messages.push_within(limit, (all.next().unwrap(), 0)).unwrap_err();
        assert!(matches!(error, TraceError::TooMany { held: 3, .. }), "{error}");
        assert_eq!(messages.len(), 3);
    }

    #[test]
    fn what_messages_say_counts() {
        let each = size_of::<Record>() + IN_TABLES;
        let record = with_payloads().records.swap_remove(0);
        let mut messages = Messages::default();
        messages.push_within(each + 1_000, (record.clone(), 1_000)).unwrap();
        assert_eq!(messages.bytes, each + 1_000);
        let error = Messages::default().push_within(each + 999, (record, 1_000)).unwrap_err();
        assert!(error.to_string().contains("--from 10s --to 20s"), "{error}");
    }

    #[test]
    fn a_reader_tells_what_messages_take() {
        let ring = TraceRing::of_messages(10, RecordOptions::payloads());
        let mut bytes = 0;
        for record in with_payloads().iter() {
            let message = record.message.as_ref().unwrap().as_ref();
            ring.message(Observed { head: &record.head, handled: record.handled, message });
            let mut written = Vec::new();
            message.write(&mut written).unwrap();
            bytes += size_of::<Record>() + IN_TABLES + 3 * written.len();
        }
        // They have no sequences, which count by their elements.
        assert_eq!(ring.messages().unwrap().bytes, bytes);
    }
}
