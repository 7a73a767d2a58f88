//! The broadcast values of the executors in this process.

use std::{
    any::Any,
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

type Value = Arc<dyn Any + Send + Sync>;

/// The values that stages find, by id.
#[derive(Default)]
pub(crate) struct Broadcasts {
    next_id: AtomicU64,
    values: Mutex<HashMap<u64, Value>>,
}

impl Broadcasts {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Value>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, value: Value) -> u64 {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(id, value);
        id
    }

    pub(super) fn get<T: Send + Sync + 'static>(&self, id: u64) -> Option<Arc<T>> {
        let value = self.lock().get(&id).cloned()?;
        value.downcast().ok()
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
