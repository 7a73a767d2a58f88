//! Those who connect and are not, or not yet, part of the cluster.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    between::{Of, between, read_frame},
    support::{LONG, Server, any, bytes, is_ended, open, secret, threads, until},
};
use crate::transport::{
    Connection, Purpose, TransportError, TransportOptions,
    handshake::{Deadlined, initiate},
    noise::{Initiator, VERSION},
};

fn patient() -> TransportOptions {
    TransportOptions { handshake_timeout: LONG * 4, ..TransportOptions::default() }
}

fn impatient(milliseconds: u64) -> TransportOptions {
    TransportOptions { handshake_timeout: Duration::from_millis(milliseconds), ..TransportOptions::default() }
}

/// What an honest initiator sends in a connection: its handshake message, its empty record, and a message.
fn recorded(server: &Server) -> Vec<Vec<u8>> {
    let recorded = Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = recorded.clone();
    let address = between(server.address(), move |of, _, frame| {
        if of == Of::Initiator {
            kept.lock().unwrap().push(frame.clone());
        }
        frame
    });
    let near = open(address).unwrap();
    near.sender.send(b"do it").unwrap();
    assert_eq!(server.accepted().receiver.receive().unwrap(), Some(&b"do it"[..]));
    drop(near);
    let frames = recorded.lock().unwrap().clone();
    assert_eq!(frames.len(), 3);
    frames
}

#[test]
fn a_handshake_that_was_recorded_connects_nobody() {
    let server = Server::start(patient());
    let frames = recorded(&server);
    // The first message is authentic, so it is answered; what follows was made for other keys.
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(&frames[0]).unwrap();
    assert_eq!(read_frame(&mut stream).unwrap().len(), frames[0].len());
    stream.write_all(&frames[1..].concat()).unwrap();
    assert!(is_ended(&mut stream));
    // Without what follows nobody is handed over either.
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(&frames[0]).unwrap();
    assert!(read_frame(&mut stream).is_some());
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(is_ended(&mut stream));
    assert!(server.has_handed_over_nobody());
}

#[test]
fn another_version_is_refused() {
    let server = Server::start(patient());
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let newer = Initiator::of_version(&secret(), Purpose::Control, VERSION + 1).unwrap();
    let error = initiate(&mut stream, Box::new(newer)).err().unwrap();
    assert!(matches!(error, TransportError::Refused), "{error}");
    assert!(server.has_handed_over_nobody());
}

#[test]
fn garbage_is_not_listened_to() {
    let server = Server::start(patient());
    for seed in 0..20 {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        // Lengths that are none, and one that is, with what is no message behind it.
        let garbage = match seed {
            0 => b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            1 => [&[0, 0][..], &[0; 20]].concat(),
            2 => [1, 1].to_vec(),
            3 => [&[1, 0][..], &[0; 256]].concat(),
            _ => [&[0, 48][..], &bytes(48, seed)].concat(),
        };
        stream.write_all(&garbage).unwrap();
        assert!(is_ended(&mut stream), "{seed}");
    }
    assert!(server.has_handed_over_nobody());
}

#[test]
fn a_damaged_handshake_message_is_refused_by_whoever_reads_it() {
    for of in [Of::Initiator, Of::Responder] {
        for byte in [2, 33, 34, 49] {
            let server = Server::start(patient());
            let address = between(server.address(), move |from, number, mut frame| {
                if (from, number) == (of, 0) {
                    frame[byte] ^= 0x80;
                }
                frame
            });
            let error = open(address).err().unwrap();
            match of {
                Of::Initiator => assert!(matches!(error, TransportError::Refused), "{error}"),
                Of::Responder => assert!(matches!(error, TransportError::NotAuthentic), "{error}"),
            }
            assert!(server.has_handed_over_nobody());
        }
    }
}

#[test]
fn who_goes_away_or_says_nothing_is_forgotten() {
    let server = Server::start(impatient(50));
    drop(TcpStream::connect(server.address()).unwrap());
    let mut silent = TcpStream::connect(server.address()).unwrap();
    assert!(is_ended(&mut silent));
    let mut begun = TcpStream::connect(server.address()).unwrap();
    begun.write_all(&[0, 48, 1, 2, 3]).unwrap();
    assert!(is_ended(&mut begun));
    assert!(server.has_handed_over_nobody());
}

#[test]
fn a_byte_now_and_then_gains_no_time() {
    let server = Server::start(impatient(200));
    let begun = Instant::now();
    let mut slow = TcpStream::connect(server.address()).unwrap();
    slow.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    slow.write_all(&[0, 200]).unwrap();
    loop {
        // A byte every 10 ms: the message would take two seconds.
        let ended = matches!(slow.read(&mut [0]), Ok(0)) || slow.write_all(&[1]).is_err();
        if ended {
            break;
        }
        assert!(begun.elapsed() < LONG);
    }
    assert!(begun.elapsed() < Duration::from_millis(1_800), "{:?}", begun.elapsed());
    assert!(server.has_handed_over_nobody());
}

#[test]
fn who_connects_waits_no_longer_than_a_handshake_may_take() {
    let silent = TcpListener::bind(any()).unwrap();
    let address = silent.local_addr().unwrap();
    let result = Connection::open(address, &secret(), Purpose::Data, &impatient(50));
    let error = result.err().unwrap();
    let after = Duration::from_millis(50);
    assert!(matches!(error, TransportError::HandshakeTimeout { after: it } if it == after), "{error}");
}

#[test]
fn those_who_say_nothing_do_not_keep_others_out() {
    let server = Server::start(TransportOptions { max_half_open: 3, ..impatient(2_000) });
    let mut silent: Vec<_> = (0..12).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    let near = Connection::open(server.address(), &secret(), Purpose::Control, &patient()).unwrap();
    near.sender.send(b"here").unwrap();
    assert_eq!(server.accepted().receiver.receive().unwrap(), Some(&b"here"[..]));
    // Those who came first have lost their places by then, before their time was over.
    assert!(is_ended(&mut silent[0]) && is_ended(&mut silent[8]));
    server.listener.close();
    assert!(silent.iter_mut().all(is_ended));
}

#[test]
fn a_burst_of_honest_connections_is_served_one_after_the_other() {
    let server = Server::start(TransportOptions { max_half_open: 2, ..patient() });
    let address = server.address();
    let opening: Vec<_> = (0..24).map(|_| thread::spawn(move || open(address).unwrap())).collect();
    let accepted: Vec<_> = opening.iter().map(|_| server.accepted()).collect();
    for thread in opening {
        let mut near = thread.join().unwrap();
        let far = accepted.iter().find(|far| far.peer == near.local).unwrap();
        far.sender.send(b"welcome").unwrap();
        assert_eq!(near.receiver.receive().unwrap(), Some(&b"welcome"[..]));
    }
}

#[test]
fn there_are_no_more_connections_than_may_be() {
    let server = Server::start(TransportOptions { max_connections: 2, ..TransportOptions::default() });
    let first = (open(server.address()).unwrap(), server.accepted());
    let _second = (open(server.address()).unwrap(), server.accepted());
    let mut third = open(server.address()).unwrap();
    assert!(matches!(third.receiver.receive(), Err(TransportError::Cut)));
    drop(first);
    let fourth = open(server.address()).unwrap();
    fourth.sender.send(b"room").unwrap();
    assert_eq!(server.accepted().receiver.receive().unwrap(), Some(&b"room"[..]));
}

#[test]
fn what_comes_back_is_oneself() {
    let listener = TcpListener::bind(any()).unwrap();
    let address = listener.local_addr().unwrap();
    let echo = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let frame = read_frame(&mut stream).unwrap();
        stream.write_all(&frame).unwrap();
    });
    let error = open(address).err().unwrap();
    assert!(matches!(error, TransportError::Oneself), "{error}");
    echo.join().unwrap();
}

#[test]
fn a_socket_that_is_connected_to_itself_is_no_connection() {
    use rustix::net::{AddressFamily, SocketType, bind, connect, getsockname, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &any()).unwrap();
    connect(&socket, &getsockname(&socket).unwrap()).unwrap();
    let stream = TcpStream::from(socket);
    assert_eq!(stream.peer_addr().unwrap(), stream.local_addr().unwrap());
    let initiator = Box::new(Initiator::new(&secret(), Purpose::Control).unwrap());
    let error = Deadlined::new(&stream, Instant::now(), LONG)
        .run(|stream| initiate(stream, initiator))
        .err()
        .unwrap();
    assert!(matches!(error, TransportError::Oneself), "{error}");
}

#[test]
fn an_address_in_use_is_said_so() {
    let server = Server::start(TransportOptions::default());
    let address = server.address();
    let error = crate::transport::Listener::bind(address, &secret(), patient(), |_, _| ()).err().unwrap();
    assert_eq!(error.to_string(), format!("cannot listen on {address}"));
}

#[test]
fn a_closed_listener_leaves_no_thread_and_no_port_and_its_connections_go_on() {
    let server = Server::start(patient());
    let address = server.address();
    let near = open(address).unwrap();
    let mut far = server.accepted();
    let mut silent = TcpStream::connect(address).unwrap();
    let shaking = format!("fs-shake-{}", silent.local_addr().unwrap().port());
    until("a thread for the handshake", || !threads(&shaking).is_empty());
    server.listener.close();
    assert!(is_ended(&mut silent));
    until("no thread", || threads(&shaking).is_empty());
    until("no thread", || threads(&format!("fs-accept-{}", address.port())).is_empty());
    assert!(TcpStream::connect(address).is_err());
    near.sender.send(b"still here").unwrap();
    assert_eq!(far.receiver.receive().unwrap(), Some(&b"still here"[..]));
    server.listener.close();
}

#[test]
fn a_callback_that_panics_or_closes_its_listener_harms_nobody() {
    let listener: Arc<std::sync::OnceLock<crate::transport::Listener>> = Arc::default();
    let (called, in_callback) = (Arc::new(AtomicBool::new(false)), listener.clone());
    let seen = called.clone();
    let connected = move |purpose, _| {
        assert!(purpose == Purpose::Data, "a control connection: this panic is meant");
        in_callback.wait().close();
        seen.store(true, Ordering::SeqCst);
    };
    let bound = crate::transport::Listener::bind(any(), &secret(), patient(), connected).unwrap();
    let address = bound.local_addr();
    assert!(listener.set(bound).is_ok());
    let mut first = open(address).unwrap();
    assert!(matches!(first.receiver.receive(), Err(TransportError::Cut)));
    let mut second = Connection::open(address, &secret(), Purpose::Data, &patient()).unwrap();
    assert!(matches!(second.receiver.receive(), Err(TransportError::Cut)));
    until("closed", || called.load(Ordering::SeqCst));
}
