//! Delay scheduling: how far from their data a set's tasks may run by now (`spark-semantics` section 9).

use std::time::Duration;

use crate::{Time, config::Locality, message::TaskLocality};

/// The levels of a set, and how long it has waited at the present one.
#[derive(Clone, Debug)]
pub(in crate::task_scheduler) struct DelayScheduling {
    levels: Vec<TaskLocality>,
    /// The farthest level that is allowed, as an index.
    current: usize,
    last_reset: Time,
    /// Since the last reset, no offer was refused for the sake of a nearer one (SPARK-18886).
    pub(in crate::task_scheduler) no_rejects_since_reset: bool,
}

impl DelayScheduling {
    pub(super) fn new(now: Time, levels: Vec<TaskLocality>) -> Self {
        DelayScheduling { levels, current: 0, last_reset: now, no_rejects_since_reset: true }
    }

    /// The levels that there are, nearest first.
    pub(in crate::task_scheduler) fn levels(&self) -> &[TaskLocality] {
        &self.levels
    }

    /// The farthest level that is allowed.
    pub(in crate::task_scheduler) fn current(&self) -> TaskLocality {
        self.levels.get(self.current).copied().unwrap_or(TaskLocality::Any)
    }

    /// Goes as far as the time allows. `has_more` tells whether tasks wait for a place of a level: if none does,
    /// there is nothing to wait for (SPARK-4939).
    pub(super) fn advance(
        &mut self,
        now: Time,
        waits: &Locality,
        mut has_more: impl FnMut(TaskLocality) -> bool,
    ) -> TaskLocality {
        while self.current + 1 < self.levels.len() {
            let level = self.current();
            let wait = waits.wait_at(level);
            if !has_more(level) {
                self.last_reset = now;
            } else if now.since(self.last_reset) >= wait {
                // Not `now`: the next level's wait began when this one's ended.
                self.last_reset = self.last_reset + wait;
            } else {
                break;
            }
            self.current += 1;
        }
        self.current()
    }

    /// When the next level is allowed if nothing is launched until then; `None` at the last one.
    pub(in crate::task_scheduler) fn widens_at(&self, waits: &Locality) -> Option<Time> {
        (self.current + 1 < self.levels.len()).then(|| self.last_reset + self.wait(waits))
    }

    fn wait(&self, waits: &Locality) -> Duration {
        waits.wait_at(self.current())
    }

    /// Begins to wait anew, at the level of what was launched.
    pub(in crate::task_scheduler) fn reset(&mut self, now: Time, level: Option<TaskLocality>) {
        self.last_reset = now;
        if let Some(level) = level {
            self.current = self.index_of(level);
        }
    }

    /// Other levels are possible now. The present one stays, or the next farther one takes its place; if nearer
    /// ones are new, the set goes back to the nearest of them (SPARK-31837).
    pub(super) fn set_levels(&mut self, levels: Vec<TaskLocality>) {
        let (before, level) = (self.current, self.current());
        let old = std::mem::replace(&mut self.levels, levels);
        self.current = self.index_of(level);
        if self.current > before
            && let Some(new) = self.levels.iter().find(|level| !old.contains(level))
        {
            self.current = self.index_of(*new);
        }
    }

    /// A level's index, or that of the next farther one.
    fn index_of(&self, level: TaskLocality) -> usize {
        let last = self.levels.len().saturating_sub(1);
        self.levels.iter().position(|there| *there >= level).unwrap_or(last)
    }
}
