//! Snapshots of the cores along a trace, so that every moment is near to one.

use std::fmt::{self, Write};

use super::Cores;

/// The most snapshots that are kept at a time: beyond, every second one goes.
/// With so many, those of 10 million messages are 16,384 apart.
const MOST: usize = 640;

/// The most bytes that snapshots are thought to take: beyond, every second one goes as well. Some 320 have room while
/// a job of 100,000 tasks runs.
const MOST_BYTES: usize = 2 << 30;

/// Messages from one snapshot to the next at first.
const FIRST_EVERY: u64 = 4_096;

/// Snapshots from one measurement to the next.
const MEASURED_EVERY: u32 = 8;

/// The cores after so many messages, for some numbers of messages that are equally far apart.
#[derive(Debug)]
pub(super) struct Snapshots {
    /// By place.
    kept: Vec<Snapshot>,
    every: u64,
    bytes: usize,
    most_bytes: usize,
    /// What the latest one that was measured takes, and how many were taken since.
    measured: (usize, u32),
}

#[derive(Debug)]
struct Snapshot {
    place: u64,
    cores: Cores,
    bytes: usize,
}

impl Snapshots {
    pub(super) fn new() -> Self {
        Snapshots {
            kept: Vec::new(),
            every: FIRST_EVERY,
            bytes: 0,
            most_bytes: MOST_BYTES,
            measured: (0, MEASURED_EVERY),
        }
    }

    /// The cores after so many messages or fewer, as near as there are, and after how many.
    pub(super) fn nearest(&self, place: u64) -> Option<(u64, Cores)> {
        let after = self.kept.partition_point(|snapshot| snapshot.place <= place);
        let nearest = self.kept.get(after.checked_sub(1)?)?;
        Some((nearest.place, nearest.cores.clone()))
    }

    /// Keeps the cores after so many messages, if it is their turn.
    pub(super) fn pass(&mut self, place: u64, cores: &Cores) {
        let is_new = self.kept.last().is_none_or(|last| last.place < place);
        if !is_new || !place.is_multiple_of(self.every) {
            return;
        }
        let bytes = self.measure(cores);
        self.kept.push(Snapshot { place, cores: cores.clone(), bytes });
        self.bytes += bytes;
        // One is kept, however large it is.
        while self.kept.len() > MOST || self.bytes > self.most_bytes && self.kept.len() > 1 {
            self.every = self.every.saturating_mul(2);
            self.kept.retain(|snapshot| snapshot.place.is_multiple_of(self.every));
            self.bytes = self.kept.iter().map(|snapshot| snapshot.bytes).sum();
        }
    }

    /// About how many bytes a snapshot takes, rather too many: what it shares with others counts for each of them.
    fn measure(&mut self, cores: &Cores) -> usize {
        let (bytes, since) = &mut self.measured;
        *since += 1;
        // That takes some times as long as a copy.
        if *since >= MEASURED_EVERY {
            let mut length = Length(0);
            // Counting does not fail.
            write!(length, "{cores:?}").ok();
            (*bytes, *since) = (length.0 / 2, 0);
        }
        *bytes
    }
}

/// Counts the bytes of a text. That of the cores is about 2.6 times as long as they are large: names of fields and numbers
/// in decimals are longer than what they stand for.
struct Length(usize);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

#[cfg(test)]
impl Snapshots {
    /// Takes a snapshot every so many messages at first, and as many as take so many bytes.
    pub(super) fn set(&mut self, every: u64, most_bytes: usize) {
        (self.every, self.most_bytes) = (every, most_bytes);
    }

    /// How many there are, and how many bytes they are thought to take.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.kept.len(), self.bytes)
    }
}
