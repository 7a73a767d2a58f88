//! What has become of each task of a set: a few bytes each, in dense tables.

use crate::{message::TaskSpec, partition_set::PartitionSet};

/// The tasks of a set by index.
#[derive(Clone, Debug)]
pub(in crate::task_scheduler) struct Tasks {
    specs: Vec<TaskSpec>,
    attempts: Vec<u16>,
    copies: Vec<u8>,
    successful: PartitionSet,
    waiting: u32,
}

impl Tasks {
    pub(super) fn new(specs: Vec<TaskSpec>) -> Self {
        Tasks {
            attempts: vec![0; specs.len()],
            copies: vec![0; specs.len()],
            successful: PartitionSet::new(specs.len()),
            waiting: specs.len() as u32,
            specs,
        }
    }

    /// How many there are.
    pub(in crate::task_scheduler) fn len(&self) -> u32 {
        self.specs.len() as u32
    }

    pub(in crate::task_scheduler) fn spec(&self, index: u32) -> Option<&TaskSpec> {
        self.specs.get(index as usize)
    }

    /// Where a task's result goes.
    pub(in crate::task_scheduler) fn output_id(&self, index: u32) -> u32 {
        self.spec(index).map_or(0, |task| task.output_id)
    }

    /// The partition that a task computes.
    pub(in crate::task_scheduler) fn partition_id(&self, index: u32) -> u32 {
        self.spec(index).map_or(0, |task| task.partition_id)
    }

    /// The task that makes an output.
    pub(in crate::task_scheduler) fn index_of(&self, output: u32) -> Option<u32> {
        self.specs.binary_search_by_key(&output, |task| task.output_id).ok().map(|index| index as u32)
    }

    /// Attempts of a task that have not ended.
    pub(in crate::task_scheduler) fn copies(&self, index: u32) -> u8 {
        self.copies.get(index as usize).copied().unwrap_or(0)
    }

    /// Whether a task is done.
    pub(in crate::task_scheduler) fn is_successful(&self, index: u32) -> bool {
        self.successful.contains(index)
    }

    /// How many are done.
    pub(in crate::task_scheduler) fn num_successful(&self) -> u32 {
        self.successful.len() as u32
    }

    /// Whether all are done.
    pub(in crate::task_scheduler) fn are_all_successful(&self) -> bool {
        self.successful.len() == self.specs.len()
    }

    /// Whether a task neither runs nor is done.
    pub(in crate::task_scheduler) fn is_waiting(&self, index: u32) -> bool {
        self.copies.get(index as usize) == Some(&0) && !self.successful.contains(index)
    }

    /// How many neither run nor are done.
    pub(in crate::task_scheduler) fn num_waiting(&self) -> u32 {
        self.waiting
    }

    /// An attempt begins; its number.
    pub(super) fn begin(&mut self, index: u32) -> u32 {
        let Some(attempts) = self.attempts.get_mut(index as usize) else { return 0 };
        let number = *attempts;
        *attempts = number.saturating_add(1);
        u32::from(number)
    }

    /// A task has a place, and no longer waits.
    pub(super) fn reserve(&mut self, index: u32) {
        self.change(index, |tasks| {
            if let Some(copies) = tasks.copies.get_mut(index as usize) {
                *copies = copies.saturating_add(1);
            }
        });
    }

    /// An attempt has ended, or a place is given back.
    pub(super) fn end(&mut self, index: u32) {
        self.change(index, |tasks| {
            if let Some(copies) = tasks.copies.get_mut(index as usize) {
                *copies = copies.saturating_sub(1);
            }
        });
    }

    /// A task is done; false if it was before.
    pub(super) fn succeed(&mut self, index: u32) {
        self.change(index, |tasks| {
            tasks.successful.insert(index);
        });
    }

    /// A task's output is lost.
    pub(super) fn lose(&mut self, index: u32) {
        self.change(index, |tasks| {
            tasks.successful.remove(index);
        });
    }

    fn change(&mut self, index: u32, change: impl FnOnce(&mut Self)) {
        let before = self.is_waiting(index);
        change(self);
        self.waiting = self.waiting + u32::from(self.is_waiting(index)) - u32::from(before);
    }
}
