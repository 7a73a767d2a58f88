//! [`TaskMemory`]: what one task holds.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

use super::{
    MemoryManager, OutputMemory,
    manager::{Grant, Holding},
};

/// The memory of a running task, given back when it ends.
#[derive(Debug)]
pub(crate) struct TaskMemory {
    manager: Arc<MemoryManager>,
    holding: Mutex<Holding>,
    /// Bytes that readers of the task's input hold.
    readers: AtomicU64,
    has_writer: AtomicBool,
    peak: AtomicU64,
}

impl TaskMemory {
    pub(super) fn new(manager: Arc<MemoryManager>, floor: u64) -> Self {
        TaskMemory {
            manager,
            holding: Mutex::new(Holding { floor, held: 0 }),
            readers: AtomicU64::new(0),
            has_writer: AtomicBool::new(false),
            peak: AtomicU64::new(0),
        }
    }

    fn holding(&self) -> MutexGuard<'_, Holding> {
        self.holding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes more, if the task may have it. Never waits; the floor is always granted.
    pub(crate) fn try_grow(&self, bytes: u64) -> bool {
        let mut grant = self.ask(bytes);
        if let Grant::Evict(wanted) = grant {
            self.manager.evict(wanted);
            grant = self.ask(bytes);
        }
        grant == Grant::Granted
    }

    /// As [`try_grow`](Self::try_grow), but evicts nothing for it: that writes, and drops values of the user's.
    #[cfg(feature = "cluster")]
    pub(super) fn try_grow_free(&self, bytes: u64) -> bool {
        self.ask(bytes) == Grant::Granted
    }

    fn ask(&self, bytes: u64) -> Grant {
        let mut holding = self.holding();
        let grant = self.manager.try_grow(&mut holding, bytes);
        self.peak.fetch_max(holding.held, Relaxed);
        grant
    }

    /// Says that the task has a writer beside its readers.
    pub(crate) fn expect_writer(&self) {
        self.has_writer.store(true, Relaxed);
    }

    /// As [`try_grow`](Self::try_grow), for what reads the task's input: that leaves half of what the task may have to its
    /// writer, if it has one, as the table of a reader is held while the writer works.
    pub(super) fn try_grow_reader(&self, bytes: u64) -> bool {
        self.grow_reader(bytes, Self::try_grow)
    }

    /// As [`try_grow_reader`](Self::try_grow_reader), but evicts nothing for it.
    #[cfg(feature = "cluster")]
    pub(super) fn try_grow_reader_free(&self, bytes: u64) -> bool {
        self.grow_reader(bytes, Self::try_grow_free)
    }

    fn grow_reader(&self, bytes: u64, grow: impl Fn(&Self, u64) -> bool) -> bool {
        if self.has_writer.load(Relaxed) {
            let readers = self.readers.load(Relaxed).saturating_add(bytes);
            let may_hold = self.holding().floor + self.manager.share();
            if readers > may_hold / 2 {
                return false;
            }
        }
        let granted = grow(self, bytes);
        if granted {
            self.readers.fetch_add(bytes, Relaxed);
        }
        granted
    }

    pub(super) fn shrink_reader(&self, bytes: u64) {
        self.readers.fetch_sub(bytes, Relaxed);
        self.shrink(bytes);
    }

    /// Gives some back.
    pub(crate) fn shrink(&self, bytes: u64) {
        self.manager.shrink(&mut self.holding(), bytes);
    }

    /// Makes of what the task holds the memory of a map output that is kept, or refuses.
    pub(crate) fn keep_output(&self, bytes: u64) -> Option<OutputMemory> {
        self.manager.keep_output(&mut self.holding(), bytes)
    }

    /// Whether somebody is about to change what the task holds.
    #[cfg(test)]
    pub(crate) fn is_locked(&self) -> bool {
        self.holding.try_lock().is_err()
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
