//! The executors that have offered cores, and what runs on each.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::hosts::{HostId, Hosts};
use crate::{ExecutorId, TaskId, Time};

/// An executor.
#[derive(Clone, Debug)]
pub(super) struct Executor {
    /// Its host.
    pub(super) host: HostId,
    /// Its running attempts, in no order that means anything.
    pub(super) running: Vec<TaskId>,
    /// Set if it is about to leave: it gets no more tasks.
    pub(super) decommission: Option<DecommissionState>,
    /// It is gone, and nobody knows why yet: its tasks wait for the reason.
    pub(super) loss_reason_pending: bool,
}

impl Executor {
    fn is_alive(&self) -> bool {
        self.decommission.is_none() && !self.loss_reason_pending
    }
}

/// What is known of an executor that is about to leave, or has left after that.
#[derive(Clone, Debug)]
pub(super) struct DecommissionState {
    /// Since when.
    pub(super) since: Time,
    /// Its host.
    pub(super) host: Arc<str>,
    /// The host once more if that leaves as well.
    pub(super) worker_host: Option<Arc<str>>,
}

/// The table of executors and their hosts.
#[derive(Clone, Debug)]
pub(super) struct Executors {
    table: BTreeMap<ExecutorId, Executor>,
    pub(super) hosts: Hosts,
    /// Decommissioned ones that have left, the oldest first.
    left: VecDeque<(ExecutorId, DecommissionState)>,
    max_left: usize,
}

impl Executors {
    /// None; remembers at most `max_left` decommissioned ones that have left.
    pub(super) fn new(max_left: u32) -> Self {
        Executors {
            table: BTreeMap::new(),
            hosts: Hosts::default(),
            left: VecDeque::new(),
            max_left: max_left as usize,
        }
    }

    /// One offers cores; whether it is new.
    pub(super) fn meet(&mut self, executor_id: ExecutorId, host: &Arc<str>) -> bool {
        if self.table.contains_key(&executor_id) {
            return false;
        }
        let host = self.hosts.acquire(host);
        self.hosts.set_alive(host, executor_id, true);
        self.table.insert(
            executor_id,
            Executor { host, running: Vec::new(), decommission: None, loss_reason_pending: false },
        );
        true
    }

    /// One is gone for good.
    pub(super) fn remove(&mut self, executor_id: ExecutorId) {
        let Some(executor) = self.table.remove(&executor_id) else { return };
        self.hosts.set_alive(executor.host, executor_id, false);
        self.hosts.release(executor.host);
        if let Some(state) = executor.decommission.filter(|_| self.max_left > 0) {
            if self.left.len() == self.max_left {
                self.left.pop_front();
            }
            self.left.push_back((executor_id, state));
        }
    }

    /// One is gone, and why is being asked.
    pub(super) fn await_loss_reason(&mut self, executor_id: ExecutorId) {
        if let Some(executor) = self.table.get_mut(&executor_id) {
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
        let Some(executor) = self.table.get_mut(&executor_id) else { return false };
        let Some(host) = self.hosts.name(executor.host).cloned() else { return false };
        executor.decommission = Some(DecommissionState { since: now, host, worker_host });
        self.hosts.set_alive(executor.host, executor_id, false);
        true
    }

    /// What is known of one that is about to leave, or has left after that.
    pub(super) fn decommission_state(&self, executor_id: ExecutorId) -> Option<&DecommissionState> {
        match self.table.get(&executor_id) {
            Some(executor) => executor.decommission.as_ref(),
            None => self.left.iter().rev().find(|(id, _)| *id == executor_id).map(|(_, state)| state),
        }
    }

    /// Its host, if it is known or was decommissioned not long ago.
    pub(super) fn host_of(&self, executor_id: ExecutorId) -> Option<&Arc<str>> {
        match self.table.get(&executor_id) {
            Some(executor) => self.hosts.name(executor.host),
            None => self.decommission_state(executor_id).map(|state| &state.host),
        }
    }

    pub(super) fn get(&self, executor_id: ExecutorId) -> Option<&Executor> {
        self.table.get(&executor_id)
    }

    pub(super) fn get_mut(&mut self, executor_id: ExecutorId) -> Option<&mut Executor> {
        self.table.get_mut(&executor_id)
    }

    /// Whether it may get tasks.
    pub(super) fn is_alive(&self, executor_id: ExecutorId) -> bool {
        self.table.get(&executor_id).is_some_and(Executor::is_alive)
    }

    /// Those that have not gone, in order of their ids, with their hosts.
    pub(super) fn present(&self) -> impl Iterator<Item = (ExecutorId, &Executor, &Arc<str>)> {
        self.table
            .iter()
            .filter(|(_, executor)| !executor.loss_reason_pending)
            .filter_map(|(id, executor)| Some((*id, executor, self.hosts.name(executor.host)?)))
    }

    /// Whether nothing runs on any.
    pub(super) fn is_idle(&self) -> bool {
        self.table.values().all(|executor| executor.running.is_empty())
    }
}
