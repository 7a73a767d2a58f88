//! A proxy that does to connections what networks do, for tests of what is above it.
//!
//! It knows nothing of the protocol. Faults apply to all its connections, those that are there and those that come.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::net::sockopt;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From whoever connected to the target.
    There,
    /// From the target.
    Back,
}

/// Listens, connects to its target for everyone who comes, and passes bytes on. Dropping it cuts all connections.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    target: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    closed: bool,
    refusing: bool,
    ways: [WayState; 2],
    links: Vec<Link>,
    next: u64,
    threads: Vec<JoinHandle<()>>,
}

/// A connection: whoever connected, and the target.
struct Link {
    number: u64,
    streams: [Arc<TcpStream>; 2],
    /// Ways that are still open.
    open: u8,
}

#[derive(Default)]
struct WayState {
    stopped: bool,
    delay: Duration,
    bytes_per_second: Option<u64>,
    /// Bytes that went this way.
    passed: u64,
    damage: Option<Damage>,
}

/// Something that happens to the byte at a place.
#[derive(Clone, Copy)]
struct Damage {
    at: u64,
    bytes: u64,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Flip,
    Drop,
}

impl Proxy {
    /// Listens on any port of loopback.
    ///
    /// # Errors
    /// If there is no port, or no thread.
    pub fn start(target: SocketAddr) -> io::Result<Proxy> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { target, state: Mutex::default(), changed: Condvar::new() });
        let accepting = shared.clone();
        let run = move || accepting.accept(&listener);
        let thread = thread::Builder::new().name("proxy".to_owned()).spawn(run)?;
        Ok(Proxy { address, shared, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has.
    pub fn connections(&self) -> usize {
        self.shared.lock().links.len()
    }

    /// Bytes that it passed on one way, on all connections.
    pub fn passed(&self, way: Way) -> u64 {
        self.shared.lock().way(way).passed
    }

    /// Ends all connections, as if both sides had gone.
    pub fn cut(&self) {
        self.shared.lock().end_all(false);
        self.shared.changed.notify_all();
    }

    /// Resets all connections.
    pub fn reset(&self) {
        self.shared.lock().end_all(true);
        self.shared.changed.notify_all();
    }

    /// Ends every new connection at once, or no longer.
    pub fn refuse(&self, refusing: bool) {
        self.shared.lock().refusing = refusing;
    }

    /// Passes nothing on one way, or goes on; nobody is told, and what comes waits here.
    pub fn stop(&self, way: Way, stopped: bool) {
        self.shared.change(way, |way| way.stopped = stopped);
    }

    /// Passes everything on only after a time: what comes together (16 KiB at most), together.
    pub fn delay(&self, way: Way, delay: Duration) {
        self.shared.change(way, |way| way.delay = delay);
    }

    /// Passes on no more than so many bytes a second on each connection; all it can with `None`.
    pub fn slow(&self, way: Way, bytes_per_second: Option<u64>) {
        self.shared.change(way, |way| way.bytes_per_second = bytes_per_second);
    }

    /// Flips a bit of the byte that comes after `after` more bytes.
    pub fn flip(&self, way: Way, after: u64) {
        self.damage(way, after, 1, Kind::Flip);
    }

    /// Leaves out so many bytes behind the next `after`.
    pub fn drop_bytes(&self, way: Way, after: u64, bytes: u64) {
        self.damage(way, after, bytes, Kind::Drop);
    }

    fn damage(&self, way: Way, after: u64, bytes: u64, kind: Kind) {
        self.shared.change(way, |way| way.damage = Some(Damage { at: way.passed + after, bytes, kind }));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.end_all(false);
        drop(state);
        self.shared.changed.notify_all();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
        let threads = std::mem::take(&mut self.shared.lock().threads);
        threads.into_iter().for_each(|thread| drop(thread.join()));
    }
}

impl State {
    fn way(&mut self, way: Way) -> &mut WayState {
        let [there, back] = &mut self.ways;
        match way {
            Way::There => there,
            Way::Back => back,
        }
    }

    fn is_open(&self, number: u64) -> bool {
        self.links.iter().any(|link| link.number == number)
    }

    fn end_all(&mut self, reset: bool) {
        for stream in self.links.drain(..).flat_map(|link| link.streams) {
            if reset {
                // What waits in the socket is thrown away, and the other side is told so when the last owner closes it.
                let _ = sockopt::set_socket_linger(&*stream, Some(Duration::ZERO));
                let _ = stream.shutdown(Shutdown::Read);
            } else {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

impl WayState {
    /// Does to bytes what is to be done at their place.
    fn damaged(&mut self, bytes: &mut Vec<u8>) {
        let begun = self.passed;
        self.passed += bytes.len() as u64;
        let Some(damage) = self.damage.filter(|damage| damage.at < self.passed) else { return };
        let from = (damage.at.saturating_sub(begun) as usize).min(bytes.len());
        match damage.kind {
            Kind::Flip => {
                bytes.iter_mut().skip(from).take(1).for_each(|byte| *byte ^= 1);
                self.damage = None;
            }
            Kind::Drop => {
                let count = (bytes.len() - from).min(damage.bytes as usize);
                bytes.drain(from..from + count);
                let left = damage.bytes - count as u64;
                self.damage = (left > 0).then_some(Damage { at: self.passed, bytes: left, kind: Kind::Drop });
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, way: Way, change: impl FnOnce(&mut WayState)) {
        change(self.lock().way(way));
        self.changed.notify_all();
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        while let Ok((near, _)) = listener.accept() {
            let mut state = self.lock();
            if state.closed {
                return;
            }
            if !state.refusing {
                drop(state);
                // If the target is not there, whoever connected sees its connection end.
                if let Ok(far) = TcpStream::connect(self.target) {
                    state = self.lock();
                    self.connected(&mut state, near, far);
                }
            }
        }
    }

    fn connected(self: &Arc<Self>, state: &mut State, near: TcpStream, far: TcpStream) {
        for stream in [&near, &far] {
            // A writer that waits looks now and then whether the connection still is.
            let _ = (stream.set_nodelay(true), stream.set_write_timeout(Some(Duration::from_millis(50))));
        }
        let [near, far] = [Arc::new(near), Arc::new(far)];
        let number = state.next;
        state.next += 1;
        state.links.push(Link { number, streams: [near.clone(), far.clone()], open: 2 });
        state.threads.retain(|thread| !thread.is_finished());
        for (way, from, to) in [(Way::There, near.clone(), far.clone()), (Way::Back, far, near)] {
            let shared = self.clone();
            let run = move || shared.pass(number, way, &from, &to);
            if let Ok(thread) = thread::Builder::new().name("proxy".to_owned()).spawn(run) {
                state.threads.push(thread);
            }
        }
    }

    fn pass(&self, number: u64, way: Way, mut from: &TcpStream, to: &TcpStream) {
        let mut buffer = vec![0; 16 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let mut bytes = buffer.iter().copied().take(count).collect();
            if !self.wait_to_pass(number, way, count) {
                break;
            }
            self.lock().way(way).damaged(&mut bytes);
            if !self.write(number, to, &bytes) {
                break;
            }
        }
        let mut state = self.lock();
        if let Some(place) = state.links.iter().position(|link| link.number == number)
            && let Some(link) = state.links.get_mut(place)
        {
            let _ = to.shutdown(Shutdown::Write);
            link.open -= 1;
            if link.open == 0 {
                state.links.remove(place);
            }
        }
    }

    fn write(&self, number: u64, mut to: &TcpStream, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            match to.write(bytes) {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.lock().is_open(number) => {}
                Err(_) => return false,
            }
        }
        true
    }

    /// Waits for the delay, for as long as the bytes take, and as long as the way is stopped. False if the connection ended.
    fn wait_to_pass(&self, number: u64, way: Way, count: usize) -> bool {
        let came = Instant::now();
        let mut state = self.lock();
        while state.is_open(number) {
            let settings = state.way(way);
            let takes = settings.bytes_per_second.map_or(0.0, |rate| count as f64 / rate.max(1) as f64);
            let due = settings.delay + Duration::from_secs_f64(takes);
            let remaining = match settings.stopped {
                true => Duration::from_secs(3600),
                false => due.saturating_sub(came.elapsed()),
            };
            if remaining.is_zero() {
                return true;
            }
            let waited = self.changed.wait_timeout(state, remaining);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }
}
