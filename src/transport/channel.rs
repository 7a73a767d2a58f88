//! What protects a connection: a handshake, then records in both directions. Noise is the one implementation
//! ([`noise`](super::noise)).

use super::{Purpose, TransportError};

/// Bytes of the longest record.
pub(super) const MAX_RECORD: usize = 65_535;

/// Bytes that protect a record.
pub(super) const TAG: usize = 16;

/// Bytes of data in the longest record.
pub(super) const MAX_PAYLOAD: usize = MAX_RECORD - TAG;

/// Bytes of the longest message of a handshake. (Noise's have 48.)
pub(super) const MAX_HANDSHAKE: usize = 256;

/// One side of a handshake: it writes and reads messages in turn. There is no I/O in it.
pub(super) trait SecureChannel: Send {
    /// Writes the next message to the front of `message`, and says how long it is.
    fn write(&mut self, message: &mut [u8]) -> Result<usize, TransportError>;

    /// Takes the other side's next message, which must be authentic.
    fn read(&mut self, message: &[u8]) -> Result<(), TransportError>;

    /// What the connection is for: both sides agree on it. None if it is too early to know.
    fn purpose(&self) -> Option<Purpose>;

    /// After the last message: the two directions, each for a thread of its own.
    fn split(self: Box<Self>) -> Result<Directions, TransportError>;
}

/// What this side sends with, and what it receives with.
pub(super) type Directions = (Box<dyn Sealer>, Box<dyn Opener>);

/// Makes records of what is sent.
pub(super) trait Sealer: Send {
    /// Writes the record of a payload to the front of `record`, which has [`TAG`] bytes more at least; says how long it is.
    fn seal(&mut self, payload: &[u8], record: &mut [u8]) -> Result<usize, TransportError>;
}

/// Opens the records of the other side, in the order in which it made them.
pub(super) trait Opener: Send {
    /// Writes the payload of a record to the front of `payload`, which is as long as the record at least; says how long it is.
    fn open(&mut self, record: &[u8], payload: &mut [u8]) -> Result<usize, TransportError>;
}
