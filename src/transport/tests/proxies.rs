//! Networks that do what networks do.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::support::{Server, bytes, open, secret, until};
use crate::transport::{
    Connection, Purpose, TransportError, TransportOptions,
    proxy::{Proxy, Way},
};

/// A connection through a proxy.
fn through() -> (Proxy, Connection, Connection) {
    let server = Server::start(TransportOptions::default());
    let proxy = Proxy::start(server.address()).unwrap();
    let near = open(proxy.address()).unwrap();
    (proxy, near, server.accepted())
}

#[test]
fn a_cut_or_reset_connection_is_cut_on_both_sides() {
    for end in [Proxy::cut, Proxy::reset, |proxy: &Proxy| proxy.refuse(true)] {
        let (proxy, mut near, mut far) = through();
        near.sender.send(b"before").unwrap();
        far.receiver.receive().unwrap();
        end(&proxy);
        if proxy.connections() > 0 {
            // Refusing concerns new ones only.
            near.sender.send(b"still").unwrap();
            assert_eq!(far.receiver.receive().unwrap(), Some(&b"still"[..]));
            assert!(matches!(open(proxy.address()), Err(TransportError::Refused)));
            continue;
        }
        assert!(matches!(near.receiver.receive(), Err(TransportError::Cut)));
        assert!(matches!(far.receiver.receive(), Err(TransportError::Cut)));
    }
}

#[test]
fn a_reset_in_the_middle_of_a_long_message_is_a_cut() {
    let (proxy, near, mut far) = through();
    let sending = thread::spawn(move || near.sender.send_waiting(&bytes(64 << 20, 1)).map(|()| near));
    until("some of it has passed", || proxy.passed(Way::There) > 1 << 20);
    proxy.reset();
    assert!(matches!(far.receiver.receive(), Err(TransportError::Cut)));
    assert!(matches!(sending.join().unwrap().map(drop), Err(TransportError::Cut)));
}

#[test]
fn a_way_that_is_stopped_loses_nothing_and_the_other_goes_on() {
    let (proxy, mut near, mut far) = through();
    proxy.stop(Way::There, true);
    near.sender.send(b"waits").unwrap();
    far.sender.send(b"passes").unwrap();
    assert_eq!(near.receiver.receive().unwrap(), Some(&b"passes"[..]));
    far.receiver.set_timeout(Some(Duration::from_millis(20))).unwrap();
    assert!(matches!(far.receiver.receive(), Err(TransportError::TimedOut { .. })));
    far.receiver.set_timeout(None).unwrap();
    proxy.stop(Way::There, false);
    assert_eq!(far.receiver.receive().unwrap(), Some(&b"waits"[..]));
}

#[test]
fn flipped_and_lost_bytes_end_a_connection_before_they_are_handed_out() {
    for damage in [
        |proxy: &Proxy| proxy.flip(Way::There, 3_000),
        |proxy: &Proxy| proxy.drop_bytes(Way::There, 3_000, 5),
    ] {
        let (proxy, near, mut far) = through();
        damage(&proxy);
        for number in 0..100 {
            if near.sender.send(&[number; 100]).is_err() {
                break;
            }
        }
        near.sender.close();
        let mut next = 0;
        let error = loop {
            match far.receiver.receive() {
                Ok(message) => assert_eq!(message, Some(&[next; 100][..])),
                Err(error) => break error,
            }
            next += 1;
        };
        // 122 bytes a record: the 25th is the first that is touched.
        assert!(next <= 24, "{next}");
        assert!(matches!(error, TransportError::Forged | TransportError::Cut), "{error}");
    }
}

#[test]
fn a_slow_and_distant_side_is_waited_for() {
    let (proxy, mut near, mut far) = through();
    proxy.delay(Way::There, Duration::from_millis(30));
    proxy.slow(Way::Back, Some(100_000));
    let begun = Instant::now();
    near.sender.send(b"how far?").unwrap();
    far.receiver.receive().unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(30));
    far.sender.send(&[1; 5_000]).unwrap();
    near.receiver.receive().unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(80));
}

#[test]
fn a_handshake_that_the_network_swallows_ends_in_time() {
    let server = Server::start(TransportOptions::default());
    let proxy = Proxy::start(server.address()).unwrap();
    proxy.stop(Way::Back, true);
    let options =
        TransportOptions { handshake_timeout: Duration::from_millis(60), ..TransportOptions::default() };
    let error = Connection::open(proxy.address(), &secret(), Purpose::Control, &options).err().unwrap();
    assert!(matches!(error, TransportError::HandshakeTimeout { .. }), "{error}");
    assert!(server.has_handed_over_nobody());
}

#[test]
fn a_proxy_ends_with_its_connections() {
    let (proxy, mut near, far) = through();
    let sender = far.sender.clone();
    let (begun, sends) = mpsc::channel();
    let sending = thread::spawn(move || {
        begun.send(()).unwrap();
        while sender.send_waiting(&[0; 100_000]).is_ok() {}
    });
    sends.recv().unwrap();
    drop(proxy);
    while let Ok(Some(_)) = near.receiver.receive() {}
    sending.join().unwrap();
}
