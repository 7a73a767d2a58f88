//! [`BlockServer`]: serves the blocks of this process to the others.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread::JoinHandle,
};

use firesteel_actors::config::FetchConfig;

use super::{
    protocol::{MAX_MESSAGE, Request, decode},
    serve::{Answer, answer},
};
use crate::{
    task::ExecutorEnv,
    transport::{Connection, Sender, TransportOptions},
};

/// Bytes that wait for a client that does not read: then its thread waits.
const QUEUE_BYTES: usize = 2 << 20;

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
    next: AtomicU64,
    connections: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    closed: bool,
    open: BTreeMap<u64, (Sender, Option<JoinHandle<()>>)>,
}

impl BlockServer {
    /// Without connections.
    pub(crate) fn new(env: &Arc<ExecutorEnv>) -> Self {
        let serving = Serving { env: env.clone(), next: AtomicU64::new(0), connections: Mutex::default() };
        BlockServer { serving: Arc::new(serving) }
    }

    /// Serves a data connection, until it ends.
    pub(crate) fn serve(&self, connection: Connection) {
        self.serving.clone().serve(connection);
    }

    /// Ends all connections and their threads.
    pub(crate) fn close(&self) {
        let open = {
            let mut connections = self.serving.lock();
            connections.closed = true;
            std::mem::take(&mut connections.open)
        };
        for (sender, _) in open.values() {
            sender.abort();
        }
        for thread in open.into_values().filter_map(|(_, thread)| thread) {
            thread.join().ok();
        }
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
        let thread = std::thread::Builder::new().name("firesteel-blocks".to_owned()).spawn(move || {
            serving.run(connection);
            serving.lock().open.remove(&number);
        });
        match thread {
            Ok(thread) => {
                connections.open.insert(number, (sender, Some(thread)));
            }
            Err(error) => {
                tracing::warn!("cannot start a thread to serve blocks to {peer}: {error}");
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
