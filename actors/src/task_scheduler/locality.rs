//! One timer for the moment at which a set that refused an offer may go farther from its data.
//!
//! Spark offers all cores each second for this. Here an offer that is refused for the sake of a nearer one sets the
//! timer, so that nothing ticks while nobody waits. A barrier set that was offered too few cores of some executors
//! sets it too: only the cores of all can tell whether it may start.

use std::{collections::BTreeSet, time::Duration};

use super::{TaskSchedulerCore, TaskSetId};
use crate::{
    Time,
    core::Outbox,
    message::{CheckLocality, DriverEndpoint, ReviveOffers, TaskScheduler},
};

/// How long a barrier set waits for all cores to be offered: Spark's `spark.scheduler.revive.interval`.
const REVIVE_INTERVAL: Duration = Duration::from_secs(1);

/// The sets that refused an offer for a nearer one, and the timer for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Delayed {
    sets: BTreeSet<TaskSetId>,
    /// When the timer fires; one that fires earlier or later is not the latest.
    check_at: Option<Time>,
    /// Whether a barrier set is to be offered all cores when the timer fires.
    barrier_waits: bool,
}

impl Delayed {
    /// A set refuses nothing any more.
    pub(super) fn remove(&mut self, id: TaskSetId) {
        self.sets.remove(&id);
    }

    /// Whether a set refused an offer for a nearer one.
    pub(super) fn contains(&self, id: TaskSetId) -> bool {
        self.sets.contains(&id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// A barrier set was offered the cores of some executors, and they were too few.
    pub(super) fn watch_for_barrier(&mut self, now: Time, out: &mut Outbox) {
        self.barrier_waits = true;
        self.watch(now, now + REVIVE_INTERVAL, out);
    }

    fn watch(&mut self, now: Time, at: Time, out: &mut Outbox) {
        if self.check_at.is_none_or(|check_at| at < check_at) {
            self.check_at = Some(at);
            out.send_after(at.since(now), TaskScheduler, CheckLocality {});
        }
    }
}

impl TaskSchedulerCore {
    /// A set refused an offer for a nearer one.
    pub(super) fn on_locality_refusal(&mut self, now: Time, id: TaskSetId, out: &mut Outbox) {
        let set = self.task_sets.get(&id);
        if let Some(at) = set.and_then(|set| set.delay.widens_at(&self.config.locality)) {
            self.delayed.sets.insert(id);
            self.delayed.watch(now, at, out);
        }
    }

    pub(super) fn on_check_locality(&mut self, now: Time, out: &mut Outbox) {
        if self.delayed.check_at.is_none_or(|at| now < at) {
            return;
        }
        self.delayed.check_at = None;
        let mut next: Option<Time> = None;
        let mut may_go_farther = std::mem::take(&mut self.delayed.barrier_waits);
        // A set that may go farther leaves; if it refuses again, it is back.
        self.delayed.sets.retain(|id| {
            let set = self.task_sets.get(id);
            let Some(at) = set.and_then(|set| set.delay.widens_at(&self.config.locality)) else {
                return false;
            };
            if at <= now {
                may_go_farther = true;
                return false;
            }
            next = Some(next.map_or(at, |next| next.min(at)));
            true
        });
        if may_go_farther {
            out.send(DriverEndpoint, ReviveOffers {});
        }
        if let Some(at) = next {
            self.delayed.watch(now, at, out);
        }
    }
}
