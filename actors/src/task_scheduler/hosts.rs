//! Hosts as numbers, so that lists of tasks by host compare no texts.

use std::{
    collections::{BTreeSet, HashMap},
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::ExecutorId;

/// A host's number while somebody uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HostId(u32);

/// The hosts that executors are on or that task sets prefer.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts {
    /// Only looked up, never walked: its order means nothing.
    ids: HashMap<Arc<str>, HostId, BuildHasherDefault<NameHasher>>,
    hosts: Vec<Host>,
    free: Vec<HostId>,
}

/// Hashes names in the same way in every run.
#[derive(Clone, Debug, Default)]
struct NameHasher(u64);

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[derive(Clone, Debug)]
struct Host {
    name: Arc<str>,
    users: u32,
    /// Its executors that may get tasks.
    alive: BTreeSet<ExecutorId>,
}

impl Hosts {
    /// A host's number; for whoever releases it again.
    pub(super) fn acquire(&mut self, name: &str) -> HostId {
        let id = self.intern(name);
        self.retain(id);
        id
    }

    /// A host's number; for whoever retains it soon.
    pub(super) fn intern(&mut self, name: &str) -> HostId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let name: Arc<str> = name.into();
        let host = Host { name: name.clone(), users: 0, alive: BTreeSet::new() };
        let id = match self.free.pop() {
            Some(id) => {
                if let Some(slot) = self.host_mut(id) {
                    *slot = host;
                }
                id
            }
            None => {
                self.hosts.push(host);
                HostId(self.hosts.len() as u32 - 1)
            }
        };
        self.ids.insert(name, id);
        id
    }

    /// One more uses a host.
    pub(super) fn retain(&mut self, id: HostId) {
        if let Some(host) = self.host_mut(id) {
            host.users += 1;
        }
    }

    /// Gives a number back that [`acquire`](Self::acquire) gave.
    pub(super) fn release(&mut self, id: HostId) {
        let Some(host) = self.host_mut(id) else { return };
        host.users -= 1;
        if host.users == 0 {
            let name = host.name.clone();
            self.ids.remove(&name);
            self.free.push(id);
        }
    }

    /// A host's name.
    pub(super) fn name(&self, id: HostId) -> Option<&Arc<str>> {
        self.hosts.get(id.0 as usize).map(|host| &host.name)
    }

    /// Its executors that may get tasks.
    pub(super) fn alive(&self, id: HostId) -> impl Iterator<Item = ExecutorId> + '_ {
        self.hosts.get(id.0 as usize).into_iter().flat_map(|host| host.alive.iter().copied())
    }

    /// Whether it has any.
    pub(super) fn has_alive(&self, id: HostId) -> bool {
        self.hosts.get(id.0 as usize).is_some_and(|host| !host.alive.is_empty())
    }

    /// Notes whether an executor of a host may get tasks.
    pub(super) fn set_alive(&mut self, id: HostId, executor_id: ExecutorId, alive: bool) {
        let Some(host) = self.host_mut(id) else { return };
        if alive {
            host.alive.insert(executor_id);
        } else {
            host.alive.remove(&executor_id);
        }
    }

    fn host_mut(&mut self, id: HostId) -> Option<&mut Host> {
        self.hosts.get_mut(id.0 as usize)
    }
}
