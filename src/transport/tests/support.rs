//! Two ends of a connection in one process.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::mpsc::{self, Receiver as Channel},
    thread,
    time::{Duration, Instant},
};

use crate::transport::{
    Connection, Listener, Purpose, Secret, TransportError, TransportOptions,
    channel::TAG,
    handshake::{Agreed, initiate},
    noise::Initiator,
};

/// Nothing in these tests takes so long, unless it hangs.
pub(super) const LONG: Duration = Duration::from_secs(30);

pub(super) fn any() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

pub(super) fn secret() -> Secret {
    Secret::from_bytes([7; 32])
}

/// A listener, and what it was handed.
pub(super) struct Server {
    pub(super) listener: Listener,
    pub(super) connections: Channel<(Purpose, Connection)>,
}

impl Server {
    pub(super) fn start(options: TransportOptions) -> Server {
        let (sender, connections) = mpsc::channel();
        let connected = move |purpose, connection| drop(sender.send((purpose, connection)));
        let listener = Listener::bind(any(), &secret(), options, connected).unwrap();
        Server { listener, connections }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.listener.local_addr()
    }

    pub(super) fn accepted(&self) -> Connection {
        self.connections.recv_timeout(LONG).expect("a connection").1
    }

    /// Nobody was handed over, and nobody will be: the listener is closed first.
    pub(super) fn has_handed_over_nobody(self) -> bool {
        self.listener.close();
        self.connections.try_iter().next().is_none()
    }
}

pub(super) fn open(address: SocketAddr) -> Result<Connection, TransportError> {
    Connection::open(address, &secret(), Purpose::Control, &TransportOptions::default())
}

/// Both ends: the one that connected, the one that was accepted.
pub(super) fn pair() -> (Connection, Connection) {
    pair_with(TransportOptions::default())
}

pub(super) fn pair_with(options: TransportOptions) -> (Connection, Connection) {
    let server = Server::start(options.clone());
    let near = Connection::open(server.address(), &secret(), Purpose::Control, &options).unwrap();
    (near, server.accepted())
}

/// Bytes that are different at every place and for every seed.
pub(super) fn bytes(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = vec![0; length];
    for chunk in bytes.chunks_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        chunk.copy_from_slice(&state.to_le_bytes()[..chunk.len()]);
    }
    bytes
}

/// Waits for something that other threads bring about on their own.
pub(super) fn until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < LONG, "{what}");
        thread::yield_now();
    }
}

/// The names of this process' threads that begin so.
pub(super) fn threads(prefix: &str) -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let name = |task: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(task.unwrap().path().join("comm")).unwrap_or_default().trim().to_owned()
    };
    tasks.map(name).filter(|name| name.starts_with(prefix)).collect()
}

/// An end that has the secret and sends whatever it likes.
pub(super) struct Raw {
    pub(super) stream: TcpStream,
    agreed: Agreed,
}

impl Raw {
    pub(super) fn open(address: SocketAddr) -> Raw {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let initiator = Initiator::new(&secret(), Purpose::Control).unwrap();
        let agreed = initiate(&mut stream, Box::new(initiator)).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        Raw { stream, agreed }
    }

    /// The next record.
    pub(super) fn sealed(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut record = vec![0; 2 + payload.len() + TAG];
        let length = self.agreed.sealer.seal(payload, &mut record[2..]).unwrap();
        record[..2].copy_from_slice(&(length as u16).to_be_bytes());
        record
    }

    pub(super) fn seal(&mut self, payload: &[u8]) {
        let record = self.sealed(payload);
        self.write(&record);
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// The other side has ended the connection.
    pub(super) fn is_ended(&mut self) -> bool {
        is_ended(&mut self.stream)
    }
}

/// Waits until the other side sends something, or ends the connection.
pub(super) fn is_ended(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(LONG)).unwrap();
    match stream.read(&mut [0; 100]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}
