//! Tasks that wait, by the places that they prefer (`spark-semantics` 8.5 and 9).
//!
//! Each list is a stack: low indices are on top at first, a task that failed goes on top. A task is in several
//! lists; when it is launched from one, its entries in the others go stale, and are dropped when they come up.

use std::collections::BTreeMap;

use super::{Place, tasks::Tasks};
use crate::{
    ExecutorId,
    lineage::TaskLocation,
    message::TaskLocality,
    task_scheduler::{
        executors::Executors,
        hosts::{HostId, Hosts},
    },
};

/// Lists of waiting tasks.
///
/// There are none for racks: nothing tells in which rack a host is, so RACK_LOCAL is never a level.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    by_executor: BTreeMap<ExecutorId, Vec<u32>>,
    by_host: BTreeMap<HostId, Vec<u32>>,
    no_preference: Vec<u32>,
    all: Vec<u32>,
    /// No task prefers a place: only `all` is used, and no time is spent on places.
    pub(super) is_plain: bool,
}

impl Pending {
    /// Empty lists.
    pub(super) fn new(is_plain: bool) -> Self {
        Pending { is_plain, ..Pending::default() }
    }

    /// All tasks wait, none of which prefers a place.
    pub(super) fn plain(tasks: u32) -> Self {
        Pending { all: (0..tasks).rev().collect(), is_plain: true, ..Pending::default() }
    }

    /// A task waits. Hosts that it prefers are interned: whoever adds the first tasks retains them.
    pub(super) fn push(&mut self, index: u32, locations: &[TaskLocation], hosts: &mut Hosts) {
        self.all.push(index);
        if self.is_plain {
            return;
        }
        if locations.is_empty() {
            self.no_preference.push(index);
        }
        for location in locations {
            let host = hosts.intern(location.host());
            match location {
                TaskLocation::Host(_) => {}
                TaskLocation::Executor { executor_id, .. } => {
                    self.by_executor.entry(*executor_id).or_default().push(index);
                }
                // The cache is as near to each executor of its host.
                TaskLocation::HdfsCache(_) => {
                    for executor_id in hosts.alive(host) {
                        self.by_executor.entry(executor_id).or_default().push(index);
                    }
                }
            }
            self.by_host.entry(host).or_default().push(index);
        }
    }

    /// Takes a task for a place, not farther from its data than `allowed`. `skips` are tasks that may not run there
    /// and stay; `starts` tells those that are not stale.
    pub(super) fn take(
        &mut self,
        place: &Place,
        allowed: TaskLocality,
        skips: impl Fn(u32) -> bool,
        starts: impl Fn(u32) -> bool,
    ) -> Option<(u32, TaskLocality)> {
        use TaskLocality as L;
        let pop = |list: &mut Vec<u32>| pop(list, &skips, &starts);
        if self.is_plain {
            return if allowed >= L::NoPref {
                pop(&mut self.all).map(|index| (index, L::ProcessLocal))
            } else {
                None
            };
        }
        if let Some(index) = self.by_executor.get_mut(&place.executor_id).and_then(pop) {
            return Some((index, L::ProcessLocal));
        }
        if allowed >= L::NodeLocal
            && let Some(index) = self.by_host.get_mut(&place.host).and_then(pop)
        {
            return Some((index, L::NodeLocal));
        }
        if allowed >= L::NoPref
            && let Some(index) = pop(&mut self.no_preference)
        {
            // A task without a preference is reported so.
            return Some((index, L::ProcessLocal));
        }
        if allowed < L::Any {
            return None;
        }
        pop(&mut self.all).map(|index| (index, L::Any))
    }

    /// Whether tasks wait that prefer a place of this level (SPARK-4939). Drops stale entries on the way, so each
    /// is paid for once.
    pub(super) fn has_more(&mut self, level: TaskLocality, tasks: &Tasks) -> bool {
        match level {
            TaskLocality::ProcessLocal => any_waits(&mut self.by_executor, tasks),
            TaskLocality::NodeLocal => any_waits(&mut self.by_host, tasks),
            TaskLocality::NoPref if self.is_plain => tasks.num_waiting() > 0,
            TaskLocality::NoPref => !self.no_preference.is_empty(),
            TaskLocality::RackLocal | TaskLocality::Any => false,
        }
    }

    /// The levels at which a task may be launched now; costs the places that tasks prefer until one is alive.
    pub(super) fn levels(&self, executors: &Executors) -> Vec<TaskLocality> {
        let mut levels = Vec::with_capacity(4);
        if self.by_executor.keys().any(|id| executors.is_alive(*id)) {
            levels.push(TaskLocality::ProcessLocal);
        }
        if self.by_host.keys().any(|host| executors.hosts.has_alive(*host)) {
            levels.push(TaskLocality::NodeLocal);
        }
        if self.is_plain || !self.no_preference.is_empty() {
            levels.push(TaskLocality::NoPref);
        }
        levels.push(TaskLocality::Any);
        levels
    }

    /// The hosts that tasks prefer.
    pub(super) fn hosts(&self) -> impl Iterator<Item = HostId> + '_ {
        self.by_host.keys().copied()
    }

    /// The task that waits and was added last.
    pub(super) fn last_waiting(&mut self, tasks: &Tasks) -> Option<u32> {
        trim(&mut self.all, tasks);
        self.all.last().copied()
    }
}

/// Takes the topmost entry that is neither stale nor to be skipped; drops the stale ones above it.
fn pop(list: &mut Vec<u32>, skips: impl Fn(u32) -> bool, starts: impl Fn(u32) -> bool) -> Option<u32> {
    let mut at = list.len();
    while at > 0 {
        at -= 1;
        #[cfg(test)]
        crate::testkit::visit();
        let index = *list.get(at)?;
        if skips(index) {
            continue;
        }
        list.remove(at);
        if starts(index) {
            return Some(index);
        }
    }
    None
}

fn trim(list: &mut Vec<u32>, tasks: &Tasks) {
    while list.last().is_some_and(|index| !tasks.is_waiting(*index)) {
        #[cfg(test)]
        crate::testkit::visit();
        list.pop();
    }
}

fn any_waits<K: Ord>(lists: &mut BTreeMap<K, Vec<u32>>, tasks: &Tasks) -> bool {
    while let Some(mut entry) = lists.first_entry() {
        trim(entry.get_mut(), tasks);
        if !entry.get().is_empty() {
            return true;
        }
        entry.remove();
    }
    false
}
