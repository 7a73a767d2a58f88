//! The broadcast values of this process.

use std::{
    any::Any,
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

#[cfg(feature = "cluster")]
use firesteel_actors::ExecutorId;
use serde::Serialize;

use super::BroadcastError;
#[cfg(feature = "cluster")]
use super::pieces::{Pieces, Source};
#[cfg(feature = "cluster")]
use crate::{
    blocks::{BroadcastInfo, Refusal},
    shuffle::Forgotten,
};

type Value = Arc<dyn Any + Send + Sync>;

enum Entry {
    Value(Value),
    /// Where it was destroyed; there as long as a handle is.
    Destroyed(Arc<str>),
}

/// The values that stages find, by id.
#[derive(Default)]
pub(crate) struct Broadcasts {
    next_id: AtomicU64,
    #[cfg_attr(not(feature = "cluster"), allow(dead_code, reason = "values stay in this process"))]
    piece_length: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    values: HashMap<u64, Entry>,
    #[cfg(feature = "cluster")]
    bytes: HashMap<u64, Bytes>,
    /// A fetch that ends late must not bring them back.
    #[cfg(feature = "cluster")]
    removed: Forgotten,
}

/// A value for other processes, or from the driver's.
#[cfg(feature = "cluster")]
enum Bytes {
    Own(Arc<Source>),
    Fetched(Arc<Pieces>),
}

impl State {
    /// Forgets a value as bytes.
    #[cfg(feature = "cluster")]
    fn remove_bytes(&mut self, id: u64) -> Option<Bytes> {
        self.removed.insert(id);
        self.bytes.remove(&id)
    }

    #[cfg(not(feature = "cluster"))]
    fn remove_bytes(&mut self, _: u64) -> Option<()> {
        None
    }
}

impl Broadcasts {
    /// Without values; they travel in pieces of so many bytes.
    pub(crate) fn new(piece_length: u64) -> Self {
        Broadcasts { piece_length, ..Broadcasts::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put<T: Serialize + Send + Sync + 'static>(&self, value: Arc<T>) -> u64 {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut state = self.lock();
        #[cfg(feature = "cluster")]
        state.bytes.insert(id, Bytes::Own(Arc::new(Source::new(value.clone()))));
        state.values.insert(id, Entry::Value(value));
        id
    }

    pub(super) fn get<T: Send + Sync + 'static>(&self, id: u64) -> Result<Arc<T>, BroadcastError> {
        let value = match self.lock().values.get(&id) {
            Some(Entry::Value(value)) => value.clone(),
            Some(Entry::Destroyed(call_site)) => {
                return Err(BroadcastError::Destroyed { id, call_site: call_site.to_string() });
            }
            None => return Err(BroadcastError::Gone(id)),
        };
        value.downcast().map_err(|_| BroadcastError::Gone(id))
    }

    /// Forgets a value, but not that it was destroyed and where.
    pub(crate) fn destroy(&self, id: u64, call_site: Arc<str>) {
        let mut state = self.lock();
        let before = match state.values.get_mut(&id) {
            Some(entry @ Entry::Value(_)) => std::mem::replace(entry, Entry::Destroyed(call_site)),
            _ => return,
        };
        let bytes = state.remove_bytes(id);
        drop(state);
        // Outside of the lock: it is the program's.
        drop((before, bytes));
    }

    /// Takes a value out. It is the program's, and to be dropped where no lock is held.
    pub(crate) fn remove(&self, id: u64) -> impl Send + use<> {
        let mut state = self.lock();
        (state.values.remove(&id), state.remove_bytes(id))
    }
}

#[cfg(feature = "cluster")]
impl Broadcasts {
    /// What an executor has to know to fetch a value of this process.
    pub(crate) fn info(&self, id: u64, asks: ExecutorId) -> Result<BroadcastInfo, Refusal> {
        let state = self.lock();
        if let Some(Entry::Destroyed(call_site)) = state.values.get(&id) {
            return Err(Refusal::Destroyed(call_site.to_string()));
        }
        let Some(Bytes::Own(source)) = state.bytes.get(&id) else { return Err(Refusal::NoBroadcast) };
        let source = source.clone();
        drop(state);
        source.info(asks, self.piece_length)
    }

    /// A piece of a value, if it is here.
    pub(crate) fn piece(&self, id: u64, piece: u32) -> Option<Arc<Vec<u8>>> {
        match self.lock().bytes.get(&id)? {
            Bytes::Own(source) => source.piece(piece),
            Bytes::Fetched(pieces) => pieces.piece(piece),
        }
    }

    /// Pieces of a value come from now on; `None`: it was removed.
    pub(crate) fn begin(&self, id: u64, info: &BroadcastInfo) -> Option<Arc<Pieces>> {
        let mut state = self.lock();
        if state.removed.contains(id) {
            return None;
        }
        let fetched = || Bytes::Fetched(Arc::new(Pieces::to_come(info)));
        match state.bytes.entry(id).or_insert_with(fetched) {
            Bytes::Fetched(pieces) => Some(pieces.clone()),
            Bytes::Own(_) => None,
        }
    }

    /// Keeps a value that was fetched, or the one that another task has kept before; not one that was removed meanwhile.
    pub(super) fn keep<T: Send + Sync + 'static>(
        &self,
        id: u64,
        value: Arc<T>,
    ) -> Result<Arc<T>, BroadcastError> {
        let mut state = self.lock();
        if state.removed.contains(id) {
            return Err(BroadcastError::Gone(id));
        }
        state.values.entry(id).or_insert(Entry::Value(value));
        drop(state);
        self.get(id)
    }
}

impl std::fmt::Debug for Broadcasts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Broadcasts({} values)", self.lock().values.len())
    }
}
