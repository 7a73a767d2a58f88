//! What the transport is fuzzed with: any bytes where another side's would come.

use std::io::{self, Read, Write};

use super::{
    Purpose, Secret, TransportError,
    channel::{MAX_PAYLOAD, MAX_RECORD, SecureChannel, TAG},
    handshake::{Agreed, initiate, respond},
    incoming::Incoming,
    noise::{Initiator, Responder},
};

/// The longest message that is taken.
const MAX_MESSAGE: usize = 1 << 16;

/// A stream that says what was prepared, and keeps what it is told.
struct Prepared<'a> {
    says: &'a [u8],
    told: Vec<u8>,
}

impl Read for Prepared<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.says.read(buffer)
    }
}

impl Write for Prepared<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.told.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Any bytes to a side that listens and to one that connects. Neither may believe them, or panic.
///
/// # Panics
/// If one does.
pub fn fuzz_handshake(bytes: &[u8]) {
    let secret = Secret::from_bytes([1; 32]);
    let mut stream = Prepared { says: bytes, told: Vec::new() };
    let agreed = respond(&mut stream, Box::new(Responder::new(&secret)));
    assert!(agreed.is_err(), "an unknown side was believed");
    assert!(stream.told.is_empty(), "an unknown side was answered");
    let Ok(initiator) = Initiator::new(&secret, Purpose::Data) else { return };
    let mut stream = Prepared { says: bytes, told: Vec::new() };
    let agreed = initiate(&mut stream, Box::new(initiator));
    assert!(agreed.is_err(), "an unknown side was believed");
}

/// Any bytes behind a handshake: as they are, and as what an authentic side says in its records, whose lengths they say too.
/// The receiver must come to an end, hand out only what was said, and take memory only for what came.
///
/// # Panics
/// If it does not.
pub fn fuzz_receiver(bytes: &[u8]) {
    let Ok([_, receiving]) = agree() else { return };
    receive(receiving, bytes, usize::MAX);
    let Ok([mut sending, receiving]) = agree() else { return };
    let mut stream = Vec::new();
    let mut said = Vec::new();
    let mut rest = bytes;
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes(*length)).min(behind.len()).min(MAX_PAYLOAD);
        let (payload, behind) = behind.split_at(length);
        let mut record = vec![0; payload.len() + TAG];
        if sending.sealer.seal(payload, &mut record).is_err() {
            return;
        }
        stream.extend_from_slice(&(record.len() as u16).to_be_bytes());
        stream.extend_from_slice(&record);
        said.extend_from_slice(payload);
        rest = behind;
    }
    // As few bytes at a time as the input says.
    let at_once = bytes.first().map_or(1, |byte| usize::from(*byte) + 1);
    let messages = receive(receiving, &stream, at_once);
    assert!(said.starts_with(&messages), "what was handed out was never said");
}

/// Receives all there is; what was handed out, each message behind its length.
fn receive(agreed: Agreed, mut bytes: &[u8], at_once: usize) -> Vec<u8> {
    let mut incoming = Incoming::new(agreed.opener, MAX_MESSAGE);
    let mut messages = Vec::new();
    let length = bytes.len();
    let mut read = |buffer: &mut [u8]| {
        assert!(!buffer.is_empty(), "no room to read to");
        let count = buffer.len().min(at_once);
        bytes.read(buffer.get_mut(..count).unwrap_or_default()).map_err(TransportError::io("read"))
    };
    while let Ok(Some(message)) = incoming.receive(&mut read) {
        messages.extend_from_slice(&(message.len() as u32).to_be_bytes());
        messages.extend_from_slice(message);
    }
    let limit = 4 * (length + 2 * MAX_RECORD) + MAX_MESSAGE;
    assert!(incoming.buffered() <= limit, "{} bytes for {length}", incoming.buffered());
    messages
}

/// Both ends of a connection.
fn agree() -> Result<[Agreed; 2], TransportError> {
    let secret = Secret::from_bytes([1; 32]);
    let mut responder: Box<dyn SecureChannel> = Box::new(Responder::new(&secret));
    let mut initiator: Box<dyn SecureChannel> = Box::new(Initiator::new(&secret, Purpose::Data)?);
    let mut message = [0; 256];
    let length = initiator.write(&mut message)?;
    responder.read(message.get(..length).unwrap_or_default())?;
    let length = responder.write(&mut message)?;
    initiator.read(message.get(..length).unwrap_or_default())?;
    let agreed = |(sealer, opener)| Agreed { purpose: Purpose::Data, sealer, opener };
    Ok([agreed(initiator.split()?), agreed(responder.split()?)])
}
