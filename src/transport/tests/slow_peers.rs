//! Sides that do not take what they are sent.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::support::{LONG, bytes, pair_with, threads, until};
use crate::transport::{TransportError, TransportOptions};

/// More than the operating system buffers between two sockets.
const TOO_MUCH: usize = 64 << 20;

fn queue(queue_bytes: usize) -> TransportOptions {
    TransportOptions { queue_bytes, ..TransportOptions::default() }
}

#[test]
fn a_slow_receiver_holds_no_more_memory_than_it_may() {
    let (mut near, mut far) = pair_with(queue(100_000));
    let mut sent = 0;
    let error = loop {
        match near.sender.send(&bytes(10_000, sent)) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
        assert!(sent < (TOO_MUCH / 10_000) as u64);
    };
    assert!(
        matches!(error, TransportError::Overflow { limit: 100_000, queued } if queued < 120_000),
        "{error}"
    );
    assert!(matches!(near.sender.send(b"x"), Err(TransportError::Overflow { .. })));
    assert!(matches!(near.receiver.receive(), Err(TransportError::Overflow { .. })));
    // What arrives is the first that was sent, then the connection is cut.
    for number in 0.. {
        match far.receiver.receive() {
            Ok(message) => assert!(message == Some(&bytes(10_000, number)[..])),
            Err(error) => {
                assert!(matches!(error, TransportError::Cut), "{error}");
                break;
            }
        }
    }
}

#[test]
fn who_may_wait_waits_for_a_slow_receiver() {
    let (near, mut far) = pair_with(queue(100_000));
    let count = (TOO_MUCH / 10_000) as u64;
    let sending: Vec<_> = (0..2)
        .map(|_| {
            let sender = near.sender.clone();
            thread::spawn(move || (0..count).for_each(|_| sender.send_waiting(&[1; 10_000]).unwrap()))
        })
        .collect();
    for number in 0..2 * count {
        assert!(far.receiver.receive().unwrap() == Some(&[1; 10_000][..]), "{number}");
    }
    sending.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn one_long_message_is_no_reason_to_end_a_connection() {
    let (near, mut far) = pair_with(queue(1_000));
    let long = bytes(TOO_MUCH / 2, 1);
    near.sender.send(&long).unwrap();
    // They wait behind it.
    near.sender.send(&[2; 500]).unwrap();
    near.sender.send(&[3; 400]).unwrap();
    assert!(far.receiver.receive().unwrap() == Some(&long[..]));
    assert_eq!(far.receiver.receive().unwrap(), Some(&[2; 500][..]));
    assert_eq!(far.receiver.receive().unwrap(), Some(&[3; 400][..]));
}

#[test]
fn a_side_that_takes_nothing_is_given_up_after_a_time() {
    let options = TransportOptions { user_timeout: Duration::from_millis(300), ..queue(1_000) };
    let (mut near, _far) = pair_with(options);
    let sender = near.sender.clone();
    let others = thread::spawn(move || {
        loop {
            if let Err(error) = sender.send_waiting(&[1; 10_000]) {
                return error;
            }
        }
    });
    let begun = Instant::now();
    let error = loop {
        if let Err(error) = near.sender.send_waiting(&[1; 10_000]) {
            break error;
        }
    };
    let gave_up =
        |error: &TransportError| matches!(error, TransportError::Stalled { .. } | TransportError::Lost);
    assert!(gave_up(&error), "{error}");
    assert!(begun.elapsed() < LONG);
    assert!(gave_up(&others.join().unwrap()));
    assert!(gave_up(&near.receiver.receive().unwrap_err()));
}

#[test]
fn an_orderly_end_waits_no_longer_for_a_side_that_takes_nothing() {
    let options =
        TransportOptions { user_timeout: Duration::from_millis(300), ..TransportOptions::default() };
    let (near, _far) = pair_with(options);
    let name = format!("fs-write-{}", near.peer.port());
    near.sender.send(&bytes(TOO_MUCH / 2, 1)).unwrap();
    near.sender.close();
    let mut receiver = near.receiver;
    drop(near.sender);
    let error = receiver.receive().unwrap_err();
    assert!(matches!(error, TransportError::Stalled { .. } | TransportError::Lost), "{error}");
    until("no thread", || threads(&name).is_empty());
}

#[test]
fn an_orderly_end_gives_a_side_that_takes_a_little_no_more_than_its_time() {
    let options =
        TransportOptions { user_timeout: Duration::from_millis(300), ..TransportOptions::default() };
    let (near, far) = pair_with(options);
    near.sender.send(&bytes(TOO_MUCH, 1)).unwrap();
    near.sender.close();
    // Some bytes now and then, so that it is never silent for long.
    let trickle = thread::spawn(move || {
        let mut buffer = vec![0; 300_000];
        let mut stream = far.receiver.stream();
        while let Ok(1..) = std::io::Read::read(&mut stream, &mut buffer) {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let mut receiver = near.receiver;
    let error = receiver.receive().unwrap_err();
    assert!(matches!(error, TransportError::Stalled { .. } | TransportError::Lost), "{error}");
    drop((receiver, near.sender));
    trickle.join().unwrap();
}

#[test]
fn a_message_finds_room_while_another_thread_waits_with_a_long_one() {
    // A sender in bulk writes by itself; what others send meanwhile is taken along.
    let (near, mut far) = pair_with(queue(1_000_000));
    let sender = near.sender.clone();
    let bulk = thread::spawn(move || sender.send_waiting(&bytes(TOO_MUCH, 1)).unwrap());
    let first = far.receiver.receive().unwrap().map(<[u8]>::len);
    near.sender.send(b"short").unwrap();
    assert_eq!(first, Some(TOO_MUCH));
    assert_eq!(far.receiver.receive().unwrap(), Some(&b"short"[..]));
    bulk.join().unwrap();
}
