//! The socket of an established connection: what it is set to, and writing that waits or does not.

use std::{
    io,
    net::{Shutdown, TcpStream},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    net::{SendFlags, send, sockopt},
};

use super::TransportError;

pub(super) struct Socket {
    stream: Arc<TcpStream>,
    user_timeout: Duration,
    /// When what is left to send after an orderly end must have been taken.
    end_by: OnceLock<Instant>,
}

impl Socket {
    /// Sets it up: small messages go at once. A side that is silent is asked whether it is there; if it does not answer within
    /// `user_timeout`, or does not acknowledge what it is sent for so long, the connection fails.
    pub(super) fn new(stream: Arc<TcpStream>, user_timeout: Duration) -> Result<Socket, TransportError> {
        prepare(&stream, user_timeout).map_err(TransportError::io("set up a connection"))?;
        Ok(Socket { stream, user_timeout, end_by: OnceLock::new() })
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Hands bytes to the operating system, and says how many it took: 0 if it takes none now.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<usize, TransportError> {
        match write(&self.stream, bytes, SendFlags::DONTWAIT) {
            Err(Errno::AGAIN) => Ok(0),
            result => result.map_err(failed),
        }
    }

    /// The same, but waits until it takes some.
    pub(super) fn write_waiting(&self, bytes: &[u8]) -> Result<usize, TransportError> {
        let stalled = TransportError::Stalled { after: self.user_timeout };
        if self.end_by.get().is_some_and(|end_by| *end_by < Instant::now()) {
            return Err(stalled);
        }
        match write(&self.stream, bytes, SendFlags::empty()) {
            Err(Errno::AGAIN) => Err(stalled),
            result => result.map_err(failed),
        }
    }

    /// From now on what is left to send may take as long as a silent side is waited for, and no longer.
    pub(super) fn ending(&self) {
        self.end_by.get_or_init(|| Instant::now() + self.user_timeout);
    }

    /// Nothing more will be sent. (It may have failed already: then the reader knows why.)
    pub(super) fn end(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Wakes whoever reads or writes.
    pub(super) fn shut_down(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

fn prepare(stream: &TcpStream, user_timeout: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    // For writers that wait.
    stream.set_write_timeout(Some(user_timeout.max(Duration::from_millis(1))))?;
    sockopt::set_socket_keepalive(stream, true)?;
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    {
        // Whole seconds: asked after a third, and again after two.
        let third = Duration::from_secs((user_timeout.as_secs() / 3).max(1));
        sockopt::set_tcp_keepidle(stream, third)?;
        sockopt::set_tcp_keepintvl(stream, third)?;
        sockopt::set_tcp_keepcnt(stream, 2)?;
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    sockopt::set_tcp_user_timeout(stream, user_timeout.as_millis().try_into().unwrap_or(u32::MAX))?;
    Ok(())
}

fn write(stream: &TcpStream, bytes: &[u8], flags: SendFlags) -> rustix::io::Result<usize> {
    #[cfg(not(target_vendor = "apple"))]
    let flags = flags | SendFlags::NOSIGNAL;
    loop {
        match send(stream, bytes, flags) {
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}

fn failed(source: Errno) -> TransportError {
    TransportError::of_connection(source.into(), "write to a connection")
}
