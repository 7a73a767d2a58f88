//! The DriverEndpoint: owns the executors and their cores, offers free ones, sends tasks out.
//!
//! Talks to: the TaskScheduler (ResourceOffers, StatusUpdate, ...), each ExecutorBackend (LaunchTask,
//! KillTask, ...), the DAGScheduler (MaxConcurrentTasks), the HeartbeatReceiver (who is there), the
//! ExecutorAllocation and the ClusterManager (how many executors there are to be), and the ListenerBus. Hears from
//! all of them but the last. Does not: know stages or choose tasks.
//!
//! An offer is a lease. Offered cores leave `free` until the reply `LaunchTasks` of the same round comes;
//! one round is open at a time, and what asks for offers meanwhile is remembered. For each executor
//! `free + leased + used = total`, always, and the same for each address of each resource.
//!
//! # Cost
//! A StatusUpdate costs a few look-ups. A ReviveOffers costs the executors that have free cores, and nothing if none
//! has. Only these cost all executors: GetMaxConcurrentTasks, UpdateDelegationTokens and StopExecutors. What
//! concerns a host costs the executors of that host.

mod decommission;
mod executor_data;
mod offers;
mod registration;
mod removal;
mod requests;
mod share;
mod status;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use crate::{
    ActorId, Config, ExecutorId, OfferRound, Time,
    core::{Core, Outbox},
    message::{
        ClusterManager, DriverEndpointMessage, ExecutorAllocation, RequestTotalExecutors, Secret,
        TaskScheduler, TaskWorkerRemoved,
    },
};
use decommission::DecommissionInfo;
use executor_data::ExecutorData;

/// The DriverEndpoint's state.
#[derive(Clone, Debug)]
pub struct DriverEndpointCore {
    config: Config,
    executors: BTreeMap<ExecutorId, ExecutorData>,
    /// The executors of each host that has any.
    hosts: BTreeMap<Arc<str>, BTreeSet<ExecutorId>>,
    /// Executors with free cores that may be offered.
    offerable: BTreeSet<ExecutorId>,
    last_round: OfferRound,
    round_is_open: bool,
    /// ReviveOffers came while a round was open.
    revive_wanted: bool,
    /// Executors whose cores became free while a round was open.
    offer_wanted: BTreeSet<ExecutorId>,
    /// Executors to be killed after the open round, unless it gives them tasks.
    kill_wanted: BTreeSet<ExecutorId>,
    /// A copy of the TaskScheduler's.
    excluded_nodes: BTreeSet<Arc<str>>,
    /// Executors that were to leave before they had registered, with the reason: the latest ones.
    early_decommissions: VecDeque<(ExecutorId, DecommissionInfo)>,
    /// The latest, for executors that register later.
    delegation_tokens: Option<Secret>,
}

impl DriverEndpointCore {
    /// An endpoint without executors.
    pub fn new(config: Config) -> Self {
        DriverEndpointCore {
            config,
            executors: BTreeMap::new(),
            hosts: BTreeMap::new(),
            offerable: BTreeSet::new(),
            last_round: OfferRound(0),
            round_is_open: false,
            revive_wanted: false,
            offer_wanted: BTreeSet::new(),
            kill_wanted: BTreeSet::new(),
            excluded_nodes: BTreeSet::new(),
            early_decommissions: VecDeque::new(),
            delegation_tokens: None,
        }
    }

    /// Whether every executor's cores and resources add up: free, leased and used are all of them.
    pub fn cores_add_up(&self) -> bool {
        self.executors.values().all(ExecutorData::adds_up)
    }

    /// The executors of a host, by id.
    fn executors_on(&self, host: &str) -> Vec<ExecutorId> {
        self.hosts.get(host).into_iter().flatten().copied().collect()
    }
}

impl Core for DriverEndpointCore {
    type Message = DriverEndpointMessage;

    fn actor(&self) -> ActorId {
        ActorId::DriverEndpoint
    }

    fn handle(&mut self, now: Time, message: DriverEndpointMessage, out: &mut Outbox) {
        use DriverEndpointMessage as M;
        match message {
            M::RegisterExecutor(register) => self.on_register_executor(now, register, out),
            M::LaunchedExecutor(launched) => self.on_launched_executor(launched.executor_id, out),
            M::StatusUpdate(update) => self.on_status_update(update, out),
            M::ReviveOffers(_) => self.on_revive_offers(out),
            M::LaunchTasks(launch) => self.on_launch_tasks(now, launch, out),
            M::KillTask(kill) => self.on_kill_task(kill, out),
            M::RemoveExecutor(remove) => self.on_remove_executor(now, remove, out),
            M::KillExecutors(kill) => self.on_kill_executors(now, kill, out),
            M::KillExecutorsOnHost(kill) => self.on_kill_executors_on_host(now, &kill.host, out),
            M::DecommissionExecutors(leave) => self.on_decommission_executors(leave, out),
            M::DecommissionExecutorsOnHost(leave) => {
                self.on_decommission_executors_on_host(&leave.host, out);
            }
            M::ExecutorDecommissioning(leaves) => {
                self.on_executor_decommissioning(leaves.executor_id, out);
            }
            M::RemoveWorker(remove) => {
                let (worker_id, host, message) = (remove.worker_id, remove.host, remove.message);
                out.send(TaskScheduler, TaskWorkerRemoved { worker_id, host, message });
            }
            M::ExcludedNodesChanged(changed) => self.excluded_nodes = changed.nodes,
            M::GetMaxConcurrentTasks(get) => self.on_get_max_concurrent_tasks(&get, out),
            M::RequestExecutors(request) => {
                out.send(ClusterManager, RequestTotalExecutors { total: request.total });
            }
            M::RequestAcknowledged(acknowledged) => out.send(ExecutorAllocation, acknowledged),
            M::UpdateDelegationTokens(update) => self.on_update_delegation_tokens(update, out),
            M::StopExecutors(_) => self.on_stop_executors(out),
        }
    }

    fn is_idle(&self) -> bool {
        !self.round_is_open
            && self.offer_wanted.is_empty()
            && self.executors.values().all(ExecutorData::is_idle)
    }
}
