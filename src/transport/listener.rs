//! Where connections come in.

use std::{
    io::{self, ErrorKind},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Instant,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

use super::{
    Connection, Purpose, Secret, TransportError, TransportOptions,
    half_open::HalfOpen,
    handshake::{Agreed, Deadlined, respond},
    limits::{Permit, Permits},
    noise::Responder,
};

/// Listens, and hands over each connection whose other side has proved that it has the secret.
///
/// A thread accepts; each handshake has a short-lived thread of its own, and there are `max_half_open` of them at most.
/// Dropping it closes it. Connections that were handed over go on.
pub(crate) struct Listener {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    secret: Secret,
    options: TransportOptions,
    connected: Box<dyn Fn(Purpose, Connection) + Send + Sync>,
    permits: Permits,
    half_open: Arc<HalfOpen>,
    /// Shut down to end the thread that accepts, which looks at the other end.
    wake: UnixStream,
}

impl Listener {
    /// Listens on an address. `connected` is called on the thread of the handshake, and should return soon:
    /// [`close`](Self::close) waits for it.
    ///
    /// # Errors
    /// If the address is in use or not this machine's.
    pub(crate) fn bind(
        address: SocketAddr,
        secret: &Secret,
        options: TransportOptions,
        connected: impl Fn(Purpose, Connection) + Send + Sync + 'static,
    ) -> Result<Listener, TransportError> {
        let failed = |source| TransportError::Bind { address, source: Arc::new(source) };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (wake, woken) = UnixStream::pair().map_err(failed)?;
        let shared = Arc::new(Shared {
            secret: secret.clone(),
            permits: Permits::new(options.max_connections),
            half_open: Arc::new(HalfOpen::new(options.max_half_open, options.handshake_timeout)),
            options,
            connected: Box::new(connected),
            wake,
        });
        let accepting = shared.clone();
        let thread = thread::Builder::new()
            .name(format!("fs-accept-{}", address.port()))
            .spawn(move || accepting.accept(&listener, &woken))
            .map_err(failed)?;
        Ok(Listener { address, shared, thread: Mutex::new(Some(thread)) })
    }

    /// Where it listens: with the port that it was given, if it asked for any.
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening, ends the handshakes, and waits for their threads.
    pub(crate) fn close(&self) {
        self.shared.half_open.close();
        let _ = self.shared.wake.shutdown(Shutdown::Both);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
        self.shared.half_open.join();
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn accept(self: Arc<Self>, listener: &TcpListener, woken: &UnixStream) {
        while self.half_open.wait_for_place() {
            match listener.accept() {
                Ok((stream, peer)) => self.accepted(stream, peer),
                Err(error) if error.kind() == ErrorKind::WouldBlock => wait(Some(listener), woken),
                // The other side went away while it waited.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    tracing::warn!("cannot accept a connection now: {error}");
                    wait(None, woken);
                }
            }
        }
    }

    fn accepted(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        let stream = Arc::new(stream);
        let (shared, shaking) = (self.clone(), stream.clone());
        let name = format!("fs-shake-{}", peer.port());
        let started = self.half_open.start(stream, name, move |number| shared.shake(number, shaking, peer));
        if let Err(error) = started {
            tracing::warn!("cannot serve the connection of {peer}: {error}");
        }
    }

    fn shake(&self, number: u64, stream: Arc<TcpStream>, peer: SocketAddr) {
        let agreed = self.agree(&stream);
        if !self.half_open.leave(number) {
            tracing::debug!("{peer} was waited for too long");
            return;
        }
        let connection = agreed.and_then(|(agreed, permit)| {
            let purpose = agreed.purpose;
            Connection::new(stream, agreed, &self.options, Some(permit))
                .map(|connection| (purpose, connection))
        });
        match connection {
            Ok((purpose, connection)) => (self.connected)(purpose, connection),
            // An operator wants to know of a wrong secret; of a port scan, rather not.
            Err(error @ TransportError::NotAuthentic) => tracing::warn!("refused {peer}: {error}"),
            Err(error) => tracing::debug!("refused {peer}: {error}"),
        }
    }

    fn agree(&self, stream: &TcpStream) -> Result<(Agreed, Permit), TransportError> {
        stream.set_nonblocking(false).map_err(TransportError::io("set up a connection"))?;
        stream.set_nodelay(true).map_err(TransportError::io("set up a connection"))?;
        let channel = Box::new(Responder::new(&self.secret));
        let agreed = Deadlined::new(stream, Instant::now(), self.options.handshake_timeout)
            .run(|stream| respond(stream, channel))?;
        let permit =
            self.permits.take().ok_or(TransportError::TooMany { limit: self.options.max_connections })?;
        Ok((agreed, permit))
    }
}

/// Waits for a connection, or for the end. Without a listener: for a moment at most, or for the end.
fn wait(listener: Option<&TcpListener>, woken: &UnixStream) {
    let moment = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
    let result = match listener {
        Some(listener) => {
            poll(&mut [PollFd::new(woken, PollFlags::IN), PollFd::new(listener, PollFlags::IN)], None)
        }
        None => poll(&mut [PollFd::new(woken, PollFlags::IN)], Some(&moment)),
    };
    if let Err(error) = result
        && error != Errno::INTR
    {
        tracing::warn!("cannot wait for connections: {}", io::Error::from(error));
    }
}
