//! The secure channel without a socket.

use snow::Builder;

use super::support::{bytes, secret};
use crate::transport::{
    Purpose, TransportError,
    channel::{Directions, MAX_PAYLOAD, MAX_RECORD, Opener, Sealer, SecureChannel},
    noise::{Initiator, Responder, VERSION, directions},
};

/// Both sides' directions after a handshake.
fn agree(records_per_key: [u64; 2]) -> [Directions; 2] {
    let parameters = || "Noise_NNpsk0_25519_AESGCM_SHA256".parse().unwrap();
    let builder = || Builder::new(parameters()).psk(0, &[1; 32]).unwrap();
    let mut initiator = builder().build_initiator().unwrap();
    let mut responder = builder().build_responder().unwrap();
    let (mut message, mut payload) = ([0; 100], [0; 100]);
    let length = initiator.write_message(&[], &mut message).unwrap();
    responder.read_message(&message[..length], &mut payload).unwrap();
    let length = responder.write_message(&[], &mut message).unwrap();
    initiator.read_message(&message[..length], &mut payload).unwrap();
    let [first, second] = records_per_key;
    [directions(initiator, first).unwrap(), directions(responder, second).unwrap()]
}

fn pass(sealer: &mut dyn Sealer, opener: &mut dyn Opener, payload: &[u8]) -> Result<Vec<u8>, TransportError> {
    let (mut record, mut opened) = (vec![0; MAX_RECORD], vec![0; MAX_RECORD]);
    let length = sealer.seal(payload, &mut record)?;
    let length = opener.open(&record[..length], &mut opened)?;
    opened.truncate(length);
    Ok(opened)
}

#[test]
fn keys_change_on_both_sides_at_the_same_record() {
    let [(mut sealer, mut back_opener), (mut back_sealer, mut opener)] = agree([3, 3]);
    for number in 0..20 {
        let payload = bytes(number, 5);
        assert_eq!(pass(&mut *sealer, &mut *opener, &payload).unwrap(), payload);
        if number % 2 == 0 {
            assert_eq!(pass(&mut *back_sealer, &mut *back_opener, &payload).unwrap(), payload);
        }
    }
}

#[test]
fn keys_do_change() {
    let [(mut sealer, _), (_, mut opener)] = agree([3, 4]);
    for _ in 0..3 {
        assert!(pass(&mut *sealer, &mut *opener, b"same key").is_ok());
    }
    assert!(matches!(pass(&mut *sealer, &mut *opener, b"new key"), Err(TransportError::Forged)));
}

#[test]
fn the_longest_record_has_room_for_65_519_bytes() {
    let [(mut sealer, _), (_, mut opener)] = agree([9, 9]);
    let payload = bytes(MAX_PAYLOAD, 6);
    assert_eq!(pass(&mut *sealer, &mut *opener, &payload).unwrap(), payload);
    assert_eq!(MAX_PAYLOAD, 65_519);
    let longer = sealer.seal(&[0; MAX_PAYLOAD + 1], &mut [0; 70_000]);
    assert!(matches!(longer, Err(TransportError::Cipher(_))));
}

#[test]
fn the_same_message_twice_is_not_the_same_record() {
    let [(mut sealer, _), _] = agree([9, 9]);
    let mut seal = || {
        let mut record = [0; 100];
        let length = sealer.seal(b"message", &mut record).unwrap();
        record[..length].to_vec()
    };
    assert_ne!(seal(), seal());
}

#[test]
fn only_the_same_secret_version_and_purpose_make_a_message_authentic() {
    for purpose in Purpose::ALL {
        for version in [VERSION - 1, VERSION, VERSION + 1] {
            let mut message = [0; 256];
            let mut initiator = Initiator::of_version(&secret(), purpose, version).unwrap();
            let length = initiator.write(&mut message).unwrap();
            let mut responder = Responder::new(&secret());
            let read = responder.read(&message[..length]);
            assert_eq!(read.is_ok(), version == VERSION, "{version}");
            assert_eq!(responder.purpose(), (version == VERSION).then_some(purpose));
        }
    }
}

#[test]
fn a_handshake_message_says_nothing_but_what_the_handshake_needs() {
    // So nothing can be said, or believed, before both sides know each other.
    let parameters = "Noise_NNpsk0_25519_AESGCM_SHA256".parse().unwrap();
    let prologue = format!("firesteel transport {VERSION} control");
    let secret = secret();
    let builder = Builder::new(parameters).psk(0, secret.expose()).unwrap();
    let mut initiator = builder.prologue(prologue.as_bytes()).unwrap().build_initiator().unwrap();
    let mut message = [0; 256];
    let length = initiator.write_message(b"now do this", &mut message).unwrap();
    let read = Responder::new(&secret).read(&message[..length]);
    assert!(matches!(read, Err(TransportError::NotAuthentic)));
}

#[test]
fn a_record_with_any_bit_flipped_is_no_record() {
    let [(mut sealer, _), (_, mut opener)] = agree([9, 9]);
    let mut record = [0; 40];
    let length = sealer.seal(b"one and only", &mut record).unwrap();
    let record = &mut record[..length];
    for bit in 0..length * 8 {
        record[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(opener.open(record, &mut [0; 40]), Err(TransportError::Forged)), "{bit}");
        record[bit / 8] ^= 1 << (bit % 8);
    }
    assert_eq!(opener.open(record, &mut [0; 40]).unwrap(), 12);
}
