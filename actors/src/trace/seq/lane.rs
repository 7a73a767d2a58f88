//! Who takes part in a diagram, and in which order.

use std::{cmp::Ordering, fmt};

use serde::{Serialize, Serializer};

use crate::ActorId;

/// A column of a diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// One actor.
    One(ActorId),
    /// All executors' ExecutorBackends.
    Executors,
    /// All executors' task threads.
    TaskRunners,
    /// All that wait for jobs.
    JobWaiters,
    /// All hosts.
    Hosts,
}

impl Lane {
    /// The lane of all of its kind.
    pub(super) fn gathered(self) -> Lane {
        match self {
            Lane::One(ActorId::ExecutorBackend(_)) => Lane::Executors,
            Lane::One(ActorId::TaskRunner(_)) => Lane::TaskRunners,
            Lane::One(ActorId::JobWaiter(_)) => Lane::JobWaiters,
            Lane::One(ActorId::Host(_)) => Lane::Hosts,
            other => other,
        }
    }

    /// Whether `other` is in this lane, which gathers several.
    pub(super) fn holds(self, other: Lane) -> bool {
        self == other.gathered()
    }

    /// From those that ask to those that are asked, then those that are told: the kind, and an executor's task threads
    /// beside it.
    fn order(self) -> (u32, u32, u32) {
        match self {
            Lane::Hosts => (0, 0, 0),
            Lane::One(ActorId::Host(number)) => (0, number, 0),
            Lane::One(ActorId::DagScheduler) => (1, 0, 0),
            Lane::One(ActorId::TaskScheduler) => (2, 0, 0),
            Lane::One(ActorId::DriverEndpoint) => (3, 0, 0),
            Lane::Executors => (4, 0, 0),
            Lane::TaskRunners => (4, 0, 1),
            Lane::One(ActorId::ExecutorBackend(id)) => (4, id.0, 0),
            Lane::One(ActorId::TaskRunner(id)) => (4, id.0, 1),
            Lane::One(ActorId::ResultGetter) => (5, 0, 0),
            Lane::One(ActorId::MapOutputTracker) => (6, 0, 0),
            Lane::One(ActorId::HeartbeatReceiver) => (7, 0, 0),
            Lane::One(ActorId::BarrierCoordinator) => (8, 0, 0),
            Lane::One(ActorId::ExecutorAllocation) => (9, 0, 0),
            Lane::One(ActorId::ClusterManager) => (10, 0, 0),
            Lane::JobWaiters => (11, 0, 0),
            Lane::One(ActorId::JobWaiter(job)) => (11, job.0, 0),
            Lane::One(ActorId::ListenerBus) => (12, 0, 0),
        }
    }
}

impl Ord for Lane {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Lane {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lane::One(actor) => actor.fmt(f),
            Lane::Executors => f.pad("Executor-*"),
            Lane::TaskRunners => f.pad("TaskRunner-*"),
            Lane::JobWaiters => f.pad("JobWaiter-*"),
            Lane::Hosts => f.pad("Host-*"),
        }
    }
}

impl Serialize for Lane {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
