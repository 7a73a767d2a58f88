//! What goes over a connection.

use std::thread;

use super::support::{LONG, Server, bytes, open, pair, pair_with, secret};
use crate::transport::{
    Connection, Purpose, Secret, Sender, TransportError, TransportOptions, channel::MAX_PAYLOAD,
};

#[test]
fn messages_arrive_as_they_were_sent_in_both_directions() {
    let (mut near, mut far) = pair();
    near.sender.send(b"there").unwrap();
    near.sender.send(b"").unwrap();
    near.sender.send(b"twice").unwrap();
    assert_eq!(far.receiver.receive().unwrap(), Some(&b"there"[..]));
    assert_eq!(far.receiver.receive().unwrap(), Some(&b""[..]));
    assert_eq!(far.receiver.receive().unwrap(), Some(&b"twice"[..]));
    far.sender.send(b"and back").unwrap();
    assert_eq!(near.receiver.receive().unwrap(), Some(&b"and back"[..]));
    assert_eq!((near.peer, near.local), (far.local, far.peer));
}

#[test]
fn messages_may_end_at_the_borders_of_records() {
    let (near, mut far) = pair();
    let around = |length: usize| (length - 6)..(length + 6);
    let lengths: Vec<usize> =
        [1, 2, 3, 5].into_iter().flat_map(|records| around(records * MAX_PAYLOAD)).collect();
    let sent = lengths.clone();
    let sending = thread::spawn(move || {
        for length in sent {
            near.sender.send_waiting(&bytes(length, 1)).unwrap();
            near.sender.send(&bytes(3, 2)).unwrap();
        }
        near
    });
    for length in lengths {
        assert!(far.receiver.receive().unwrap() == Some(&bytes(length, 1)[..]), "{length}");
        assert_eq!(far.receiver.receive().unwrap(), Some(&bytes(3, 2)[..]), "{length}");
    }
    sending.join().unwrap();
}

#[test]
fn a_message_of_64_mib_arrives_whether_or_not_its_sender_waits() {
    let (near, mut far) = pair();
    let message = bytes(64 << 20, 3);
    let sending = thread::spawn(move || {
        near.sender.send(&message).unwrap();
        near.sender.send_waiting(&message).unwrap();
        near.sender.close();
        (near, message)
    });
    let first = far.receiver.receive().unwrap().unwrap().to_vec();
    let second = far.receiver.receive().unwrap().unwrap().to_vec();
    assert_eq!(far.receiver.receive().unwrap(), None);
    let (_near, message) = sending.join().unwrap();
    assert!(first == message && second == message);
}

#[test]
fn a_message_that_is_too_long_is_refused_and_the_connection_stays() {
    let (near, mut far) = pair_with(TransportOptions { max_message: 10, ..TransportOptions::default() });
    let error = near.sender.send(&[0; 11]).unwrap_err();
    assert!(matches!(error, TransportError::TooLong { length: 11, limit: 10 }), "{error}");
    near.sender.send(&[1; 10]).unwrap();
    assert_eq!(far.receiver.receive().unwrap(), Some(&[1; 10][..]));
}

#[test]
fn a_held_sender_sends_when_it_is_let_go() {
    let (near, mut far) = pair();
    let hold = near.sender.hold();
    let inner = near.sender.hold();
    near.sender.send(b"one").unwrap();
    drop(inner);
    near.sender.send(b"two").unwrap();
    far.receiver.set_timeout(Some(std::time::Duration::from_millis(20))).unwrap();
    assert!(matches!(far.receiver.receive(), Err(TransportError::TimedOut { .. })));
    drop(hold);
    far.receiver.set_timeout(Some(LONG)).unwrap();
    assert!(!far.receiver.has_message());
    assert_eq!(far.receiver.receive().unwrap(), Some(&b"one"[..]));
    assert!(far.receiver.has_message());
    assert_eq!(far.receiver.receive().unwrap(), Some(&b"two"[..]));
    assert!(!far.receiver.has_message());
}

#[test]
fn a_hold_keeps_back_no_more_than_a_record_and_never_makes_a_sender_wait() {
    let (near, mut far) = pair_with(TransportOptions { queue_bytes: 100, ..TransportOptions::default() });
    let hold = near.sender.hold();
    for number in 0..100 {
        near.sender.send(&[number; 30]).unwrap();
        near.sender.send_waiting(&[number; 30]).unwrap();
    }
    drop(hold);
    for number in 0..100 {
        assert_eq!(far.receiver.receive().unwrap(), Some(&[number; 30][..]));
        assert_eq!(far.receiver.receive().unwrap(), Some(&[number; 30][..]));
    }
}

/// Sends numbered messages of a thread, of very different lengths.
fn send_numbered(sender: &Sender, thread: u8, count: u32) {
    for number in 0..count {
        let length = match number % 50 {
            0 => 100_000,
            1 => 0,
            rest => rest as usize * 7,
        };
        let mut message = vec![thread];
        message.extend(number.to_be_bytes());
        message.extend(bytes(length, number.into()));
        match number % 3 {
            0 => sender.send_waiting(&message).unwrap(),
            _ => sender.send(&message).unwrap(),
        }
    }
}

#[test]
fn many_threads_send_over_one_connection_and_each_keeps_its_order() {
    const THREADS: u8 = 6;
    const EACH: u32 = 1_500;
    let (near, mut far) = pair();
    let sending: Vec<_> = (0..THREADS)
        .map(|number| {
            let sender = near.sender.clone();
            thread::spawn(move || send_numbered(&sender, number, EACH))
        })
        .collect();
    let mut next = [0; THREADS as usize];
    for _ in 0..u32::from(THREADS) * EACH {
        let message = far.receiver.receive().unwrap().unwrap();
        let expected = &mut next[usize::from(message[0])];
        assert_eq!(u32::from_be_bytes(message[1..5].try_into().unwrap()), *expected);
        assert!(message[5..] == bytes(message.len() - 5, (*expected).into()));
        *expected += 1;
    }
    assert_eq!(next, [EACH; THREADS as usize]);
    sending.into_iter().for_each(|thread| thread.join().unwrap());
    near.sender.close();
    assert_eq!(far.receiver.receive().unwrap(), None);
}

#[test]
fn the_listener_is_told_what_a_connection_is_for() {
    let server = Server::start(TransportOptions::default());
    for purpose in Purpose::ALL {
        let opened =
            Connection::open(server.address(), &secret(), purpose, &TransportOptions::default()).unwrap();
        let (told, _accepted) = server.connections.recv_timeout(LONG).unwrap();
        assert_eq!(told, purpose);
        drop(opened);
    }
}

#[test]
fn another_secret_is_refused_and_nobody_is_handed_over() {
    let server = Server::start(TransportOptions::default());
    let other = Secret::from_bytes([8; 32]);
    let result = Connection::open(server.address(), &other, Purpose::Control, &TransportOptions::default());
    let error = result.err().unwrap();
    assert!(matches!(error, TransportError::Refused), "{error}");
    assert!(server.has_handed_over_nobody());
}

#[test]
fn an_address_may_be_a_name() {
    let server = Server::start(TransportOptions::default());
    let name = format!("localhost:{}", server.address().port());
    let options = TransportOptions::default();
    let near = Connection::open(name.as_str(), &secret(), Purpose::Data, &options).unwrap();
    near.sender.send(b"hello").unwrap();
    assert_eq!(server.accepted().receiver.receive().unwrap(), Some(&b"hello"[..]));
    let error = Connection::open("127.0.0.1", &secret(), Purpose::Data, &options).err().unwrap();
    assert_eq!(error.to_string(), "cannot connect to 127.0.0.1");
}

#[test]
fn nobody_listens() {
    let server = Server::start(TransportOptions::default());
    let address = server.address();
    server.listener.close();
    let error = open(address).err().unwrap();
    assert!(matches!(error, TransportError::Connect { .. }), "{error}");
}
