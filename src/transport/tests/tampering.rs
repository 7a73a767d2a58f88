//! Records that are not what the other side sent: none of it is ever handed out.

use std::{
    net::{Shutdown, SocketAddr},
    sync::{Arc, Mutex},
    thread,
};

use super::{
    between::{Frame, Of, between},
    support::{Raw, Server, bytes, open},
};
use crate::transport::{TransportError, TransportOptions};

/// The first record of the initiator with a message, behind the handshake's two.
const FIRST: usize = 2;

/// Sends three messages past somebody between; what arrives of them, and how it ends.
fn three_past(
    tamper: impl FnMut(usize, Frame) -> Vec<u8> + Send + 'static,
) -> (Vec<Vec<u8>>, TransportError) {
    let mut tamper = tamper;
    let server = Server::start(TransportOptions::default());
    let address = between(server.address(), move |of, number, frame| match of {
        Of::Initiator => tamper(number, frame),
        Of::Responder => frame,
    });
    let near = open(address).unwrap();
    let mut far = server.accepted();
    for message in [&b"one"[..], b"two", b"three"] {
        // Somebody may have ended the connection by now.
        let _ = near.sender.send(message);
    }
    near.sender.close();
    let mut messages = Vec::new();
    loop {
        match far.receiver.receive() {
            Ok(Some(message)) => messages.push(message.to_vec()),
            Ok(None) => panic!("ended in order, after {messages:?}"),
            Err(error) => return (messages, error),
        }
    }
}

#[track_caller]
fn forged_after(count: usize, (messages, error): (Vec<Vec<u8>>, TransportError)) {
    let sent = [&b"one"[..], b"two", b"three"];
    assert_eq!(messages, sent[..count]);
    assert!(matches!(error, TransportError::Forged), "{error}");
}

#[test]
fn a_repeated_record_ends_the_connection() {
    forged_after(1, three_past(|number, frame| if number == FIRST { frame.repeat(2) } else { frame }));
}

#[test]
fn a_record_that_is_missing_ends_the_connection() {
    forged_after(1, three_past(|number, frame| if number == FIRST + 1 { Vec::new() } else { frame }));
}

#[test]
fn records_in_another_order_end_the_connection() {
    let mut kept = Vec::new();
    let swap = move |number, frame: Frame| match number {
        FIRST => {
            kept = frame;
            Vec::new()
        }
        3 => [&frame[..], &kept].concat(),
        _ => frame,
    };
    forged_after(0, three_past(swap));
}

#[test]
fn a_shortened_record_ends_the_connection() {
    let shorten = |number, mut frame: Frame| {
        if number == FIRST {
            frame.pop();
            frame[1] -= 1;
        }
        frame
    };
    forged_after(0, three_past(shorten));
    // Its length is as it was, so it ends with the next one's first byte.
    let cut = |number, mut frame: Frame| {
        if number == FIRST {
            frame.pop();
        }
        frame
    };
    forged_after(0, three_past(cut));
}

#[test]
fn a_record_too_short_to_be_authentic_ends_the_connection() {
    for length in [0, 1, 15] {
        let short = move |number, frame: Frame| match number {
            FIRST => [&[0, length][..], &vec![0; usize::from(length)]].concat(),
            _ => frame,
        };
        forged_after(0, three_past(short));
    }
}

#[test]
fn a_flipped_bit_ends_the_connection_and_nothing_of_it_is_handed_out() {
    // A record of a message of three bytes: length, message, tag. (`noise.rs` flips every bit.)
    for bit in [0, 6, 7, 12, 15, 16, 47, 48, 71, 72, 199] {
        let (messages, error) = three_past(move |number, mut frame: Frame| {
            if number == FIRST {
                frame[bit / 8] ^= 1 << (bit % 8);
            }
            frame
        });
        assert_eq!(messages, Vec::<Vec<u8>>::new(), "bit {bit}");
        assert!(matches!(error, TransportError::Forged | TransportError::Cut), "bit {bit}: {error}");
    }
}

#[test]
fn an_end_cannot_be_forged() {
    // Zeros, the initiator's empty record of the handshake again, and a record of the same length with nothing known.
    let mut confirm = Vec::new();
    let repeat = move |number, frame: Frame| match number {
        1 => {
            confirm = frame.clone();
            frame
        }
        FIRST => confirm.clone(),
        _ => frame,
    };
    forged_after(0, three_past(repeat));
    let zeros =
        |number, frame: Frame| if number == FIRST { [&[0, 16][..], &[0; 16]].concat() } else { frame };
    forged_after(0, three_past(zeros));
    let late =
        |number, frame: Frame| if number == 3 { [&[0, 16][..], &bytes(16, 1)].concat() } else { frame };
    forged_after(1, three_past(late));
}

#[test]
fn an_end_that_is_held_back_is_a_cut() {
    let (messages, error) = three_past(|number, frame| if number == 5 { Vec::new() } else { frame });
    assert_eq!(messages.len(), 3);
    assert!(matches!(error, TransportError::Cut), "{error}");
}

#[test]
fn an_end_does_not_take_its_own_records() {
    let server = Server::start(TransportOptions::default());
    let mut own = Vec::new();
    let address = between(server.address(), move |of, number, frame| match (of, number) {
        (Of::Responder, 1) => {
            own = frame.clone();
            frame
        }
        (Of::Initiator, FIRST) => own.clone(),
        _ => frame,
    });
    let mut near = open(address).unwrap();
    let mut far = server.accepted();
    far.sender.send(b"mine").unwrap();
    assert_eq!(near.receiver.receive().unwrap(), Some(&b"mine"[..]));
    near.sender.send(b"yours").unwrap();
    assert!(matches!(far.receiver.receive(), Err(TransportError::Forged)));
}

#[test]
fn a_record_of_another_connection_is_no_record_of_this_one() {
    let server = Server::start(TransportOptions::default());
    let recorded = Arc::new(Mutex::new(Vec::new()));
    let record = |address: SocketAddr| {
        let recorded = recorded.clone();
        between(address, move |of, number, frame| {
            if (of, number) == (Of::Initiator, FIRST) {
                let mut recorded = recorded.lock().unwrap();
                if !recorded.is_empty() {
                    return recorded.clone();
                }
                *recorded = frame.clone();
            }
            frame
        })
    };
    let first = open(record(server.address())).unwrap();
    let mut far = server.accepted();
    first.sender.send(b"same").unwrap();
    assert_eq!(far.receiver.receive().unwrap(), Some(&b"same"[..]));
    let second = open(record(server.address())).unwrap();
    let mut far = server.accepted();
    second.sender.send(b"same").unwrap();
    assert!(matches!(far.receiver.receive(), Err(TransportError::Forged)));
}

#[test]
fn what_was_damaged_ends_both_sides_and_later_calls_say_so_too() {
    let server = Server::start(TransportOptions::default());
    let mut raw = Raw::open(server.address());
    let mut far = server.accepted();
    // The record that should have come is behind it, and would still be authentic.
    let genuine = raw.sealed(&[0, 0, 0, 1, 7]);
    raw.write(&[&[0, 20][..], &[0; 20], &genuine].concat());
    assert!(matches!(far.receiver.receive(), Err(TransportError::Forged)));
    assert!(matches!(far.receiver.receive(), Err(TransportError::Forged)));
    assert!(matches!(far.sender.send(b"x"), Err(TransportError::Forged)));
    assert!(raw.is_ended());
}

#[test]
fn a_declared_length_beyond_the_limit_is_refused_before_its_bytes_come() {
    let server = Server::start(TransportOptions { max_message: 1 << 20, ..TransportOptions::default() });
    for length in [(1 << 20) + 1, u32::MAX] {
        let mut raw = Raw::open(server.address());
        let mut far = server.accepted();
        raw.seal(&length.to_be_bytes());
        let error = far.receiver.receive().unwrap_err();
        assert!(matches!(error, TransportError::TooLong { limit: 1_048_576, .. }), "{error}");
        assert!(raw.is_ended());
    }
}

#[test]
fn a_declared_length_takes_no_memory() {
    // 80 GiB in all.
    let server =
        Server::start(TransportOptions { max_message: u32::MAX as usize, ..TransportOptions::default() });
    let mut connections = Vec::new();
    for _ in 0..20 {
        let mut raw = Raw::open(server.address());
        let far = server.accepted();
        raw.seal(&u32::MAX.to_be_bytes());
        raw.seal(b"so it begins");
        connections.push((raw, far));
    }
    let receive = |(raw, mut far): (Raw, crate::transport::Connection)| {
        raw.stream.shutdown(Shutdown::Write).unwrap();
        let error = far.receiver.receive().unwrap_err();
        assert!(matches!(error, TransportError::Cut), "{error}");
        assert!(far.receiver.buffered() < 1 << 20);
    };
    connections.into_iter().for_each(receive);
}

#[test]
fn an_end_within_a_message_is_a_cut() {
    let server = Server::start(TransportOptions::default());
    let mut raw = Raw::open(server.address());
    let mut far = server.accepted();
    raw.seal(&[&5u32.to_be_bytes()[..], b"whole", &5u32.to_be_bytes()[..], b"hal"].concat());
    raw.seal(b"");
    assert_eq!(far.receiver.receive().unwrap(), Some(&b"whole"[..]));
    assert!(matches!(far.receiver.receive(), Err(TransportError::Cut)));
}

#[test]
fn a_cut_is_never_taken_for_an_end_wherever_it_comes() {
    let server = Server::start(TransportOptions::default());
    let length = {
        let mut raw = Raw::open(server.address());
        let _far = server.accepted();
        raw.sealed(&[1; 30]).len()
    };
    for kept in [0, 1, 2, 3, length / 2, length - 1, length] {
        let mut raw = Raw::open(server.address());
        let mut far = server.accepted();
        let record = raw.sealed(&[1; 30]);
        raw.write(&record[..kept]);
        raw.stream.shutdown(Shutdown::Write).unwrap();
        assert!(matches!(far.receiver.receive(), Err(TransportError::Cut)), "{kept}");
    }
}

#[test]
fn messages_that_come_byte_by_byte_are_whole() {
    let server = Server::start(TransportOptions::default());
    let mut raw = Raw::open(server.address());
    let mut far = server.accepted();
    let sending = thread::spawn(move || {
        // The length of a message in several records, and several messages in one.
        for payload in [&[0][..], &[0, 0], &[2, 7], &[8, 0, 0, 0, 1, 9, 0, 0, 0, 0, 0, 0, 0, 1], &[10]] {
            for byte in raw.sealed(payload) {
                raw.write(&[byte]);
            }
        }
        raw
    });
    for expected in [&[7, 8][..], &[9], &[], &[10]] {
        assert_eq!(far.receiver.receive().unwrap(), Some(expected));
    }
    drop(sending.join().unwrap());
    assert!(matches!(far.receiver.receive(), Err(TransportError::Cut)));
}
