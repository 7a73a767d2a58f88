//! [`Landing`]: where what is fetched goes: memory if the task may have it, else a file.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    memory::Reservation,
    spill::{ScratchFile, SpillError},
    task::TaskContext,
};

/// What one fetch of a task holds. Half of what the task may have is left to whoever merges or sorts what came.
pub(super) struct Landing {
    task: Arc<TaskContext>,
    /// A block of more bytes goes to the file in any case.
    max_in_memory: u64,
    state: Mutex<State>,
}

struct State {
    reservation: Reservation,
    /// Made for the first block without room.
    scratch: Option<Arc<ScratchFile>>,
}

/// A place for the bytes of a block, as they come.
pub(super) enum Place {
    Memory { bytes: Vec<u8>, held: Held },
    File { scratch: Arc<ScratchFile>, start: u64, written: u64 },
}

/// Memory of a block, given back with it.
pub(super) struct Held {
    landing: Arc<Landing>,
    bytes: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.landing.lock().reservation.shrink(self.bytes);
    }
}

impl Landing {
    pub(super) fn new(task: &Arc<TaskContext>, max_in_memory: u64) -> Arc<Self> {
        let state = State { reservation: Reservation::reader(task), scratch: None };
        Arc::new(Landing { task: task.clone(), max_in_memory, state: Mutex::new(state) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has cached data evicted, if it takes that to have room for so many bytes. Called by the task itself, as it may take a
    /// while and drops values of the user's.
    pub(super) fn make_room(&self, bytes: u64) {
        let held = self.lock().reservation.bytes();
        if bytes <= self.max_in_memory {
            Reservation::reader(&self.task).try_grow(bytes.saturating_mul(2).saturating_add(held));
        }
    }

    /// A place for a block of so many bytes. Never waits for what is evicted: without room it is a file.
    pub(super) fn place(self: &Arc<Self>, length: u64) -> Result<Place, SpillError> {
        let mut state = self.lock();
        let held = state.reservation.bytes();
        // As much again has to be there for what is made of it.
        if length <= self.max_in_memory && state.reservation.try_grow_free(length.saturating_add(held)) {
            state.reservation.shrink(held);
            let held = Held { landing: self.clone(), bytes: length };
            return Ok(Place::Memory { bytes: Vec::new(), held });
        }
        let scratch = match &state.scratch {
            Some(scratch) => scratch.clone(),
            None => {
                let task = &self.task;
                let name = format!("fetched-{}-{}", task.stage_id(), task.task_attempt_id());
                state.scratch.insert(task.env.local_dirs.create_scratch(&name)?).clone()
            }
        };
        Ok(Place::File { start: scratch.place(length), scratch, written: 0 })
    }
}

impl Place {
    pub(super) fn write(&mut self, data: &[u8]) -> Result<(), SpillError> {
        match self {
            Place::Memory { bytes, .. } => bytes.extend_from_slice(data),
            Place::File { scratch, start, written } => {
                scratch.write_at(data, *start + *written)?;
                *written += data.len() as u64;
            }
        }
        Ok(())
    }
}
