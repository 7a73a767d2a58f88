//! Asking one task set what it would run on the offers of a round (`spark-semantics` 8.4 and 8.5).

use super::lease::Lease;
use crate::{
    Time,
    config::Locality,
    message::TaskLocality,
    resources::Resources,
    task_scheduler::task_set::{Choice, TaskSetManager},
};

/// A task that has a place, and what it takes there.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) choice: Choice,
    /// The offer.
    pub(super) at: u32,
    pub(super) resources: Resources,
}

/// What a set has said to the offers of a round.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// In the order in which they were chosen.
    pub(super) chosen: Vec<Chosen>,
    /// The nearest level of those.
    pub(super) nearest: Option<TaskLocality>,
    /// An offer was refused although tasks wait.
    pub(super) has_refused: bool,
}

/// A set that is being asked.
pub(super) struct Asking<'a> {
    pub(super) now: Time,
    pub(super) waits: &'a Locality,
    pub(super) set: &'a mut TaskSetManager,
    pub(super) lease: &'a mut Lease,
}

impl Asking<'_> {
    /// All near places are tried on all offers before any farther one.
    pub(super) fn ask(mut self) -> Answer {
        let mut answer = Answer::default();
        let (set, lease) = (&*self.set, &*self.lease);
        let fits = |at: &u32| lease.offer(*at).is_some_and(|offer| set.needs.accept_profile(offer));
        let mut fitting: Vec<u32> = lease.usable.iter().copied().filter(fits).collect();
        let mut level_at = 0;
        while self.set.has_waiting() {
            let Some(level) = self.set.delay.levels().get(level_at).copied() else { break };
            level_at += 1;
            let (cpus, lease) = (self.set.needs.cpus, &*self.lease);
            fitting.retain(|at| lease.offer(*at).is_some_and(|offer| offer.cores >= cpus));
            self.ask_level(level, &fitting, &mut answer);
        }
        answer
    }

    /// One task for each offer, so that tasks spread, and so on until none takes one. An offer that was refused once
    /// is refused again unless the set goes farther meanwhile, so it is not asked for again.
    fn ask_level(&mut self, level: TaskLocality, fitting: &[u32], answer: &mut Answer) {
        let mut served: Vec<u32>;
        let mut asked = fitting;
        loop {
            let mut next = Vec::new();
            let before = self.set.delay.current();
            for at in asked {
                if !self.set.has_waiting() {
                    return;
                }
                if self.ask_one(*at, level, answer) {
                    next.push(*at);
                }
            }
            if next.is_empty() {
                return;
            }
            served = next;
            asked = if self.set.delay.current() == before { &served } else { fitting };
        }
    }

    fn ask_one(&mut self, at: u32, level: TaskLocality, answer: &mut Answer) -> bool {
        #[cfg(test)]
        crate::testkit::visit();
        let Some((offer, place)) = self.lease.offer(at).zip(self.lease.place(at)) else { return false };
        let Some(resources) = self.set.needs.assign(offer) else { return false };
        let Some(choice) = self.set.choose(self.now, place, level, self.waits) else {
            let is_last = level == TaskLocality::Any;
            answer.has_refused |= is_last && self.set.has_waiting() && !self.set.is_excluded(place);
            return false;
        };
        self.lease.take(at, self.set.needs.cpus, &resources);
        answer.nearest = Some(answer.nearest.map_or(choice.locality, |nearest| nearest.min(choice.locality)));
        answer.chosen.push(Chosen { choice, at, resources });
        true
    }
}
