//! Any moment of a trace: snapshots of the cores, and the messages from the nearest one on.

use std::sync::Arc;

use super::{Cores, Difference, Replay, ReplayError, Setup};
use crate::{
    message::MessageId,
    trace::{Messages, Record, TraceError, TraceReader},
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
/// The way to a moment that was never passed goes through all messages before it, and compares them; from then on every
/// moment is near to a snapshot. Memory is bounded: the farther one goes, the farther snapshots are apart.
///
/// Behind a [difference](Self::difference_before) the cores go on with what was recorded: their states are then those of
/// the replay, not of the run.
#[derive(Debug)]
pub struct Timeline<R> {
    recording: R,
    setup: Arc<Setup>,
    /// By place: the cores after so many messages.
    snapshots: Vec<(u64, Cores)>,
    every: u64,
    /// The replay as far as it has gone, and after how many messages that is.
    furthest: Option<(u64, Replay)>,
    /// The first difference, and after how many messages it was there.
    difference: Option<(u64, Box<Difference>)>,
}

impl<R: Recording> Timeline<R> {
    /// The timeline of a system.
    pub fn new(setup: Setup, recording: R) -> Self {
        let (setup, snapshots) = (Arc::new(setup), Vec::new());
        Timeline { recording, setup, snapshots, every: FIRST_EVERY, furthest: None, difference: None }
    }

    /// The cores after so many messages of the trace.
    ///
    /// # Errors
    /// [`ReplayError`] if the trace is shorter, or a message cannot be replayed.
    pub fn after(&mut self, messages: u64) -> Result<Cores, ReplayError> {
        let (place, cores) = self.up_to(messages)?;
        if place < messages { Err(ReplayError::NoMessage(place.to_string())) } else { Ok(cores) }
    }

    /// The cores after all messages of the trace.
    ///
    /// # Errors
    /// [`ReplayError`] if a message cannot be replayed.
    pub fn at_end(&mut self) -> Result<Cores, ReplayError> {
        let (end, cores) = self.up_to(u64::MAX)?;
        if let (None, Some((_, replay))) = (&self.difference, &self.furthest) {
            self.difference = replay.overtaken().map(|difference| (end, difference));
        }
        Ok(cores)
    }

    /// The first difference between replay and recording, if it is among so many messages of the trace and the timeline
    /// has been there.
    pub fn difference_before(&self, messages: u64) -> Option<&Difference> {
        self.difference.as_ref().filter(|(place, _)| *place <= messages).map(|(_, difference)| &**difference)
    }

    /// The cores after so many messages, or all there are; how many that is.
    fn up_to(&mut self, messages: u64) -> Result<(u64, Cores), ReplayError> {
        let furthest = self.furthest.take().unwrap_or_else(|| (0, Replay::shared(self.setup.clone())));
        if messages >= furthest.0 {
            return self.go_on(furthest, messages);
        }
        self.furthest = Some(furthest);
        let near = self.snapshots.iter().rev().find(|(place, _)| *place <= messages).cloned();
        let (mut place, mut cores) = near.unwrap_or_else(|| (0, Cores::new(self.setup.clone())));
        let records = self.recording.read_from(place)?;
        for record in records.take(usize::try_from(messages - place).unwrap_or(usize::MAX)) {
            cores.take(record?)?;
            place += 1;
        }
        Ok((place, cores))
    }

    /// Goes further than ever, and leaves snapshots behind.
    fn go_on(
        &mut self,
        (mut place, mut replay): (u64, Replay),
        messages: u64,
    ) -> Result<(u64, Cores), ReplayError> {
        let mut records = self.recording.read_from(place)?;
        while place < messages {
            let Some(record) = records.next() else { break };
            if self.difference.is_none() {
                let difference = replay.take_anyway(record?)?;
                self.difference = difference.map(|difference| (place + 1, difference));
            } else {
                replay.cores.take(record?)?;
            }
            place += 1;
            let is_new = self.snapshots.last().is_none_or(|(last, _)| *last < place);
            if is_new && place.is_multiple_of(self.every) {
                self.snapshots.push((place, replay.cores.clone()));
                if self.snapshots.len() > MOST_SNAPSHOTS {
                    self.every *= 2;
                    let every = self.every;
                    self.snapshots.retain(|(place, _)| place.is_multiple_of(every));
                }
            }
        }
        drop(records);
        let cores = replay.cores.clone();
        self.furthest = Some((place, replay));
        Ok((place, cores))
    }

    /// The place of a message in the trace, from 0.
    ///
    /// # Errors
    /// [`ReplayError::NoMessage`] if it is not there.
    pub fn place(&mut self, id: MessageId) -> Result<u64, ReplayError> {
        self.recording.place_of(id)?.ok_or_else(|| ReplayError::NoMessage(id.to_string()))
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
