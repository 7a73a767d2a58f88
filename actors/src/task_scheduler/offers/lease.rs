//! The offers of a round, while tasks are chosen for them.

use std::sync::Arc;

use crate::{
    ExecutorId,
    message::WorkerOffer,
    resources::{Resources, allocator},
    task_scheduler::task_set::Place,
};

/// Offered cores that are on lease until the round is answered.
#[derive(Debug)]
pub(super) struct Lease {
    /// As they came; what is taken is taken out.
    offers: Vec<WorkerOffer>,
    /// Where each is.
    places: Vec<Option<Place>>,
    /// Those that may be used and have cores left, in random order.
    pub(super) usable: Vec<u32>,
}

impl Lease {
    /// Only offers with a place may be used.
    pub(super) fn new(offers: Vec<WorkerOffer>, places: Vec<Option<Place>>) -> Self {
        let usable = (0..offers.len() as u32)
            .filter(|at| {
                let has_cores = offers.get(*at as usize).is_some_and(|offer| offer.cores > 0);
                has_cores && matches!(places.get(*at as usize), Some(Some(_)))
            })
            .collect();
        Lease { offers, places, usable }
    }

    pub(super) fn offer(&self, at: u32) -> Option<&WorkerOffer> {
        self.offers.get(at as usize)
    }

    pub(super) fn place(&self, at: u32) -> Option<&Place> {
        self.places.get(at as usize)?.as_ref()
    }

    /// A task takes its part of an offer.
    pub(super) fn take(&mut self, at: u32, cpus: u32, resources: &Resources) {
        if let Some(offer) = self.offers.get_mut(at as usize) {
            offer.cores -= cpus.min(offer.cores);
            allocator::take(&mut offer.resources, resources);
        }
    }

    /// A task gives its part back.
    pub(super) fn give_back(&mut self, at: u32, cpus: u32, resources: &Resources) {
        if let Some(offer) = self.offers.get_mut(at as usize) {
            offer.cores += cpus;
            allocator::give_back(&mut offer.resources, resources);
        }
    }

    /// Leaves out the offers that have no cores left.
    pub(super) fn drop_used_up(&mut self) {
        let offers = &self.offers;
        self.usable.retain(|at| offers.get(*at as usize).is_some_and(|offer| offer.cores > 0));
    }

    /// An executor gets nothing more in this round.
    pub(super) fn leave_out(&mut self, executor_id: ExecutorId) {
        let offers = &self.offers;
        self.usable
            .retain(|at| offers.get(*at as usize).is_some_and(|offer| offer.executor_id != executor_id));
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.usable.is_empty()
    }

    /// How many cores are left of each offer.
    pub(super) fn left(&self) -> impl Iterator<Item = (ExecutorId, u32)> {
        self.offers.iter().map(|offer| (offer.executor_id, offer.cores))
    }

    /// What is not used, in the order in which it came.
    pub(super) fn returned(self) -> Vec<WorkerOffer> {
        let mut offers = self.offers;
        offers.retain(|offer| offer.cores > 0 || !offer.resources.is_empty());
        offers
    }

    /// The host of an offer.
    pub(super) fn host(&self, at: u32) -> Arc<str> {
        self.offer(at).map(|offer| offer.host.clone()).unwrap_or_default()
    }
}
