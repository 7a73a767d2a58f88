//! [`BlockServer`]: serves the blocks of this process to the others.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use firesteel_actors::{carrier::BoundedThread, config::FetchConfig};

use super::{
    protocol::{MAX_MESSAGE, Request, decode},
    serve::{Answer, answer},
};
use crate::{
    task::ExecutorEnv,
    transport::{Connection, Sender, TransportOptions},
};

/// Bytes that wait for a client that does not read: then its thread waits.
pub(super) const QUEUE_BYTES: usize = 2 << 20;
/// How long closing waits for threads that encode rows: that is the user's code.
const CLOSE_GRACE: Duration = Duration::from_secs(2);

/// The limits of data connections.
pub(crate) fn transport_options(config: &FetchConfig) -> TransportOptions {
    TransportOptions {
        max_message: MAX_MESSAGE,
        queue_bytes: QUEUE_BYTES,
        max_connections: config.max_connections as usize,
        ..TransportOptions::default()
    }
}

/// Serves blocks over data connections, each on a thread of its own that answers one request after the other: a client has
/// at most one block being read or encoded, and one that does not read holds its thread and [`QUEUE_BYTES`].
pub(crate) struct BlockServer {
    serving: Arc<Serving>,
}

struct Serving {
    env: Arc<ExecutorEnv>,
    max_connections: usize,
    next: AtomicU64,
    connections: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    closed: bool,
    open: BTreeMap<u64, (Sender, BoundedThread)>,
}

impl BlockServer {
    /// Without connections.
    pub(crate) fn new(env: &Arc<ExecutorEnv>) -> Self {
        let own = FetchConfig::default();
        let config = env.remote.as_ref().map_or(&own, |remote| &remote.config);
        let max_connections = config.max_connections as usize;
        let (next, connections) = (AtomicU64::new(0), Mutex::default());
        let serving = Serving { env: env.clone(), max_connections, next, connections };
        BlockServer { serving: Arc::new(serving) }
    }

    /// Serves a data connection, until it ends. One more than there may be is closed: who made it tries again later.
    pub(crate) fn serve(&self, connection: Connection) {
        self.serving.clone().serve(connection);
    }

    /// Ends all connections and their threads. Names those that do not end soon, as the user's code does not return.
    pub(crate) fn close(&self) -> Vec<String> {
        self.close_by(Instant::now() + CLOSE_GRACE)
    }

    pub(super) fn close_by(&self, deadline: Instant) -> Vec<String> {
        let open = {
            let mut connections = self.serving.lock();
            connections.closed = true;
            std::mem::take(&mut connections.open)
        };
        for (sender, _) in open.values() {
            sender.abort();
        }
        open.into_values().filter_map(|(_, thread)| thread.join_by(deadline).err()).collect()
    }
}

impl Drop for BlockServer {
    fn drop(&mut self) {
        self.close();
    }
}

impl Serving {
    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(self: Arc<Self>, connection: Connection) {
        let number = self.next.fetch_add(1, Relaxed);
        let peer = connection.peer;
        let sender = connection.sender.clone();
        let serving = self.clone();
        // Held until the thread is known: it takes itself out when it ends.
        let mut connections = self.lock();
        if connections.closed {
            return sender.abort();
        }
        if connections.open.len() >= self.max_connections {
            drop(connections);
            tracing::warn!("{peer} cannot have blocks now: there are {} connections", self.max_connections);
            return sender.abort();
        }
        let thread = BoundedThread::start(format!("firesteel-blocks-{peer}"), move || {
            serving.run(connection);
            serving.lock().open.remove(&number);
        });
        match thread {
            Ok(thread) => {
                connections.open.insert(number, (sender, thread));
            }
            Err(error) => {
                tracing::warn!("blocks cannot be served to {peer}: {error}");
                sender.abort();
            }
        }
    }

    fn run(&self, mut connection: Connection) {
        let peer = connection.peer;
        let sender = connection.sender.clone();
        loop {
            let message = match connection.receiver.receive() {
                Ok(Some(message)) => message,
                Ok(None) => break,
                Err(error) => {
                    tracing::debug!("the data connection of {peer} ended: {error}");
                    break;
                }
            };
            let Some(Request { id, wanted }) = decode(message) else {
                tracing::warn!("{peer} has sent what is no request for blocks: the connection is closed");
                break;
            };
            let mut send = |message: &[u8]| sender.send_waiting(message);
            let mut stream = Answer::new(&mut send, id);
            // What encodes rows is the user's.
            let answered = catch_unwind(AssertUnwindSafe(|| answer(&self.env, wanted, &mut stream)));
            match answered.map(|answered| answered.and_then(|()| stream.end())) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::debug!("the data connection of {peer} ended: {error}");
                    break;
                }
                Err(_) => {
                    tracing::error!("encoding a block for {peer} panicked: the connection is closed");
                    break;
                }
            }
        }
        sender.abort();
    }
}

impl std::fmt::Debug for BlockServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BlockServer({} connections)", self.serving.lock().open.len())
    }
}
