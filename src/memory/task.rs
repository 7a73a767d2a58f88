//! [`TaskMemory`]: what one task holds.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use super::{MemoryManager, OutputMemory, manager::Holding};

/// The memory of a running task, given back when it ends.
#[derive(Debug)]
pub(crate) struct TaskMemory {
    manager: Arc<MemoryManager>,
    holding: Mutex<Holding>,
    peak: AtomicU64,
}

impl TaskMemory {
    pub(super) fn new(manager: Arc<MemoryManager>, floor: u64) -> Self {
        TaskMemory { manager, holding: Mutex::new(Holding { floor, held: 0 }), peak: AtomicU64::new(0) }
    }

    fn holding(&self) -> MutexGuard<'_, Holding> {
        self.holding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes more, if the task may have it. Never waits; the floor is always granted.
    pub(crate) fn try_grow(&self, bytes: u64) -> bool {
        let mut holding = self.holding();
        let granted = self.manager.try_grow(&mut holding, bytes);
        self.peak.fetch_max(holding.held, Relaxed);
        granted
    }

    /// Gives some back.
    pub(crate) fn shrink(&self, bytes: u64) {
        self.manager.shrink(&mut self.holding(), bytes);
    }

    /// Makes of what the task holds the memory of a map output that is kept, or refuses.
    pub(crate) fn keep_output(&self, bytes: u64) -> Option<OutputMemory> {
        self.manager.keep_output(&mut self.holding(), bytes)
    }

    /// Bytes held now.
    #[cfg(test)]
    pub(crate) fn held(&self) -> u64 {
        self.holding().held
    }

    /// The most that it held at one time (Spark's peak execution memory).
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }
}

impl Drop for TaskMemory {
    fn drop(&mut self) {
        let holding = self.holding.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.manager.end_task(holding);
    }
}
