//! Any moment of a trace: snapshots of the cores, and the messages from the nearest one on.

use std::sync::Arc;

use super::{Cores, ReplayError, Setup};
use crate::{
    message::MessageId,
    trace::{Messages, NoSuchMessage, Record, TraceError, TraceReader},
};

/// The most snapshots that are kept at a time: beyond, every second one goes.
/// With so many, those of 10 million messages are 32,768 apart.
const MOST_SNAPSHOTS: usize = 320;
/// Messages from one snapshot to the next at first.
const FIRST_EVERY: u64 = 4_096;

/// Messages from any place on: of a file, or in memory.
pub trait Recording {
    /// The messages from this place on.
    ///
    /// # Errors
    /// If the trace cannot be read.
    fn read_from(
        &mut self,
        number: u64,
    ) -> Result<impl Iterator<Item = Result<Record, TraceError>>, TraceError>;

    /// The place of a message.
    ///
    /// # Errors
    /// If the trace cannot be read.
    fn place_of(&mut self, id: MessageId) -> Result<Option<u64>, TraceError>;
}

impl Recording for &Messages {
    fn read_from(
        &mut self,
        number: u64,
    ) -> Result<impl Iterator<Item = Result<Record, TraceError>>, TraceError> {
        let from = usize::try_from(number).unwrap_or(usize::MAX);
        Ok(self.iter().skip(from).cloned().map(Ok))
    }

    fn place_of(&mut self, id: MessageId) -> Result<Option<u64>, TraceError> {
        Ok(self.get(id).map(|record| record.number))
    }
}

impl Recording for TraceReader {
    fn read_from(
        &mut self,
        number: u64,
    ) -> Result<impl Iterator<Item = Result<Record, TraceError>>, TraceError> {
        self.seek(number)?;
        Ok(self)
    }

    fn place_of(&mut self, id: MessageId) -> Result<Option<u64>, TraceError> {
        self.seek(0)?;
        let found = self.filtered(|record| record.head.id == id).next().transpose()?;
        Ok(found.map(|record| record.number))
    }
}

/// The states of a system at every moment of its trace.
///
/// The way to a moment that was never passed goes through all messages before it; from then on every moment is near
/// to a snapshot. Memory is bounded: the farther one goes, the farther snapshots are apart.
#[derive(Debug)]
pub struct Timeline<R> {
    recording: R,
    setup: Arc<Setup>,
    /// By place: the cores after so many messages.
    snapshots: Vec<(u64, Cores)>,
    every: u64,
}

impl<R: Recording> Timeline<R> {
    /// The timeline of a system.
    pub fn new(setup: Setup, recording: R) -> Self {
        Timeline { recording, setup: Arc::new(setup), snapshots: Vec::new(), every: FIRST_EVERY }
    }

    /// The cores after so many messages of the trace.
    ///
    /// # Errors
    /// [`ReplayError`] if the trace is shorter, or a message cannot be replayed.
    pub fn after(&mut self, messages: u64) -> Result<Cores, ReplayError> {
        let (place, cores) = self.up_to(messages)?;
        if place < messages { Err(NoSuchMessage::Only(place).into()) } else { Ok(cores) }
    }

    /// The cores after all messages of the trace.
    ///
    /// # Errors
    /// [`ReplayError`] if a message cannot be replayed.
    pub fn at_end(&mut self) -> Result<Cores, ReplayError> {
        self.up_to(u64::MAX).map(|(_, cores)| cores)
    }

    /// The cores after so many messages, or all there are; how many that is.
    fn up_to(&mut self, messages: u64) -> Result<(u64, Cores), ReplayError> {
        let near = self.snapshots.iter().rev().find(|(place, _)| *place <= messages).cloned();
        let (mut place, mut cores) = near.unwrap_or_else(|| (0, Cores::new(self.setup.clone())));
        let mut taken = Vec::new();
        let furthest = self.snapshots.last().map_or(0, |(place, _)| *place);
        let mut records = self.recording.read_from(place)?;
        while place < messages {
            let Some(record) = records.next() else { break };
            cores.take(record?)?;
            place += 1;
            if place > furthest && place.is_multiple_of(self.every) {
                taken.push((place, cores.clone()));
                if self.snapshots.len() + taken.len() > MOST_SNAPSHOTS {
                    self.every *= 2;
                    let every = self.every;
                    self.snapshots.retain(|(place, _)| place.is_multiple_of(every));
                    taken.retain(|(place, _)| place.is_multiple_of(every));
                }
            }
        }
        drop(records);
        self.snapshots.append(&mut taken);
        Ok((place, cores))
    }

    /// The place of a message in the trace, from 0.
    ///
    /// # Errors
    /// [`ReplayError::NoSuchMessage`] if it is not there.
    pub fn place(&mut self, id: MessageId) -> Result<u64, ReplayError> {
        self.recording.place_of(id)?.ok_or(NoSuchMessage::Named(id).into())
    }
}

#[cfg(test)]
impl<R> Timeline<R> {
    /// Takes a snapshot every so many messages at first.
    pub(super) fn every_so_many(&mut self, every: u64) {
        self.every = every;
    }

    pub(super) fn snapshots(&self) -> usize {
        self.snapshots.len()
    }
}
