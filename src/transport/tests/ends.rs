//! How connections end.

use std::{
    net::Shutdown,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::net::sockopt;

use super::{
    between::{Of, between},
    support::{LONG, Raw, Server, bytes, open, pair, pair_with, threads, until},
};
use crate::transport::{Connection, Receiver, TransportError, TransportOptions};

/// Receives until the end, and counts.
fn drain(receiver: &mut Receiver) -> (u64, Result<(), TransportError>) {
    let mut count = 0;
    loop {
        match receiver.receive() {
            Ok(Some(_)) => count += 1,
            Ok(None) => return (count, Ok(())),
            Err(error) => return (count, Err(error)),
        }
    }
}

#[test]
fn an_orderly_end_comes_behind_all_that_was_sent() {
    let (mut near, mut far) = pair();
    for _ in 0..1_000 {
        near.sender.send(&[1; 1_000]).unwrap();
    }
    near.sender.close();
    near.sender.close();
    assert!(matches!(near.sender.send(b"late"), Err(TransportError::Closed)));
    assert!(matches!(near.sender.send_waiting(b"late"), Err(TransportError::Closed)));
    assert_eq!(drain(&mut far.receiver).0, 1_000);
    assert!(matches!(far.receiver.receive(), Ok(None)));
    // The other direction is open until it ends too.
    far.sender.send(b"goodbye").unwrap();
    far.sender.close();
    assert_eq!(near.receiver.receive().unwrap(), Some(&b"goodbye"[..]));
    assert_eq!(near.receiver.receive().unwrap(), None);
}

#[test]
fn a_held_message_goes_before_the_end() {
    let (near, mut far) = pair();
    let hold = near.sender.hold();
    near.sender.send(b"held").unwrap();
    near.sender.close();
    drop(hold);
    assert!(matches!(drain(&mut far.receiver), (1, Ok(()))));
}

#[test]
fn one_side_may_end_while_the_other_goes_on_sending() {
    const COUNT: u64 = 3_000;
    let (mut near, mut far) = pair();
    let sender = near.sender.clone();
    let sending = thread::spawn(move || {
        for _ in 0..COUNT {
            sender.send_waiting(&[1; 2_000]).unwrap();
        }
        sender.close();
    });
    far.receiver.receive().unwrap();
    far.sender.send(b"enough for me").unwrap();
    far.sender.close();
    assert!(matches!(drain(&mut near.receiver), (1, Ok(()))));
    assert!(matches!(drain(&mut far.receiver), (it, Ok(())) if it == COUNT - 1));
    sending.join().unwrap();
}

#[test]
fn an_abort_ends_both_sides_while_both_send() {
    let (near, far) = pair();
    let run = |mut connection: Connection| {
        let sender = connection.sender.clone();
        let sending = thread::spawn(move || {
            loop {
                if let Err(error) = sender.send_waiting(&[1; 2_000]) {
                    return error;
                }
            }
        });
        let receiving = thread::spawn(move || drain(&mut connection.receiver).1.unwrap_err());
        (sending, receiving)
    };
    let aborting = near.sender.clone();
    let mut probe = far;
    assert!(near.sender.send(b"first").is_ok());
    probe.receiver.receive().unwrap();
    let (near, far) = (run(near), run(probe));
    aborting.abort();
    for thread in [near.0, near.1] {
        assert!(matches!(thread.join().unwrap(), TransportError::Aborted));
    }
    for thread in [far.0, far.1] {
        let error = thread.join().unwrap();
        assert!(matches!(error, TransportError::Cut), "{error}");
    }
}

#[test]
fn who_waits_for_a_message_wakes_when_this_side_aborts() {
    let (near, _far) = pair();
    let Connection { sender, mut receiver, .. } = near;
    let (begun, waits) = mpsc::channel();
    let waiting = thread::spawn(move || {
        begun.send(()).unwrap();
        receiver.receive().map(|message| message.map(<[u8]>::to_vec))
    });
    waits.recv().unwrap();
    sender.abort();
    assert!(matches!(waiting.join().unwrap(), Err(TransportError::Aborted)));
}

#[test]
fn without_a_sender_both_sides_end_and_it_looks_like_no_orderly_end() {
    let (near, mut far) = pair();
    let Connection { sender, mut receiver, .. } = near;
    let another = sender.clone();
    drop(sender);
    another.send(b"last").unwrap();
    drop(another);
    assert!(matches!(drain(&mut far.receiver), (1, Err(TransportError::Cut))));
    assert!(matches!(receiver.receive(), Err(TransportError::Aborted)));
}

#[test]
fn a_receiver_that_is_dropped_leaves_the_sender_alone() {
    let (near, mut far) = pair();
    let Connection { sender, receiver, .. } = near;
    drop(receiver);
    sender.send(b"one way").unwrap();
    assert_eq!(far.receiver.receive().unwrap(), Some(&b"one way"[..]));
}

#[test]
fn a_reset_connection_is_cut() {
    let server = Server::start(TransportOptions::default());
    let raw = Raw::open(server.address());
    let mut far = server.accepted();
    sockopt::set_socket_linger(&raw.stream, Some(Duration::ZERO)).unwrap();
    drop(raw);
    assert!(matches!(far.receiver.receive(), Err(TransportError::Cut)));
    assert!(matches!(far.sender.send(b"anybody?"), Err(TransportError::Cut)));
}

#[test]
fn who_sends_to_a_side_that_is_gone_learns_it_and_the_receiver_too() {
    let (mut near, far) = pair();
    drop(far);
    let begun = Instant::now();
    while let Ok(()) = near.sender.send(&[1; 100]) {
        assert!(begun.elapsed() < LONG);
    }
    assert!(matches!(near.sender.send(b"x"), Err(TransportError::Cut)));
    assert!(matches!(near.receiver.receive(), Err(TransportError::Cut)));
}

#[test]
fn who_waits_for_a_time_only_may_go_on_after_it() {
    let server = Server::start(TransportOptions::default());
    let mut raw = Raw::open(server.address());
    let mut far = server.accepted();
    let short = Duration::from_millis(10);
    far.receiver.set_timeout(Some(short)).unwrap();
    let times_out = |far: &mut Connection| {
        let error = far.receiver.receive().unwrap_err();
        assert!(matches!(error, TransportError::TimedOut { after } if after == short), "{error}");
    };
    times_out(&mut far);
    // In the middle of a record, and between two of the same message.
    let record = raw.sealed(&[0, 0, 0, 2, 7]);
    raw.write(&record[..9]);
    times_out(&mut far);
    raw.write(&record[9..]);
    times_out(&mut far);
    raw.seal(&[8]);
    far.receiver.set_timeout(None).unwrap();
    assert_eq!(far.receiver.receive().unwrap(), Some(&[7, 8][..]));
    far.sender.send(b"fine").unwrap();
}

#[test]
fn messages_that_are_held_share_a_record() {
    let server = Server::start(TransportOptions::default());
    let (count, counted) = mpsc::channel();
    let address = between(server.address(), move |of, number, frame| {
        if of == Of::Initiator && number > 1 {
            count.send(frame.len()).unwrap();
        }
        frame
    });
    let near = open(address).unwrap();
    let mut far = server.accepted();
    let hold = near.sender.hold();
    for _ in 0..100 {
        near.sender.send(&[1; 100]).unwrap();
    }
    drop(hold);
    near.sender.close();
    assert_eq!(drain(&mut far.receiver).0, 100);
    assert_eq!(counted.try_iter().collect::<Vec<_>>(), [2 + 100 * 104 + 16, 2 + 16]);
}

#[test]
fn a_side_that_is_silent_is_asked_whether_it_is_there() {
    let (near, far) =
        pair_with(TransportOptions { user_timeout: Duration::from_secs(12), ..TransportOptions::default() });
    for connection in [&near, &far] {
        let stream = connection.receiver.stream();
        assert!(stream.nodelay().unwrap());
        assert!(sockopt::socket_keepalive(stream).unwrap());
        assert_eq!(sockopt::tcp_user_timeout(stream).unwrap(), 12_000);
        assert_eq!(sockopt::tcp_keepidle(stream).unwrap(), Duration::from_secs(4));
        assert_eq!(sockopt::tcp_keepintvl(stream).unwrap(), Duration::from_secs(4));
        assert_eq!(sockopt::tcp_keepcnt(stream).unwrap(), 2);
    }
}

#[test]
fn a_writer_thread_is_there_only_while_there_is_something_to_write() {
    let (near, mut far) = pair();
    let name = format!("fs-write-{}", near.peer.port());
    assert!(threads(&name).is_empty());
    // More than both sockets take.
    near.sender.send(&bytes(32 << 20, 1)).unwrap();
    until("a writer", || threads(&name).len() == 1);
    near.sender.send(b"behind it").unwrap();
    until("a writer", || threads(&name).len() == 1);
    far.receiver.receive().unwrap();
    assert_eq!(far.receiver.receive().unwrap(), Some(&b"behind it"[..]));
    until("the thread has nothing to do", || threads(&name).is_empty());
    // And again.
    near.sender.send(&bytes(32 << 20, 1)).unwrap();
    until("a writer", || threads(&name).len() == 1);
    far.receiver.receive().unwrap();
    near.sender.close();
    assert_eq!(far.receiver.receive().unwrap(), None);
    until("the connection has ended", || threads(&name).is_empty());
}

#[test]
fn a_writer_thread_that_waits_ends_with_the_connection() {
    for end in [
        |it: Connection| it.sender.abort(),
        |it: Connection| drop(it),
        |it: Connection| {
            it.receiver.stream().shutdown(Shutdown::Both).unwrap();
        },
    ] {
        let (near, _far) = pair();
        let name = format!("fs-write-{}", near.peer.port());
        near.sender.send(&bytes(32 << 20, 1)).unwrap();
        until("a writer", || threads(&name).len() == 1);
        end(near);
        until("the connection has ended", || threads(&name).is_empty());
    }
}
