//! The broadcast values of the executors in this process.

use std::{
    any::Any,
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::BroadcastError;

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
    values: Mutex<HashMap<u64, Entry>>,
}

impl Broadcasts {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Entry>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, value: Value) -> u64 {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(id, Entry::Value(value));
        id
    }

    pub(super) fn get<T: Send + Sync + 'static>(&self, id: u64) -> Result<Arc<T>, BroadcastError> {
        let value = match self.lock().get(&id) {
            Some(Entry::Value(value)) => value.clone(),
            Some(Entry::Destroyed(call_site)) => {
                return Err(BroadcastError::Destroyed { id, call_site: call_site.to_string() });
            }
            None => return Err(BroadcastError::Gone(id)),
        };
        value.downcast().map_err(|_| BroadcastError::Gone(id))
    }

    /// Forgets a value, but not that it was destroyed and where.
    pub(super) fn destroy(&self, id: u64, call_site: Arc<str>) {
        let mut values = self.lock();
        let before = match values.get_mut(&id) {
            Some(entry @ Entry::Value(_)) => std::mem::replace(entry, Entry::Destroyed(call_site)),
            _ => return,
        };
        drop(values);
        // Outside of the lock: it is the program's.
        drop(before);
    }

    pub(super) fn remove(&self, id: u64) {
        // Dropped after the lock is released: it is the program's.
        let value = self.lock().remove(&id);
        drop(value);
    }
}

impl std::fmt::Debug for Broadcasts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Broadcasts({} values)", self.lock().len())
    }
}
