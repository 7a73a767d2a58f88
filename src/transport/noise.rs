//! The secure channel: `Noise_NNpsk0_25519_AESGCM_SHA256`, by snow.
//!
//! Both sides prove with the first message that each sends that they have the secret; the keys of a connection come from
//! ephemeral ones besides, so that a secret that leaks later opens no connection that was recorded. Version and purpose are
//! in the prologue: both sides must mean the same, or no message is authentic.

use std::sync::{Arc, PoisonError, RwLock};

use snow::{Builder, HandshakeState, StatelessTransportState};

use super::{
    Purpose, Secret, TransportError,
    channel::{Directions, MAX_HANDSHAKE, Opener, Sealer, SecureChannel},
};

const PATTERN: &str = "Noise_NNpsk0_25519_AESGCM_SHA256";

/// Another number for every change of the protocol, from here up to the messages' framing.
pub(super) const VERSION: u16 = 1;

/// Bytes of an ephemeral public key, with which each handshake message begins.
const EPHEMERAL: usize = 32;

/// A direction has a new key after so many records: AES-GCM should protect some 2^24.5 full ones with a key at most
/// (RFC 8446, 5.5).
const RECORDS_PER_KEY: u64 = 1 << 24;

/// The side that connects.
pub(super) struct Initiator {
    purpose: Purpose,
    handshake: HandshakeState,
    /// What it sent, to know it again.
    ephemeral: [u8; EPHEMERAL],
}

impl Initiator {
    pub(super) fn new(secret: &Secret, purpose: Purpose) -> Result<Self, TransportError> {
        Self::of_version(secret, purpose, VERSION)
    }

    pub(super) fn of_version(
        secret: &Secret,
        purpose: Purpose,
        version: u16,
    ) -> Result<Self, TransportError> {
        let prologue = prologue(purpose, version);
        let handshake = builder(secret, &prologue)?.build_initiator().map_err(cipher)?;
        Ok(Initiator { purpose, handshake, ephemeral: [0; EPHEMERAL] })
    }
}

impl SecureChannel for Initiator {
    fn write(&mut self, message: &mut [u8]) -> Result<usize, TransportError> {
        let length = self.handshake.write_message(&[], message).map_err(cipher)?;
        if let Some(ephemeral) = message.first_chunk() {
            self.ephemeral = *ephemeral;
        }
        Ok(length)
    }

    fn read(&mut self, message: &[u8]) -> Result<(), TransportError> {
        if message.first_chunk() == Some(&self.ephemeral) {
            return Err(TransportError::Oneself);
        }
        read(&mut self.handshake, message)
    }

    fn purpose(&self) -> Option<Purpose> {
        Some(self.purpose)
    }

    fn split(self: Box<Self>) -> Result<Directions, TransportError> {
        directions(self.handshake, RECORDS_PER_KEY)
    }
}

/// The side that listens. It learns from the first message what the connection is for.
pub(super) struct Responder {
    secret: Secret,
    agreed: Option<(Purpose, HandshakeState)>,
}

impl Responder {
    pub(super) fn new(secret: &Secret) -> Self {
        Responder { secret: secret.clone(), agreed: None }
    }
}

impl SecureChannel for Responder {
    fn write(&mut self, message: &mut [u8]) -> Result<usize, TransportError> {
        let (_, handshake) = self.agreed.as_mut().ok_or(TransportError::NotAuthentic)?;
        handshake.write_message(&[], message).map_err(cipher)
    }

    /// Nothing says which purpose is meant before the message is known to be authentic, so each is tried.
    fn read(&mut self, message: &[u8]) -> Result<(), TransportError> {
        for purpose in Purpose::ALL {
            let prologue = prologue(purpose, VERSION);
            let mut handshake = builder(&self.secret, &prologue)?.build_responder().map_err(cipher)?;
            if read(&mut handshake, message).is_ok() {
                self.agreed = Some((purpose, handshake));
                return Ok(());
            }
        }
        Err(TransportError::NotAuthentic)
    }

    fn purpose(&self) -> Option<Purpose> {
        self.agreed.as_ref().map(|(purpose, _)| *purpose)
    }

    fn split(self: Box<Self>) -> Result<Directions, TransportError> {
        let (_, handshake) = self.agreed.ok_or(TransportError::NotAuthentic)?;
        directions(handshake, RECORDS_PER_KEY)
    }
}

fn prologue(purpose: Purpose, version: u16) -> Vec<u8> {
    format!("firesteel transport {version} {}", purpose.name()).into_bytes()
}

fn builder<'a>(secret: &'a Secret, prologue: &'a [u8]) -> Result<Builder<'a>, TransportError> {
    let builder = Builder::new(PATTERN.parse().map_err(cipher)?);
    builder.psk(0, secret.expose()).and_then(|builder| builder.prologue(prologue)).map_err(cipher)
}

/// A message whose payload is empty: nothing is said before both sides know each other.
fn read(handshake: &mut HandshakeState, message: &[u8]) -> Result<(), TransportError> {
    let mut payload = [0; MAX_HANDSHAKE];
    match handshake.read_message(message, &mut payload) {
        Ok(0) => Ok(()),
        _ => Err(TransportError::NotAuthentic),
    }
}

fn cipher(error: snow::Error) -> TransportError {
    TransportError::Cipher(error.to_string())
}

/// Both directions of a connection, with a counter each.
pub(super) fn directions(
    handshake: HandshakeState,
    records_per_key: u64,
) -> Result<Directions, TransportError> {
    let keys = handshake.into_stateless_transport_mode().map_err(cipher)?;
    let keys = Arc::new(RwLock::new(keys));
    let direction = || Direction { keys: keys.clone(), next: 0, records_per_key };
    Ok((Box::new(Sealing(direction())), Box::new(Opening(direction()))))
}

struct Direction {
    /// Those of both directions. Only a change of keys, which is rare, excludes the other thread.
    keys: Arc<RwLock<StatelessTransportState>>,
    /// The number of the next record, which is its nonce.
    next: u64,
    records_per_key: u64,
}

impl Direction {
    fn advance(&mut self, rekey: impl Fn(&mut StatelessTransportState)) {
        self.next += 1;
        if self.next.is_multiple_of(self.records_per_key) {
            rekey(&mut self.keys.write().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

struct Sealing(Direction);

impl Sealer for Sealing {
    fn seal(&mut self, payload: &[u8], record: &mut [u8]) -> Result<usize, TransportError> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        let length = keys.write_message(self.0.next, payload, record).map_err(cipher)?;
        drop(keys);
        self.0.advance(StatelessTransportState::rekey_outgoing);
        Ok(length)
    }
}

struct Opening(Direction);

impl Opener for Opening {
    fn open(&mut self, record: &[u8], payload: &mut [u8]) -> Result<usize, TransportError> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        let length = keys.read_message(self.0.next, record, payload).map_err(|_| TransportError::Forged)?;
        drop(keys);
        self.0.advance(StatelessTransportState::rekey_incoming);
        Ok(length)
    }
}
