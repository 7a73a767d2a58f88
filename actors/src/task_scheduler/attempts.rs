//! The attempts that have not been dealt with to their ends.
//!
//! Attempt ids rise, so the table finds an attempt by pages of consecutive ids, without a search. A page holds
//! numbers only: one task that runs for long keeps a few hundred bytes of its page, not its neighbours.

use std::{collections::VecDeque, sync::Arc};

use super::{TaskSetId, executors::ExecutorSlot};
use crate::{TaskId, message::TaskInfo};

/// An attempt that has not been dealt with to its end.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) set: TaskSetId,
    /// Its `outcome` says whether it has reported RUNNING.
    pub(super) info: TaskInfo,
    pub(super) host: Arc<str>,
    /// Where its executor is in the table, while it runs there.
    pub(super) executor_slot: ExecutorSlot,
    pub(super) phase: Phase,
    /// Another attempt of the task has succeeded, and this one was told to end.
    pub(super) killed_by_other_attempt: bool,
    /// Records that it reads in a second, by its latest heartbeat.
    pub(super) process_rate: f64,
    /// Its place in its executor's list of running attempts.
    pub(super) place_in_executor: u32,
    /// Its place in its set's list of running attempts.
    pub(super) place_in_set: u32,
}

/// How far an attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Launching or running.
    Running,
    /// It has ended well, and its result of this size is being decoded.
    GettingResult { size: u64 },
}

const PAGE: u64 = 64;
/// In a page: there is no such attempt (any more).
const NONE: u32 = u32::MAX;

/// The table of attempts.
#[derive(Clone, Debug, Default)]
pub(super) struct AttemptTable {
    /// The number of the first page.
    first: u64,
    pages: VecDeque<Option<Box<Page>>>,
    slots: Vec<Option<Attempt>>,
    free: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Page {
    used: u32,
    slots: [u32; PAGE as usize],
}

impl AttemptTable {
    /// Adds an attempt; ids come in rising order.
    pub(super) fn insert(&mut self, attempt: Attempt) {
        let TaskId(id) = attempt.info.task_id;
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.slots.push(None);
                self.slots.len() as u32 - 1
            }
        };
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(attempt);
        }
        if self.pages.is_empty() {
            self.first = id / PAGE;
        }
        let number = (id / PAGE).saturating_sub(self.first) as usize;
        while self.pages.len() <= number {
            self.pages.push_back(None);
        }
        let Some(page) = self.pages.get_mut(number) else { return };
        let page = page.get_or_insert_with(|| Box::new(Page { used: 0, slots: [NONE; PAGE as usize] }));
        if let Some(entry) = page.slots.get_mut((id % PAGE) as usize) {
            *entry = slot;
            page.used += 1;
        }
    }

    pub(super) fn get(&self, id: TaskId) -> Option<&Attempt> {
        self.slots.get(self.slot(id)? as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: TaskId) -> Option<&mut Attempt> {
        let slot = self.slot(id)?;
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    /// Takes an attempt out.
    pub(super) fn remove(&mut self, id: TaskId) -> Option<Attempt> {
        let slot = self.slot(id)?;
        let number = self.page_number(id)?;
        let entry = self.pages.get_mut(number)?;
        let page = entry.as_mut()?;
        *page.slots.get_mut((id.0 % PAGE) as usize)? = NONE;
        page.used -= 1;
        if page.used == 0 {
            *entry = None;
            while let Some(None) = self.pages.front() {
                self.pages.pop_front();
                self.first += 1;
            }
        }
        self.free.push(slot);
        let attempt = self.slots.get_mut(slot as usize)?.take();
        if self.pages.is_empty() {
            // Nothing is left: the memory of the busiest moment is not kept.
            self.slots = Vec::new();
            self.free = Vec::new();
        }
        attempt
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Takes what is at `at` out of a list of running attempts; `place` is where each keeps its place in it.
    pub(super) fn leave(&mut self, list: &mut Vec<TaskId>, at: u32, place: fn(&mut Attempt) -> &mut u32) {
        if at as usize >= list.len() {
            return;
        }
        list.swap_remove(at as usize);
        if let Some(moved) = list.get(at as usize).and_then(|id| self.get_mut(*id)) {
            *place(moved) = at;
        }
    }

    fn page_number(&self, id: TaskId) -> Option<usize> {
        usize::try_from((id.0 / PAGE).checked_sub(self.first)?).ok()
    }

    fn slot(&self, id: TaskId) -> Option<u32> {
        let page = self.pages.get(self.page_number(id)?)?.as_ref()?;
        page.slots.get((id.0 % PAGE) as usize).copied().filter(|slot| *slot != NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ExecutorId, StageId, Time, message::TaskLocality};

    fn attempt(id: u64) -> Attempt {
        let info = TaskInfo {
            task_id: TaskId(id),
            index: 0,
            attempt_number: 0,
            partition_id: 0,
            executor_id: ExecutorId(1),
            locality: TaskLocality::Any,
            speculative: false,
            launch_time: Time::ZERO,
            getting_result_time: None,
            finish_time: None,
            outcome: None,
        };
        Attempt {
            set: (StageId(0), 0),
            info,
            host: "here".into(),
            executor_slot: ExecutorSlot::default(),
            phase: Phase::Running,
            killed_by_other_attempt: false,
            process_rate: 0.0,
            place_in_executor: 0,
            place_in_set: 0,
        }
    }

    #[test]
    fn attempts_are_found_by_their_ids_until_they_are_taken_out() {
        let mut table = AttemptTable::default();
        for id in 1_000..1_500 {
            table.insert(attempt(id));
        }
        for id in (1_000..1_500).filter(|id| id % 7 != 0) {
            assert_eq!(table.remove(TaskId(id)).unwrap().info.task_id, TaskId(id));
        }
        for id in 0..3_000 {
            let there = (1_000..1_500).contains(&id) && id % 7 == 0;
            assert_eq!(table.get(TaskId(id)).is_some(), there, "{id}");
            assert_eq!(table.remove(TaskId(id)).is_some(), there, "{id}");
        }
        assert!(table.is_empty() && table.slots.is_empty());
    }

    #[test]
    fn one_long_task_keeps_only_its_own_page() {
        let mut table = AttemptTable::default();
        table.insert(attempt(0));
        for id in 1..100_000 {
            table.insert(attempt(id));
            table.remove(TaskId(id)).unwrap();
        }
        assert_eq!(table.pages.iter().flatten().count(), 1);
        assert_eq!(table.slots.len(), 2);
    }
}
