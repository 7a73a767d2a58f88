//! An established connection: a sender, of which there may be many, and a receiver.

use std::{
    fmt,
    io::{ErrorKind, Read},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{
    Purpose, Secret, TransportError, TransportOptions,
    handshake::{Agreed, Deadlined, initiate},
    incoming::Incoming,
    limits::Permit,
    noise::Initiator,
    outgoing::Outgoing,
    socket::Socket,
};

/// A connection whose two sides know that both have the secret.
///
/// It lives as long as one of its halves is used: without a sender it is aborted, so a receiver alone hears nothing more.
pub(crate) struct Connection {
    pub(crate) sender: Sender,
    pub(crate) receiver: Receiver,
    /// The other side's address.
    pub(crate) peer: SocketAddr,
    /// This side's.
    pub(crate) local: SocketAddr,
}

impl Connection {
    /// Connects to a listener that has the same secret, by address or as `HOST:PORT`.
    ///
    /// # Errors
    /// [`TransportError`] if nobody answers, or not who should. All of it ends within the handshake's timeout, but for the
    /// time that it takes to find the address of a name.
    pub(crate) fn open(
        address: impl ToSocketAddrs + fmt::Display,
        secret: &Secret,
        purpose: Purpose,
        options: &TransportOptions,
    ) -> Result<Connection, TransportError> {
        let failed =
            |source| TransportError::Connect { address: address.to_string(), source: Arc::new(source) };
        let addresses = address.to_socket_addrs().map_err(failed)?;
        let (begun, after) = (Instant::now(), options.handshake_timeout);
        let stream = connect(addresses, begun + after).map_err(failed)?;
        let channel = Box::new(Initiator::new(secret, purpose)?);
        let agreed = Deadlined::new(&stream, begun, after).run(|stream| initiate(stream, channel))?;
        Connection::new(Arc::new(stream), agreed, options, None)
    }

    pub(super) fn new(
        stream: Arc<TcpStream>,
        agreed: Agreed,
        options: &TransportOptions,
        permit: Option<Permit>,
    ) -> Result<Connection, TransportError> {
        let failed = TransportError::io("look at a connection");
        let (peer, local) = (stream.peer_addr().map_err(&failed)?, stream.local_addr().map_err(&failed)?);
        let socket = Socket::new(stream, options.user_timeout)?;
        let thread_name = format!("fs-write-{}", peer.port());
        let outgoing = Outgoing::new(socket, agreed.sealer, options, thread_name, permit);
        let receiver = Receiver {
            incoming: Incoming::new(agreed.opener, options.max_message),
            outgoing: outgoing.clone(),
            timeout: Mutex::new(None),
        };
        Ok(Connection { sender: Sender(Arc::new(Senders(outgoing))), receiver, peer, local })
    }
}

/// Tries the addresses of a name one by one.
fn connect(addresses: impl Iterator<Item = SocketAddr>, until: Instant) -> std::io::Result<TcpStream> {
    let mut failure = ErrorKind::AddrNotAvailable.into();
    for address in addresses {
        let remaining = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&address, remaining) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// The sending half. Its clones send over the same connection; when the last one is dropped without [`close`](Self::close),
/// the connection is aborted.
#[derive(Clone)]
pub(crate) struct Sender(Arc<Senders>);

struct Senders(Arc<Outgoing>);

impl Sender {
    /// Sends a message, behind all that this thread has sent. It never waits: what the socket does not take now is written
    /// by another thread.
    ///
    /// # Errors
    /// Why the connection ended. It ends here if more waits for a slow receiver than `queue_bytes`. A message that is too
    /// long is refused, and the connection stays as it is.
    pub(crate) fn send(&self, message: &[u8]) -> Result<(), TransportError> {
        self.0.0.send(message)
    }

    /// The same for data in bulk: waits as long as more than `queue_bytes` wait.
    ///
    /// # Errors
    /// As for [`send`](Self::send), but it ends a connection only if the other side takes nothing for `user_timeout`.
    pub(crate) fn send_waiting(&self, message: &[u8]) -> Result<(), TransportError> {
        self.0.0.send_waiting(message)
    }

    /// Messages that are sent before it is dropped go together, in one write if they are few.
    pub(crate) fn hold(&self) -> Hold<'_> {
        self.0.0.hold();
        Hold(&self.0.0)
    }

    /// Ends this direction in order, behind what was sent, without waiting: the other side has `user_timeout` to take it.
    ///
    /// The other direction stays open until the other side ends it. A connection that is dropped with messages in it that
    /// nobody received may lose what it has sent: receive until the end, or until it takes too long.
    pub(crate) fn close(&self) {
        self.0.0.close();
    }

    /// Ends both directions at once, and wakes whoever waits for them. What was not sent is lost.
    pub(crate) fn abort(&self) {
        self.0.0.fail(TransportError::Aborted);
    }
}

impl Drop for Senders {
    fn drop(&mut self) {
        self.0.last_sender_dropped();
    }
}

/// See [`Sender::hold`].
#[must_use = "messages go together as long as it is kept"]
pub(crate) struct Hold<'a>(&'a Arc<Outgoing>);

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// The receiving half, for one thread.
pub(crate) struct Receiver {
    incoming: Incoming,
    outgoing: Arc<Outgoing>,
    timeout: Mutex<Option<Duration>>,
}

impl Receiver {
    /// Waits for the next message. None if the other side ended its direction in order.
    ///
    /// # Errors
    /// Why the connection ended; [`TransportError::TimedOut`] leaves it as it was.
    pub(crate) fn receive(&mut self) -> Result<Option<&[u8]>, TransportError> {
        let (outgoing, timeout) = (&self.outgoing, &self.timeout);
        let result = self.incoming.receive(|buffer| read(outgoing, timeout, buffer));
        result.map_err(|error| match error {
            TransportError::TimedOut { .. } => error,
            error => outgoing.fail(error),
        })
    }

    /// Whether another message is here already, so that [`receive`](Self::receive) would not wait: answers to several
    /// messages that came together may go together ([`Sender::hold`]).
    pub(crate) fn has_message(&self) -> bool {
        self.incoming.has_message()
    }

    /// How long [`receive`](Self::receive) waits without hearing anything.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub(crate) fn set_timeout(&self, timeout: Option<Duration>) -> Result<(), TransportError> {
        let timeout = timeout.map(|timeout| timeout.max(Duration::from_millis(1)));
        *self.timeout.lock().unwrap_or_else(PoisonError::into_inner) = timeout;
        let set = self.outgoing.socket().stream().set_read_timeout(timeout);
        set.map_err(TransportError::io("set a timeout"))
    }

    #[cfg(test)]
    pub(super) fn stream(&self) -> &TcpStream {
        self.outgoing.socket().stream()
    }

    /// Bytes of memory that wait for more to come.
    #[cfg(test)]
    pub(super) fn buffered(&self) -> usize {
        self.incoming.buffered()
    }
}

fn read(
    outgoing: &Outgoing,
    timeout: &Mutex<Option<Duration>>,
    buffer: &mut [u8],
) -> Result<usize, TransportError> {
    loop {
        let error = match outgoing.socket().stream().read(buffer) {
            Ok(0) => return outgoing.failure().map_or(Ok(0), Err),
            Ok(count) => return Ok(count),
            Err(error) => error,
        };
        match (error.kind(), *timeout.lock().unwrap_or_else(PoisonError::into_inner)) {
            (ErrorKind::Interrupted, _) => {}
            (ErrorKind::WouldBlock, Some(after)) => return Err(TransportError::TimedOut { after }),
            _ => return Err(TransportError::of_connection(error, "read from a connection")),
        }
    }
}
