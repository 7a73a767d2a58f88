//! Any moment of a trace: snapshots of the cores, and the messages from the nearest one on.

use std::sync::Arc;

use super::{Cores, Difference, Replay, ReplayError, Setup, snapshots::Snapshots};
use crate::{
    Time,
    message::MessageId,
    trace::{Messages, NoSuchMessage, Record, TraceError, TraceReader, places::Places},
};

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

    /// The same; what they say is not needed.
    ///
    /// # Errors
    /// If the trace cannot be read.
    fn heads_from(
        &mut self,
        number: u64,
    ) -> Result<impl Iterator<Item = Result<Record, TraceError>>, TraceError>;

    /// The place of the first message that was handled at this time or later.
    ///
    /// # Errors
    /// If the trace cannot be read.
    fn place_at(&mut self, time: Time) -> Result<Option<u64>, TraceError>;
}

impl Recording for &Messages {
    fn read_from(
        &mut self,
        number: u64,
    ) -> Result<impl Iterator<Item = Result<Record, TraceError>>, TraceError> {
        let records = self.iter().as_slice();
        let from = records.partition_point(|record| record.number < number);
        Ok(records.iter().skip(from).cloned().map(Ok))
    }

    fn heads_from(
        &mut self,
        number: u64,
    ) -> Result<impl Iterator<Item = Result<Record, TraceError>>, TraceError> {
        self.read_from(number)
    }

    fn place_at(&mut self, time: Time) -> Result<Option<u64>, TraceError> {
        Ok(self.iter().find(|record| record.handled >= time).map(|record| record.number))
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

    fn heads_from(
        &mut self,
        number: u64,
    ) -> Result<impl Iterator<Item = Result<Record, TraceError>>, TraceError> {
        self.seek(number)?;
        Ok(self.heads())
    }

    fn place_at(&mut self, time: Time) -> Result<Option<u64>, TraceError> {
        self.seek_time(time)?;
        Ok(self.heads().next().transpose()?.map(|record| record.number))
    }
}

/// The states of a system at every moment of its trace, by number, by time, or by the name of a message.
///
/// The way to a moment that was never passed goes through all messages before it, and compares them; from then on every
/// moment is near to a snapshot. What was passed is found by its name at once; what was not, by reading heads up to it,
/// once. Memory is bounded: the farther one goes, and the larger the states are, the farther snapshots are apart.
///
/// Behind a [difference](Self::difference_before) the cores go on with what was recorded: their states are then those of
/// the replay, not of the run.
#[derive(Debug)]
pub struct Timeline<R> {
    recording: R,
    setup: Arc<Setup>,
    snapshots: Snapshots,
    places: Places,
    /// The replay as far as it has gone, and after how many messages that is.
    furthest: Option<(u64, Replay)>,
    /// The first difference, and after how many messages it was there.
    difference: Option<(u64, Box<Difference>)>,
}

impl<R: Recording> Timeline<R> {
    /// The timeline of a system.
    pub fn new(setup: Setup, recording: R) -> Self {
        let (snapshots, places) = (Snapshots::new(), Places::default());
        Timeline { recording, setup: Arc::new(setup), snapshots, places, furthest: None, difference: None }
    }

    /// The cores after so many messages of the trace.
    ///
    /// # Errors
    /// [`ReplayError`] if the trace is shorter, or a message cannot be replayed.
    pub fn after(&mut self, messages: u64) -> Result<Cores, ReplayError> {
        let (place, cores) = self.up_to(messages)?;
        if place < messages { Err(NoSuchMessage::Only(place).into()) } else { Ok(cores) }
    }

    /// The cores at a time: after all messages up to the first that was handled later.
    ///
    /// # Errors
    /// [`ReplayError`] if a message cannot be replayed.
    pub fn at(&mut self, time: Time) -> Result<Cores, ReplayError> {
        let later = time.0.checked_add(1).map(|later| self.recording.place_at(Time(later)));
        match later.transpose()?.flatten() {
            Some(place) => self.after(place),
            None => self.at_end(),
        }
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
        let near = self.snapshots.nearest(messages);
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
            let Some(record) = records.next().transpose()? else { break };
            self.places.see(record.head.id, record.number);
            if self.difference.is_none() {
                let difference = replay.take_anyway(record)?;
                self.difference = difference.map(|difference| (place + 1, difference));
            } else {
                replay.cores.take(record)?;
            }
            place += 1;
            self.snapshots.pass(place, &replay.cores);
        }
        drop(records);
        let cores = replay.cores.clone();
        self.furthest = Some((place, replay));
        Ok((place, cores))
    }

    /// The place of a message in the trace, from 0.
    ///
    /// # Errors
    /// [`ReplayError::NoSuchMessage`] if it is not there.
    pub fn place(&mut self, id: MessageId) -> Result<u64, ReplayError> {
        if let Some(place) = self.places.get(id) {
            return Ok(place);
        }
        for head in self.recording.heads_from(self.places.until())? {
            let head = head?;
            self.places.see(head.head.id, head.number);
            if head.head.id == id {
                return Ok(head.number);
            }
        }
        Err(NoSuchMessage::Named(id).into())
    }
}

#[cfg(test)]
impl<R> Timeline<R> {
    pub(super) fn snapshots(&mut self) -> &mut Snapshots {
        &mut self.snapshots
    }

    pub(super) fn recording(&self) -> &R {
        &self.recording
    }
}
