//! What the DriverEndpoint knows of one executor.

use std::{collections::BTreeMap, sync::Arc};

use super::{decommission::DecommissionInfo, share::Share};
use crate::{
    TaskId,
    resources::{ProfileId, Resources},
};

/// An executor. What it has moves between `free`, `leased` and the running tasks, and nothing is made or lost on
/// the way.
#[derive(Clone, Debug)]
pub(super) struct ExecutorData {
    pub(super) host: Arc<str>,
    pub(super) profile_id: ProfileId,
    /// As registered.
    pub(super) total: Share,
    /// Until it says so, nothing of it is free (SPARK-29287).
    is_ready: bool,
    pub(super) free: Share,
    pub(super) leased: Share,
    /// The cores that each attempt took; attempts in rising order, as ids are given. Apart from the resources, which
    /// few tasks take, so that looking for one touches little memory.
    running: Vec<(TaskId, u32)>,
    /// The resources of those attempts that took any.
    running_resources: BTreeMap<TaskId, Resources>,
    /// Why it is to leave, if it is.
    pub(super) decommission: Option<DecommissionInfo>,
    /// It is gone, but nobody knows yet why.
    pub(super) is_reason_pending: bool,
}

impl ExecutorData {
    pub(super) fn new(host: Arc<str>, profile_id: ProfileId, total: Share) -> Self {
        ExecutorData {
            host,
            profile_id,
            total,
            is_ready: false,
            free: Share::default(),
            leased: Share::default(),
            running: Vec::new(),
            running_resources: BTreeMap::new(),
            decommission: None,
            is_reason_pending: false,
        }
    }

    /// Now all that it has is free; false if it was said before.
    pub(super) fn get_ready(&mut self) -> bool {
        if self.is_ready {
            return false;
        }
        self.is_ready = true;
        self.free = self.total.clone();
        true
    }

    /// Whether it is to get tasks.
    pub(super) fn is_active(&self) -> bool {
        self.decommission.is_none() && !self.is_reason_pending
    }

    /// Whether a round may offer something of it.
    pub(super) fn is_offerable(&self) -> bool {
        self.free.cores > 0 && self.is_active()
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.running.is_empty()
    }

    /// Whether something of it is in the open round.
    pub(super) fn has_lease(&self) -> bool {
        self.leased != Share::default()
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.has_lease() && !self.is_busy()
    }

    /// Puts all that is free on lease.
    pub(super) fn lease(&mut self) -> Share {
        let leased = std::mem::take(&mut self.free);
        self.leased.add(&leased);
        leased
    }

    /// Ends the lease of a part that no task took. One that is not on lease belongs to an earlier executor of
    /// this id.
    pub(super) fn give_back(&mut self, part: &Share) {
        if self.leased.contains(part) {
            self.leased.subtract(part);
            self.free.add(part);
        }
    }

    /// A task takes a part that is on lease; the task's id names what it took.
    pub(super) fn start(&mut self, task_id: TaskId, part: Share) {
        self.leased.subtract(&part);
        let at = self.running.partition_point(|(running, _)| *running < task_id);
        self.running.insert(at, (task_id, part.cores));
        if !part.resources.is_empty() {
            self.running_resources.insert(task_id, part.resources);
        }
    }

    /// A task gives back what it took; false if it runs not here, or no more.
    pub(super) fn end(&mut self, task_id: TaskId) -> bool {
        let Ok(at) = self.running.binary_search_by_key(&task_id, |(running, _)| *running) else {
            return false;
        };
        let (_, cores) = self.running.remove(at);
        let resources = self.running_resources.remove(&task_id).unwrap_or_default();
        self.free.add(&Share { cores, resources });
        true
    }

    /// Whether free, leased and used are all that it has.
    pub(super) fn adds_up(&self) -> bool {
        let mut sum = self.free.clone();
        sum.add(&self.leased);
        sum.cores += self.running.iter().map(|(_, cores)| cores).sum::<u32>();
        for resources in self.running_resources.values() {
            sum.add(&Share { cores: 0, resources: resources.clone() });
        }
        sum == if self.is_ready { self.total.clone() } else { Share::default() }
    }

    /// Cores of its running tasks.
    #[cfg(test)]
    pub(super) fn used(&self) -> u32 {
        self.running.iter().map(|(_, cores)| cores).sum()
    }
}
