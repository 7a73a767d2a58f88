//! The handshake over a stream of bytes: each message behind its length, then an empty record of the initiator.
//!
//! That record is the first thing that cannot have been recorded and sent again: only after it does the responder believe
//! that somebody is there.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Purpose, TransportError,
    channel::{MAX_HANDSHAKE, Opener, Sealer, SecureChannel, TAG},
};

/// A connection that both sides agreed on.
pub(super) struct Agreed {
    pub(super) purpose: Purpose,
    pub(super) sealer: Box<dyn Sealer>,
    pub(super) opener: Box<dyn Opener>,
}

/// The handshake of the side that connects.
pub(super) fn initiate(
    stream: &mut (impl Read + Write),
    mut channel: Box<dyn SecureChannel>,
) -> Result<Agreed, TransportError> {
    write(stream, &mut *channel)?;
    read(stream, &mut *channel)?;
    let mut agreed = split(channel)?;
    let mut record = [0; 2 + TAG];
    let (length, sealed) = record.split_at_mut(2);
    agreed.sealer.seal(&[], sealed)?;
    length.copy_from_slice(&(TAG as u16).to_be_bytes());
    stream.write_all(&record).map_err(ended)?;
    Ok(agreed)
}

/// The handshake of the side that listens.
pub(super) fn respond(
    stream: &mut (impl Read + Write),
    mut channel: Box<dyn SecureChannel>,
) -> Result<Agreed, TransportError> {
    read(stream, &mut *channel)?;
    write(stream, &mut *channel)?;
    let mut agreed = split(channel)?;
    let mut buffer = [0; MAX_HANDSHAKE];
    let record = read_message(stream, &mut buffer)?;
    match agreed.opener.open(record, &mut [0; MAX_HANDSHAKE]) {
        Ok(0) => Ok(agreed),
        _ => Err(TransportError::NotAuthentic),
    }
}

fn split(channel: Box<dyn SecureChannel>) -> Result<Agreed, TransportError> {
    let purpose = channel.purpose().ok_or(TransportError::NotAuthentic)?;
    let (sealer, opener) = channel.split()?;
    Ok(Agreed { purpose, sealer, opener })
}

fn write(stream: &mut impl Write, channel: &mut dyn SecureChannel) -> Result<(), TransportError> {
    let mut message = [0; 2 + MAX_HANDSHAKE];
    let (length, body) = message.split_at_mut(2);
    let written = channel.write(body)?;
    length.copy_from_slice(&(written as u16).to_be_bytes());
    stream.write_all(message.get(..2 + written).unwrap_or(&message)).map_err(ended)
}

fn read(stream: &mut impl Read, channel: &mut dyn SecureChannel) -> Result<(), TransportError> {
    let mut buffer = [0; MAX_HANDSHAKE];
    channel.read(read_message(stream, &mut buffer)?)
}

fn read_message<'a>(
    stream: &mut impl Read,
    buffer: &'a mut [u8; MAX_HANDSHAKE],
) -> Result<&'a [u8], TransportError> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).map_err(ended)?;
    let length = usize::from(u16::from_be_bytes(length));
    let message = buffer.get_mut(..length).ok_or(TransportError::NotAuthentic)?;
    stream.read_exact(message).map_err(ended)?;
    Ok(message)
}

/// What the end of a stream means before the connection is established. [`Deadlined`] says `TimedOut`.
fn ended(source: io::Error) -> TransportError {
    match TransportError::of_connection(source, "read or write a handshake") {
        TransportError::Cut => TransportError::Refused,
        TransportError::Lost => TransportError::HandshakeTimeout { after: Duration::ZERO },
        error => error,
    }
}

/// A socket that must have read and written everything by a moment, however slowly bytes come.
pub(super) struct Deadlined<'a> {
    socket: &'a TcpStream,
    after: Duration,
    until: Instant,
}

impl<'a> Deadlined<'a> {
    pub(super) fn new(socket: &'a TcpStream, begun: Instant, after: Duration) -> Self {
        Deadlined { socket, after, until: begun + after }
    }

    /// Runs a handshake, and says how long it may take if it takes longer.
    pub(super) fn run<T>(
        mut self,
        shake: impl FnOnce(&mut Self) -> Result<T, TransportError>,
    ) -> Result<T, TransportError> {
        let result = shake(&mut self).map_err(|error| match error {
            TransportError::HandshakeTimeout { .. } => TransportError::HandshakeTimeout { after: self.after },
            error => error,
        })?;
        let set = self.socket.set_read_timeout(None);
        set.map_err(|source| TransportError::Io { action: "set a timeout", source: Arc::new(source) })?;
        Ok(result)
    }

    fn remaining(&self) -> io::Result<Duration> {
        let remaining = self.until.saturating_duration_since(Instant::now());
        if remaining.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(remaining) }
    }
}

impl Read for Deadlined<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(self.remaining()?))?;
        self.socket.read(buffer).map_err(timed_out)
    }
}

impl Write for Deadlined<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(self.remaining()?))?;
        self.socket.write(bytes).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { error }
}
