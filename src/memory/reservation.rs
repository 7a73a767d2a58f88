//! [`Reservation`]: what one consumer of a task holds.

use std::sync::Arc;

use super::OutputMemory;
use crate::task::TaskContext;

/// The memory of one table or buffer of a task, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    task: Arc<TaskContext>,
    is_reader: bool,
    bytes: u64,
}

impl Reservation {
    /// Of nothing yet, for the writer of a task's output.
    pub(crate) fn writer(task: &Arc<TaskContext>) -> Self {
        Reservation { task: task.clone(), is_reader: false, bytes: 0 }
    }

    /// Of nothing yet, for what reads a task's input. It leaves half of the task's memory to the writer, if there is one.
    pub(crate) fn reader(task: &Arc<TaskContext>) -> Self {
        Reservation { task: task.clone(), is_reader: true, bytes: 0 }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes `bytes` more, if the task may have them; else nothing changes.
    pub(crate) fn try_grow(&mut self, bytes: u64) -> bool {
        let memory = &self.task.memory;
        let granted = if self.is_reader { memory.try_grow_reader(bytes) } else { memory.try_grow(bytes) };
        if granted {
            self.bytes += bytes;
        }
        granted
    }

    /// As [`try_grow`](Self::try_grow) of a reader, for threads that must not wait: nothing is evicted for it.
    #[cfg(feature = "cluster")]
    pub(crate) fn try_grow_free(&mut self, bytes: u64) -> bool {
        let granted = self.is_reader && self.task.memory.try_grow_reader_free(bytes);
        if granted {
            self.bytes += bytes;
        }
        granted
    }

    /// Gives `bytes` back, or all that there are.
    pub(crate) fn shrink(&mut self, bytes: u64) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        let memory = &self.task.memory;
        if self.is_reader { memory.shrink_reader(bytes) } else { memory.shrink(bytes) }
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

    /// Makes the memory of a map output of it, or refuses. For writers.
    pub(crate) fn keep_output(&mut self) -> Option<OutputMemory> {
        let output = self.task.memory.keep_output(self.bytes)?;
        self.bytes = 0;
        Some(output)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.shrink(self.bytes);
    }
}
