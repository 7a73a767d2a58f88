//! What may go wrong with connections and their secret.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use thiserror::Error;

/// Why there is no secret, no connection, or no connection any more.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The operating system has no random bytes.
    #[error("no random bytes for keys")]
    Random(#[source] getrandom::Error),
    /// The file of the secret cannot be read or written.
    #[error("cannot {action} the secret in {}", path.display())]
    SecretFile {
        /// What was to be done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// A secret is never written over a file that is there.
    #[error("{} exists: a secret is only written to a new file", path.display())]
    SecretExists {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("{} holds no secret: it must have 64 hexadecimal digits; `firesteel keygen FILE` makes one", path.display())]
    NotASecret {
        /// The file.
        path: PathBuf,
    },
    /// The file of the secret is not one's own.
    #[error("others than its owner may {access} {} (mode {mode:03o}): `chmod 600` it, and make a new secret", path.display())]
    SecretExposed {
        /// The file.
        path: PathBuf,
        /// What they may.
        access: &'static str,
        /// Its permissions.
        mode: u32,
    },
    /// Nothing can listen there.
    #[error("cannot listen on {address}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// What the operating system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// Nobody answers there, or the name is not known.
    #[error("cannot connect to {address}")]
    Connect {
        /// Where.
        address: String,
        /// What the operating system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// The other side went away before both knew of each other that they have the secret.
    #[error(
        "the other side ended the handshake: it has another secret, is of another version of firesteel, or has too many \
         connections; its log says which"
    )]
    Refused,
    /// The other side does not prove that it has the secret.
    #[error(
        "the other side has another secret, is of another version of firesteel, or is no part of firesteel"
    )]
    NotAuthentic,
    /// What was sent came back.
    #[error("this is a connection to oneself: what was sent came back")]
    Oneself,
    /// The handshake takes too long.
    #[error("no handshake within {after:?}")]
    HandshakeTimeout {
        /// How long it may take.
        after: Duration,
    },
    /// A listener has as many connections as it may have.
    #[error("there are {limit} connections already")]
    TooMany {
        /// So many.
        limit: usize,
    },
    /// The cipher refuses: its random bytes, or its counter.
    #[error("the cipher failed: {0}")]
    Cipher(String),
    /// A record is not what the other side sent next.
    #[error("a record is damaged, forged or out of order: the connection was ended")]
    Forged,
    /// A message that the other side announces, or that was to be sent.
    #[error("a message of {length} bytes, where {limit} are allowed: the connection was ended")]
    TooLong {
        /// Its length.
        length: usize,
        /// What is allowed.
        limit: usize,
    },
    /// The connection ended without a word.
    #[error("the connection was cut")]
    Cut,
    /// The other side was not heard of for too long.
    #[error("nothing was heard of the other side for too long: its machine or the network between is down")]
    Lost,
    /// Nothing came in the time that the caller set. The connection is as it was.
    #[error("nothing came for {after:?}")]
    TimedOut {
        /// The time.
        after: Duration,
    },
    /// More waits to be sent than may.
    #[error("{queued} bytes wait for a slow receiver, where {limit} are allowed: the connection was ended")]
    Overflow {
        /// What waits.
        queued: usize,
        /// What may.
        limit: usize,
    },
    /// The other side takes nothing.
    #[error("the other side took nothing for {after:?}: the connection was ended")]
    Stalled {
        /// For so long.
        after: Duration,
    },
    /// This side ended the connection in order.
    #[error("this side has closed the connection")]
    Closed,
    /// This side ended the connection at once, or dropped it.
    #[error("this side has aborted the connection")]
    Aborted,
    /// The operating system refuses.
    #[error("cannot {action}")]
    Io {
        /// What was to be done.
        action: &'static str,
        /// What it says.
        #[source]
        source: Arc<io::Error>,
    },
}

impl TransportError {
    /// For `map_err`: what was to be done when the operating system refused.
    pub(super) fn io(action: &'static str) -> impl Fn(io::Error) -> TransportError {
        move |source| TransportError::Io { action, source: Arc::new(source) }
    }

    /// What the end of an established connection means.
    pub(super) fn of_connection(source: io::Error, action: &'static str) -> TransportError {
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, TimedOut, UnexpectedEof,
        };
        match source.kind() {
            BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof => {
                TransportError::Cut
            }
            TimedOut => TransportError::Lost,
            _ => TransportError::Io { action, source: Arc::new(source) },
        }
    }
}
