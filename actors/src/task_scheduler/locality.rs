//! One timer for the moment at which a set that refused an offer may go farther from its data.
//!
//! Spark offers all cores each second for this. Here an offer that is refused for the sake of a nearer one sets the
//! timer, so that nothing ticks while nobody waits. A barrier set that was offered too few cores of some executors
//! sets it too: only the cores of all can tell whether it may start; and so do sets that nobody may run any more.
//!
//! A set may go farther before that, because nothing waits for a nearer place any more, or because an executor was
//! offered alone just when the wait was over. Others have refused for the nearer place, so all cores are offered.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{TaskSchedulerCore, TaskSetId};
use crate::{
    Time,
    core::Outbox,
    message::{CheckLocality, DriverEndpoint, ReviveOffers, TaskLocality, TaskScheduler},
};

/// Spark's `spark.scheduler.revive.interval`: how long a barrier set waits for all cores to be offered, and when a set
/// that nobody may run is looked at if nothing is offered.
const REVIVE_INTERVAL: Duration = Duration::from_secs(1);

/// The sets that refused an offer for a nearer one, and the timer for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Delayed {
    /// Each with the nearest level at which it refused an offer since all cores were offered.
    sets: BTreeMap<TaskSetId, TaskLocality>,
    /// Barrier sets that are to be offered all cores when the timer fires.
    barrier_sets: BTreeSet<TaskSetId>,
    /// Sets that nobody may run any more, and when they are to be looked at.
    excluded_sets: BTreeMap<TaskSetId, Time>,
    /// When the timer fires; one that fires earlier or later is not the latest.
    check_at: Option<Time>,
}

impl Delayed {
    /// A set waits for no offers any more.
    pub(super) fn remove(&mut self, id: TaskSetId) {
        self.sets.remove(&id);
        self.barrier_sets.remove(&id);
        self.excluded_sets.remove(&id);
    }

    /// Whether a set refused an offer for a nearer one.
    pub(super) fn contains(&self, id: TaskSetId) -> bool {
        self.sets.contains_key(&id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.barrier_sets.is_empty() && self.excluded_sets.is_empty()
    }

    /// A barrier set was offered the cores of some executors, and they were too few.
    pub(super) fn watch_for_barrier(&mut self, now: Time, id: TaskSetId, out: &mut Outbox) {
        self.barrier_sets.insert(id);
        self.watch(now, now + REVIVE_INTERVAL, out);
    }

    /// It seems that nobody may run a set any more.
    pub(super) fn watch_excluded(&mut self, now: Time, id: TaskSetId, out: &mut Outbox) {
        let at = now + REVIVE_INTERVAL;
        self.excluded_sets.entry(id).or_insert(at);
        self.watch(now, at, out);
    }

    /// The sets that are to be looked at by now.
    fn take_excluded(&mut self, now: Time) -> Vec<TaskSetId> {
        let mut due = Vec::new();
        self.excluded_sets.retain(|id, at| {
            let is_due = *at <= now;
            due.extend(is_due.then_some(*id));
            !is_due
        });
        due
    }

    fn watch(&mut self, now: Time, at: Time, out: &mut Outbox) {
        if self.check_at.is_none_or(|check_at| at < check_at) {
            self.check_at = Some(at);
            out.send_after(at.since(now), TaskScheduler, CheckLocality {});
        }
    }
}

impl TaskSchedulerCore {
    /// A set refused an offer for a nearer one. If all free cores were offered, it has refused all at this level.
    pub(super) fn on_locality_refusal(
        &mut self,
        now: Time,
        id: TaskSetId,
        is_all_free_resources: bool,
        out: &mut Outbox,
    ) {
        let Some(set) = self.task_sets.get(&id) else { return };
        let Some(at) = set.delay.widens_at(&self.config.locality) else { return };
        let level = set.delay.current();
        let refused_at = self.delayed.sets.entry(id).or_insert(level);
        *refused_at = if is_all_free_resources { level } else { level.min(*refused_at) };
        self.delayed.watch(now, at, out);
    }

    /// If a set may go farther than when it refused offers, those come again; whether that is so.
    pub(super) fn revive_if_farther(&mut self, now: Time, id: TaskSetId, out: &mut Outbox) -> bool {
        let Some(refused_at) = self.delayed.sets.get(&id) else { return false };
        let Some(set) = self.task_sets.get_mut(&id).filter(|set| set.is_schedulable()) else { return false };
        let is_farther = set.advance(now, &self.config.locality) > *refused_at;
        if is_farther {
            // If it refuses again, it is back.
            self.delayed.sets.remove(&id);
            out.send(DriverEndpoint, ReviveOffers {});
        }
        is_farther
    }

    pub(super) fn on_check_locality(&mut self, now: Time, out: &mut Outbox) {
        if self.delayed.check_at.is_none_or(|at| now < at) {
            return;
        }
        self.delayed.check_at = None;
        let mut next: Option<Time> = None;
        let mut wants_offers = !std::mem::take(&mut self.delayed.barrier_sets).is_empty();
        // A set that may go farther leaves; if it refuses again, it is back.
        self.delayed.sets.retain(|id, refused_at| {
            let Some(set) = self.task_sets.get(id) else { return false };
            match set.delay.widens_at(&self.config.locality) {
                Some(at) if now < at && set.delay.current() <= *refused_at => {
                    next = Some(next.map_or(at, |next| next.min(at)));
                    true
                }
                _ => {
                    wants_offers = true;
                    false
                }
            }
        });
        if wants_offers {
            out.send(DriverEndpoint, ReviveOffers {});
        }
        let due = self.delayed.take_excluded(now);
        next = next.into_iter().chain(self.delayed.excluded_sets.values().copied()).min();
        if let Some(at) = next {
            self.delayed.watch(now, at, out);
        }
        for id in due {
            self.check_unschedulable(now, id, out);
        }
    }
}
