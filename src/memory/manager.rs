//! [`MemoryManager`]: who holds how much.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use firesteel_actors::config::MemoryConfig;

use super::{TaskMemory, machine::machine_memory};

/// What a slot's floor is at most.
const MAX_FLOOR: u64 = 16 << 20;

/// Frees cached data when tasks need its memory.
pub(crate) trait Evictor: Send + Sync {
    /// Drops at least `bytes` of cached data, as far as it can, and gives them back with
    /// [`MemoryManager::release_storage`] before it returns. Called without any lock.
    fn evict(&self, bytes: u64);
}

/// The memory that the tasks and caches of one executor share.
pub(crate) struct MemoryManager {
    /// All of it.
    region: u64,
    /// What is set apart for each slot, and is not part of `shared`.
    floor: u64,
    /// What is not set apart.
    shared: u64,
    /// The part of `shared` in which storage is safe from execution.
    protected: u64,
    slots: u64,
    state: Mutex<State>,
    evictor: OnceLock<Weak<dyn Evictor>>,
}

#[derive(Debug, Default)]
struct State {
    /// Tasks that have a floor.
    floors: u64,
    /// Bytes held out of floors.
    of_floors: u64,
    /// Bytes of `shared` that tasks hold.
    execution: u64,
    /// Bytes of cached data.
    storage: u64,
    /// Bytes of kept map outputs.
    outputs: u64,
    /// The most that was held at one time.
    peak: u64,
}

impl State {
    fn shared_used(&self) -> u64 {
        self.execution + self.storage + self.outputs
    }

    fn note_peak(&mut self) {
        self.peak = self.peak.max(self.of_floors + self.shared_used());
    }
}

/// What becomes of a wish for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    Granted,
    Refused,
    /// The task may ask again when so many bytes of cached data were evicted.
    Evict(u64),
}

/// What a task has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holding {
    pub(super) floor: u64,
    pub(super) held: u64,
}

impl Holding {
    /// What of `held` is not covered by the floor.
    fn shared(&self) -> u64 {
        self.held.saturating_sub(self.floor)
    }

    fn of_floor(&self) -> u64 {
        self.held.min(self.floor)
    }
}

impl MemoryManager {
    /// As the settings say, for an executor that runs `slots` tasks at a time.
    pub(crate) fn new(config: &MemoryConfig, is_local: bool, slots: u32) -> Arc<Self> {
        let given = config.executor_memory.filter(|_| !is_local).or(config.driver_memory);
        let executor = given.or(config.executor_memory).unwrap_or_else(|| machine_memory() / 2);
        let region = (executor as f64 * config.fraction) as u64;
        Self::of_region(region, config.storage_fraction, slots)
    }

    /// With a region of exactly so many bytes.
    pub(crate) fn of_region(region: u64, storage_fraction: f64, slots: u32) -> Arc<Self> {
        let slots = u64::from(slots.max(1));
        let floor = (region / (8 * slots)).min(MAX_FLOOR);
        let shared = region - floor * slots;
        let protected = (shared as f64 * storage_fraction) as u64;
        let state = Mutex::default();
        Arc::new(MemoryManager { region, floor, shared, protected, slots, state, evictor: OnceLock::new() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that there is to share.
    #[cfg(test)]
    pub(crate) fn region(&self) -> u64 {
        self.region
    }

    /// Bytes held now.
    #[cfg(test)]
    pub(crate) fn used(&self) -> u64 {
        let state = self.lock();
        state.of_floors + state.shared_used()
    }

    /// The most that was held at one time.
    #[cfg(test)]
    pub(crate) fn peak(&self) -> u64 {
        self.lock().peak
    }

    /// Who is asked to free cached data. The first one counts.
    pub(crate) fn set_evictor(&self, evictor: Weak<dyn Evictor>) {
        self.evictor.set(evictor).ok();
    }

    /// The memory of a task that begins. Tasks beyond the slots (the threads of lost ones) have no floor.
    pub(crate) fn task(self: &Arc<Self>) -> TaskMemory {
        let mut state = self.lock();
        let floor = if state.floors < self.slots { self.floor } else { 0 };
        state.floors += u64::from(floor > 0);
        drop(state);
        TaskMemory::new(self.clone(), floor)
    }

    pub(super) fn end_task(&self, task: &mut Holding) {
        self.shrink(task, task.held);
        if task.floor > 0 {
            self.lock().floors -= 1;
        }
    }

    /// What a task may hold beyond its floor: one part per slot of what neither outputs nor protected caches take.
    fn share_of(&self, state: &State) -> u64 {
        let protected = self.protected.saturating_sub(state.outputs);
        let kept = state.outputs + state.storage.min(protected);
        self.shared.saturating_sub(kept) / self.slots
    }

    pub(super) fn share(&self) -> u64 {
        self.share_of(&self.lock())
    }

    /// Lets a task hold `bytes` more, if it may: its floor always, and of what execution may have one share per slot.
    pub(super) fn try_grow(&self, task: &mut Holding, bytes: u64) -> Grant {
        let mut state = self.lock();
        let after = Holding { held: task.held.saturating_add(bytes), ..*task };
        let need = after.shared() - task.shared();
        if need > 0 && after.shared() > self.share_of(&state) {
            return Grant::Refused;
        }
        let free = self.shared.saturating_sub(state.shared_used());
        if need <= free {
            state.execution += need;
            state.of_floors += after.of_floor() - task.of_floor();
            state.note_peak();
            *task = after;
            return Grant::Granted;
        }
        let protected = self.protected.saturating_sub(state.outputs);
        let evictable = state.storage.saturating_sub(protected);
        if need - free <= evictable { Grant::Evict(need - free) } else { Grant::Refused }
    }

    /// Has cached data dropped. To be called without any lock: that writes and drops values of the user.
    pub(super) fn evict(&self, bytes: u64) {
        if let Some(evictor) = self.evictor.get().and_then(Weak::upgrade) {
            evictor.evict(bytes);
        }
    }

    /// A task holds `bytes` less.
    pub(super) fn shrink(&self, task: &mut Holding, bytes: u64) {
        let after = Holding { held: task.held.saturating_sub(bytes), ..*task };
        let mut state = self.lock();
        state.execution -= task.shared() - after.shared();
        state.of_floors -= task.of_floor() - after.of_floor();
        *task = after;
    }

    /// Turns `bytes` that a task holds into those of a kept map output, if three quarters of what is shared are enough
    /// for all outputs. Tasks to come need the rest.
    pub(super) fn keep_output(self: &Arc<Self>, task: &mut Holding, bytes: u64) -> Option<OutputMemory> {
        let after = Holding { held: task.held.saturating_sub(bytes), ..*task };
        let mut state = self.lock();
        let given_back = task.shared() - after.shared();
        let used = state.shared_used() - given_back + bytes;
        if state.outputs + bytes > self.shared / 4 * 3 || used > self.shared {
            return None;
        }
        state.execution -= given_back;
        state.of_floors -= task.of_floor() - after.of_floor();
        state.outputs += bytes;
        state.note_peak();
        drop(state);
        *task = after;
        Some(OutputMemory { manager: self.clone(), bytes })
    }

    /// Takes memory for cached data, if nobody else has it. A cache that is refused may drop older data and ask again.
    pub(crate) fn acquire_storage(&self, bytes: u64) -> bool {
        let mut state = self.lock();
        let fits = state.shared_used().checked_add(bytes).is_some_and(|used| used <= self.shared);
        if fits {
            state.storage += bytes;
            state.note_peak();
        }
        fits
    }

    /// Bytes that nobody has, and the most that cached data may have now.
    pub(crate) fn storage_room(&self) -> (u64, u64) {
        let state = self.lock();
        let most = self.shared.saturating_sub(state.execution + state.outputs);
        (self.shared.saturating_sub(state.shared_used()), most)
    }

    /// Gives memory of cached data back.
    pub(crate) fn release_storage(&self, bytes: u64) {
        let mut state = self.lock();
        state.storage = state.storage.saturating_sub(bytes);
    }
}

impl std::fmt::Debug for MemoryManager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemoryManager({} bytes, {:?})", self.region, *self.lock())
    }
}

/// The memory of a map output that is kept; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct OutputMemory {
    manager: Arc<MemoryManager>,
    bytes: u64,
}

impl Drop for OutputMemory {
    fn drop(&mut self) {
        self.manager.lock().outputs -= self.bytes;
    }
}
