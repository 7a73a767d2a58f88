//! The executors that have offered cores, and what runs on each.
//!
//! Each has a slot as long as it is here: what knows its slot finds it without a search.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::hosts::{HostId, Hosts};
use crate::{ExecutorId, TaskId, Time};

/// Where an executor is in the table, while it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ExecutorSlot(u32);

/// An executor.
#[derive(Clone, Debug)]
pub(super) struct Executor {
    /// Its host.
    pub(super) host: HostId,
    /// Its running attempts, in no order that means anything.
    pub(super) running: Vec<TaskId>,
    /// Its attempts that have ended, and whose results are with it until they are fetched.
    pub(super) fetching: BTreeSet<TaskId>,
    /// Set if it is about to leave: it gets no more tasks.
    pub(super) decommission: Option<DecommissionState>,
    /// It is gone, and nobody knows why yet: its tasks wait for the reason.
    pub(super) loss_reason_pending: bool,
    /// Its cores that the last round left: they are free until it is offered again.
    pub(super) cores_left: u32,
}

impl Executor {
    fn is_alive(&self) -> bool {
        self.decommission.is_none() && !self.loss_reason_pending
    }
}

/// What is known of an executor that is about to leave.
#[derive(Clone, Debug)]
pub(super) struct DecommissionState {
    /// Since when.
    pub(super) since: Time,
    /// Its host if that leaves as well.
    pub(super) worker_host: Option<Arc<str>>,
}

/// The table of executors and their hosts.
#[derive(Clone, Debug, Default)]
pub(super) struct Executors {
    ids: BTreeMap<ExecutorId, ExecutorSlot>,
    slots: Vec<Option<Executor>>,
    free: Vec<ExecutorSlot>,
    pub(super) hosts: Hosts,
}

impl Executors {
    /// One offers cores; its slot, and whether it is new.
    pub(super) fn meet(&mut self, executor_id: ExecutorId, host: &Arc<str>) -> (ExecutorSlot, bool) {
        if let Some(slot) = self.ids.get(&executor_id) {
            return (*slot, false);
        }
        let host = self.hosts.acquire(host);
        self.hosts.set_alive(host, executor_id, true);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            ExecutorSlot(self.slots.len() as u32 - 1)
        });
        if let Some(place) = self.slots.get_mut(slot.0 as usize) {
            *place = Some(Executor {
                host,
                running: Vec::new(),
                fetching: BTreeSet::new(),
                decommission: None,
                loss_reason_pending: false,
                cores_left: 0,
            });
        }
        self.ids.insert(executor_id, slot);
        (slot, true)
    }

    /// One is gone for good; nothing runs on it any more.
    pub(super) fn remove(&mut self, executor_id: ExecutorId) {
        let Some(slot) = self.ids.remove(&executor_id) else { return };
        let Some(executor) = self.slots.get_mut(slot.0 as usize).and_then(Option::take) else { return };
        self.free.push(slot);
        self.hosts.set_alive(executor.host, executor_id, false);
        self.hosts.release(executor.host);
    }

    /// One is gone, and why is being asked.
    pub(super) fn await_loss_reason(&mut self, executor_id: ExecutorId) {
        let Some(slot) = self.ids.get(&executor_id) else { return };
        if let Some(Some(executor)) = self.slots.get_mut(slot.0 as usize) {
            executor.loss_reason_pending = true;
            self.hosts.set_alive(executor.host, executor_id, false);
        }
    }

    /// One is about to leave; false if it is unknown.
    pub(super) fn decommission(
        &mut self,
        now: Time,
        executor_id: ExecutorId,
        worker_host: Option<Arc<str>>,
    ) -> bool {
        let Some(slot) = self.ids.get(&executor_id) else { return false };
        let Some(Some(executor)) = self.slots.get_mut(slot.0 as usize) else { return false };
        executor.decommission = Some(DecommissionState { since: now, worker_host });
        self.hosts.set_alive(executor.host, executor_id, false);
        true
    }

    /// What is known of one that is about to leave.
    pub(super) fn decommission_state(&self, executor_id: ExecutorId) -> Option<&DecommissionState> {
        self.get(executor_id)?.decommission.as_ref()
    }

    /// Its host, if it is known.
    pub(super) fn host_of(&self, executor_id: ExecutorId) -> Option<&Arc<str>> {
        self.hosts.name(self.get(executor_id)?.host)
    }

    /// A round has left so many cores of one.
    pub(super) fn set_cores_left(&mut self, executor_id: ExecutorId, cores: u32) {
        let Some(slot) = self.ids.get(&executor_id) else { return };
        if let Some(Some(executor)) = self.slots.get_mut(slot.0 as usize) {
            executor.cores_left = cores;
        }
    }

    /// The one that may get tasks and of which the last round left the most cores, the first of those, if it left any.
    pub(super) fn most_cores_left(&self) -> Option<(ExecutorId, u32)> {
        self.present()
            .filter(|(_, executor, _)| executor.is_alive() && executor.cores_left > 0)
            .map(|(executor_id, executor, _)| (executor_id, executor.cores_left))
            .max_by_key(|(executor_id, cores)| (*cores, std::cmp::Reverse(*executor_id)))
    }

    pub(super) fn get(&self, executor_id: ExecutorId) -> Option<&Executor> {
        self.at(*self.ids.get(&executor_id)?)
    }

    pub(super) fn at(&self, slot: ExecutorSlot) -> Option<&Executor> {
        self.slots.get(slot.0 as usize)?.as_ref()
    }

    pub(super) fn at_mut(&mut self, slot: ExecutorSlot) -> Option<&mut Executor> {
        self.slots.get_mut(slot.0 as usize)?.as_mut()
    }

    /// Whether it may get tasks.
    pub(super) fn is_alive(&self, executor_id: ExecutorId) -> bool {
        self.get(executor_id).is_some_and(Executor::is_alive)
    }

    /// Those that have not gone, in order of their ids, with their hosts.
    pub(super) fn present(&self) -> impl Iterator<Item = (ExecutorId, &Executor, &Arc<str>)> {
        self.ids
            .iter()
            .inspect(|_| {
                #[cfg(test)]
                crate::testkit::visit();
            })
            .filter_map(|(id, slot)| Some((*id, self.at(*slot)?)))
            .filter(|(_, executor)| !executor.loss_reason_pending)
            .filter_map(|(id, executor)| Some((id, executor, self.hosts.name(executor.host)?)))
    }

    /// Whether nothing runs on any.
    pub(super) fn is_idle(&self) -> bool {
        self.slots.iter().flatten().all(|executor| executor.running.is_empty())
    }
}
