//! The DriverEndpoint: owns the executors and their cores, offers free ones, sends tasks out.
//!
//! Talks to: the TaskScheduler (ResourceOffers, StatusUpdate, ...), each ExecutorBackend (LaunchTask,
//! KillTask, ...) and the ListenerBus. Hears from the TaskScheduler (ReviveOffers, LaunchTasks, KillTask)
//! and the ExecutorBackends (RegisterExecutor, StatusUpdate, ...). Does not: know stages or choose tasks.
//!
//! An offer is a lease. Offered cores leave `free` until the reply `LaunchTasks` of the same round comes;
//! one round is open at a time, and what asks for offers meanwhile is remembered. For each executor
//! `free + leased + used = total`, always.

mod executors;
mod offers;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ActorId, Config, ExecutorId, OfferRound, Time,
    core::{Core, Outbox},
    message::DriverEndpointMessage,
};
use executors::ExecutorData;

/// The DriverEndpoint's state.
#[derive(Debug)]
pub struct DriverEndpointCore {
    config: Config,
    executors: BTreeMap<ExecutorId, ExecutorData>,
    last_round: OfferRound,
    round_is_open: bool,
    /// ReviveOffers came while a round was open.
    revive_wanted: bool,
    /// Executors whose cores became free while a round was open.
    offer_wanted: BTreeSet<ExecutorId>,
}

impl DriverEndpointCore {
    /// An endpoint without executors.
    pub fn new(config: Config) -> Self {
        DriverEndpointCore {
            config,
            executors: BTreeMap::new(),
            last_round: OfferRound(0),
            round_is_open: false,
            revive_wanted: false,
            offer_wanted: BTreeSet::new(),
        }
    }

    /// Whether every executor's cores add up: free, leased and used are all of them.
    pub fn cores_add_up(&self) -> bool {
        self.executors.values().all(ExecutorData::adds_up)
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
            M::ReviveOffers(_) => {
                self.revive_wanted = true;
                self.make_offers(out);
            }
            M::LaunchTasks(launch) => self.on_launch_tasks(launch, out),
            M::KillTask(kill) => self.on_kill_task(kill, out),
            M::RemoveExecutor(remove) => self.on_remove_executor(now, remove, out),
            M::StopExecutors(_) => self.on_stop_executors(out),
            _ => {}
        }
    }

    fn is_idle(&self) -> bool {
        !self.round_is_open
            && self.offer_wanted.is_empty()
            && self.executors.values().all(ExecutorData::is_idle)
    }
}
