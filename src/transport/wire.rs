//! From messages to bytes of the socket: what one thread at a time holds while it writes.

use super::{
    TransportError,
    channel::{MAX_PAYLOAD, MAX_RECORD, Sealer, TAG},
    socket::Socket,
};

/// Records are gathered up to so many bytes, then written.
const GATHERED: usize = 4 * (2 + MAX_RECORD);

/// A buffer that grew beyond this is given back when it is empty.
pub(super) const KEPT: usize = 4 << 20;

/// Whether a writer waits while the socket is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    Never,
    ForRoom,
}

/// How far the end of this side has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    NotYet,
    Due,
    Sealed,
}

pub(super) struct Wire {
    sealer: Box<dyn Sealer>,
    /// Messages, each behind its length, of which the front is already in records.
    batch: Vec<u8>,
    taken: usize,
    /// Records, of which the front is already written.
    records: Vec<u8>,
    filled: usize,
    written: usize,
    end: End,
}

impl Wire {
    pub(super) fn new(sealer: Box<dyn Sealer>) -> Self {
        Wire {
            sealer,
            batch: Vec::new(),
            taken: 0,
            records: Vec::new(),
            filled: 0,
            written: 0,
            end: End::NotYet,
        }
    }

    /// Takes what is queued, and leaves an empty buffer; nothing may be left of what was taken before.
    pub(super) fn take(&mut self, queued: &mut Vec<u8>) {
        std::mem::swap(&mut self.batch, queued);
    }

    /// Bytes of messages that it holds.
    pub(super) fn held(&self) -> usize {
        self.batch.len() - self.taken
    }

    pub(super) fn is_behind(&self) -> bool {
        self.taken < self.batch.len() || self.written < self.filled || self.end == End::Due
    }

    /// Says that nothing follows what it holds.
    pub(super) fn end(&mut self) {
        if self.end == End::NotYet {
            self.end = End::Due;
        }
    }

    /// The record that says so is written.
    pub(super) fn is_ended(&self) -> bool {
        self.end == End::Sealed && !self.is_behind()
    }

    /// Writes what it holds and `tail` behind it. False if the socket is full: then the rest is held.
    pub(super) fn write(
        &mut self,
        socket: &Socket,
        mut tail: &[u8],
        wait: Wait,
    ) -> Result<bool, TransportError> {
        loop {
            self.seal(&mut tail)?;
            if self.filled == 0 {
                return Ok(true);
            }
            if !self.flush(socket, wait)? {
                self.batch.drain(..self.taken);
                self.taken = 0;
                self.batch.extend_from_slice(tail);
                return Ok(false);
            }
        }
    }

    /// Makes records, as long as one more is sure to fit.
    fn seal(&mut self, tail: &mut &[u8]) -> Result<(), TransportError> {
        while self.filled + 2 + MAX_RECORD <= GATHERED {
            if self.taken < self.batch.len() {
                self.seal_batch()?;
            } else if let Some((payload, rest)) = next_payload(tail) {
                seal(&mut *self.sealer, payload, &mut self.records, &mut self.filled)?;
                *tail = rest;
            } else if self.end == End::Due {
                seal(&mut *self.sealer, &[], &mut self.records, &mut self.filled)?;
                self.end = End::Sealed;
            } else {
                break;
            }
        }
        Ok(())
    }

    fn seal_batch(&mut self) -> Result<(), TransportError> {
        if let Some((payload, _)) = next_payload(self.batch.get(self.taken..).unwrap_or_default()) {
            seal(&mut *self.sealer, payload, &mut self.records, &mut self.filled)?;
            self.taken += payload.len();
        }
        if self.taken == self.batch.len() {
            self.taken = 0;
            self.batch.clear();
            if self.batch.capacity() > KEPT {
                self.batch = Vec::new();
            }
        }
        Ok(())
    }

    /// Writes the records. False if the socket is full.
    fn flush(&mut self, socket: &Socket, wait: Wait) -> Result<bool, TransportError> {
        while let Some(bytes) = self.records.get(self.written..self.filled).filter(|bytes| !bytes.is_empty())
        {
            let written = match wait {
                Wait::Never => socket.write(bytes)?,
                Wait::ForRoom => socket.write_waiting(bytes)?,
            };
            if written == 0 {
                return Ok(false);
            }
            self.written += written;
        }
        (self.filled, self.written) = (0, 0);
        Ok(true)
    }
}

fn next_payload(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    (!bytes.is_empty()).then(|| bytes.split_at(bytes.len().min(MAX_PAYLOAD)))
}

/// Puts a record behind those that are there.
fn seal(
    sealer: &mut dyn Sealer,
    payload: &[u8],
    records: &mut Vec<u8>,
    filled: &mut usize,
) -> Result<(), TransportError> {
    let end = *filled + 2 + payload.len() + TAG;
    if records.len() < end {
        records.resize(end, 0);
    }
    let Some((length, record)) =
        records.get_mut(*filled..end).and_then(|bytes| bytes.split_first_chunk_mut())
    else {
        return Ok(());
    };
    let sealed = sealer.seal(payload, record)?;
    *length = (sealed as u16).to_be_bytes();
    *filled = end;
    Ok(())
}
