//! [`Reservation`]: what one consumer of a task holds.

use std::sync::Arc;

use super::OutputMemory;
use crate::task::TaskContext;

/// The memory of one table or buffer of a task, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    task: Arc<TaskContext>,
    bytes: u64,
}

impl Reservation {
    /// Of nothing yet.
    pub(crate) fn new(task: &Arc<TaskContext>) -> Self {
        Reservation { task: task.clone(), bytes: 0 }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes `bytes` more, if the task may have them; else nothing changes.
    pub(crate) fn try_grow(&mut self, bytes: u64) -> bool {
        let granted = self.task.memory.try_grow(bytes);
        if granted {
            self.bytes += bytes;
        }
        granted
    }

    /// Gives `bytes` back, or all that there are.
    pub(crate) fn shrink(&mut self, bytes: u64) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        self.task.memory.shrink(bytes);
    }

    /// Holds exactly `bytes`, if the task may; less is always granted.
    pub(crate) fn resize(&mut self, bytes: u64) -> bool {
        match bytes.checked_sub(self.bytes) {
            Some(0) => true,
            Some(more) => self.try_grow(more),
            None => {
                self.shrink(self.bytes - bytes);
                true
            }
        }
    }

    /// Makes the memory of a map output of it, or refuses.
    pub(crate) fn keep_output(&mut self) -> Option<OutputMemory> {
        let output = self.task.memory.keep_output(self.bytes)?;
        self.bytes = 0;
        Some(output)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.task.memory.shrink(self.bytes);
    }
}
