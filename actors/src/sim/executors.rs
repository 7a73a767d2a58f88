//! Executor processes: they start, register, hold map outputs, die, and may come back with the same id.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    dice::Span,
    network::Link,
    plan::Machine,
    resources::gpus,
    world::{Event, Happening, World},
};
use crate::{
    ActorId, ExecutorId, ShuffleId, TaskId,
    carrier::ExecutorSpec,
    core::Core,
    executor_backend::ExecutorBackendCore,
    map_outputs::MapOutputTrackerWorker,
    message::{
        ClusterManagerMessage, ExecutorLossReason, RemoveExecutor, RequestAcknowledged, RequestTotalExecutors,
    },
    resources::ProfileId,
};

/// How long it takes until another executor is in the place of one that is gone.
const REPLACING: Span = (Duration::from_millis(20), Duration::from_millis(200));

/// One executor process, alive or the last one of its id.
#[derive(Clone, Debug)]
pub(crate) struct SimExecutor {
    pub(super) core: ExecutorBackendCore,
    pub(super) machine: Machine,
    /// Which process of this id, from 0.
    pub(super) incarnation: u32,
    pub(super) alive: bool,
    /// Whether what a dead process had sent still arrives.
    pub(super) flushes: bool,
    pub(super) is_silent: bool,
    /// Whether another has taken its place.
    pub(super) is_replaced: bool,
    pub(super) link: Link,
    pub(super) running: BTreeSet<TaskId>,
    pub(super) used_cores: u32,
    /// The map outputs that it holds, with the attempts that made them.
    pub(super) outputs: BTreeMap<(ShuffleId, u32), TaskId>,
    /// What it knows of map outputs.
    pub(super) tracker: MapOutputTrackerWorker,
}

impl SimExecutor {
    pub(super) fn is_alive(&self, incarnation: u32) -> bool {
        self.alive && self.incarnation == incarnation
    }
}

impl World {
    /// Starts a process; one of this id may have been there before.
    pub(super) fn start_executor(&mut self, id: ExecutorId, machine: Machine) {
        let (incarnation, outputs) = match self.executors.get_mut(&id) {
            Some(executor) if executor.alive => return,
            // What a shuffle service has kept is still there.
            Some(executor) => (executor.incarnation + 1, std::mem::take(&mut executor.outputs)),
            None => (0, BTreeMap::new()),
        };
        self.next_executor = self.next_executor.max(id.0 + 1);
        let mut core = ExecutorBackendCore::new(id, machine.host.to_string(), machine.cores)
            .with_resources(gpus(machine.gpus), machine.profile_id);
        if let Some(export) = &mut self.export {
            let mut spec = ExecutorSpec::new(id, machine.host.to_string(), machine.cores);
            (spec.resources, spec.profile_id) = (gpus(machine.gpus), machine.profile_id);
            export.started(spec, incarnation, self.now);
        }
        if self.plan.config.heartbeat.enabled {
            core = core.with_heartbeats(self.plan.config.heartbeat.clone());
        }
        let executor = SimExecutor {
            core,
            machine,
            incarnation,
            alive: true,
            flushes: false,
            is_silent: false,
            is_replaced: false,
            link: Link::default(),
            running: BTreeSet::new(),
            used_cores: 0,
            outputs,
            tracker: MapOutputTrackerWorker::new(),
        };
        self.executors.insert(id, executor);
        if let Some(executor) = self.executors.get_mut(&id) {
            executor.core.start(self.now, &mut self.out);
        }
        self.sender = ActorId::ExecutorBackend(id);
    }

    /// Ends a process: what runs there vanishes, what it holds is lost, and the driver notices in a while.
    pub(super) fn end_executor(&mut self, id: ExecutorId, flushes: bool, rejoins: Option<Duration>) {
        let Some(executor) = self.executors.get_mut(&id).filter(|executor| executor.alive) else { return };
        executor.alive = false;
        executor.flushes = flushes;
        executor.used_cores = 0;
        // What a shuffle service keeps, it serves on behalf of the executor that is gone.
        if !self.plan.config.shuffle.service_enabled {
            executor.outputs.clear();
        }
        self.tasks.cached.values_mut().for_each(|executors| {
            executors.remove(&id);
        });
        for task in std::mem::take(&mut executor.running) {
            self.tasks.vanish(task);
        }
        let incarnation = executor.incarnation;
        let about = [0x22, u64::from(id.0), u64::from(incarnation)];
        // The end of the connection comes behind all that it carried.
        let noticed = executor.link.up.max(self.now) + self.dice.duration(self.plan.link, &about);
        let rejoins = rejoins.filter(|_| self.now < self.plan.heals);
        self.queue.push(noticed, Event::World(Happening::ConnectionLost { id, incarnation, rejoins }));
        self.keep_number_of_executors();
        if rejoins.is_none() && self.now >= self.plan.heals {
            // Not at once: a host on which executors are refused would be tried without end.
            let takes = self.dice.duration(REPLACING, &about);
            self.queue.push(noticed + takes, Event::World(Happening::Replace(id)));
        }
    }

    pub(super) fn connection_lost(&mut self, id: ExecutorId, incarnation: u32, rejoins: Option<Duration>) {
        let Some(executor) = self.executors.get_mut(&id) else { return };
        if executor.incarnation != incarnation {
            return;
        }
        executor.flushes = false;
        let reason = ExecutorLossReason::process_lost(
            "Remote RPC client disassociated. Likely due to network issues.",
        );
        let message = RemoveExecutor { executor_id: id, reason };
        self.tell_driver(ActorId::DriverEndpoint, crate::message::DriverEndpointMessage::from(message));
        if let Some(after) = rejoins {
            self.queue.push(self.now + after, Event::World(Happening::Start(id)));
        }
    }

    /// Faults have stopped: every executor that is gone gets a successor, with an id of its own.
    pub(super) fn heal(&mut self) {
        let gone: Vec<ExecutorId> =
            self.executors.iter().filter(|(_, executor)| !executor.alive).map(|(id, _)| *id).collect();
        for id in gone {
            self.queue.push(self.now, Event::World(Happening::Replace(id)));
        }
    }

    /// A new executor like one that is gone.
    pub(super) fn replace_executor(&mut self, id: ExecutorId) {
        if self.plan.config.allocation.enabled {
            return;
        }
        let executor = self.executors.get_mut(&id);
        let Some(executor) = executor.filter(|executor| !executor.alive && !executor.is_replaced) else {
            return;
        };
        executor.is_replaced = true;
        let machine = executor.machine.clone();
        self.start_executor(ExecutorId(self.next_executor), machine);
    }

    /// What the cluster manager does.
    pub(super) fn on_cluster_manager(&mut self, message: ClusterManagerMessage) {
        match message {
            ClusterManagerMessage::RequestTotalExecutors(RequestTotalExecutors { total }) => {
                self.wanted_executors = total;
                self.keep_number_of_executors();
                let reply = RequestAcknowledged { total, accepted: true };
                self.tell_driver(ActorId::DriverEndpoint, crate::message::DriverEndpointMessage::from(reply));
            }
            ClusterManagerMessage::EndExecutors(end) => {
                for id in end.executor_ids {
                    self.end_executor(id, true, None);
                }
            }
        }
    }

    /// The cluster manager starts executors as long as there are fewer than were asked for.
    fn keep_number_of_executors(&mut self) {
        let alive = self.executors.values().filter(|executor| executor.alive).count() as u32;
        for _ in (alive + self.coming_executors)..self.wanted_executors {
            self.coming_executors += 1;
            let about = [0x33, u64::from(self.next_executor), u64::from(self.coming_executors)];
            let takes = self.dice.duration((Duration::from_millis(5), Duration::from_millis(100)), &about);
            self.queue.push(self.now + takes, Event::World(Happening::Granted));
        }
    }

    /// An executor that the cluster manager was asked for starts.
    pub(super) fn granted_executor(&mut self) {
        self.coming_executors = self.coming_executors.saturating_sub(1);
        let id = ExecutorId(self.next_executor);
        let host = format!("host{}", id.0 % 3).into();
        let machine = Machine { host, cores: 2, gpus: 0, profile_id: ProfileId::DEFAULT };
        self.start_executor(id, machine);
    }

    /// Sends a message of the outside world to an actor of the driver.
    pub(super) fn tell_driver(&mut self, to: ActorId, message: impl Into<crate::message::Message>) {
        let (now, message) = (self.now, message.into());
        #[cfg(test)]
        let Some((to, message)) = self.bend_from_outside(to, message) else { return };
        self.route(ActorId::Host(0), to, now, message);
    }
}
