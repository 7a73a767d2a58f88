//! The cores of a system, driven from recorded messages.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{Difference, DifferenceKind, ReplayError, Setup};
use crate::{
    ActorId, ExecutorId, Time,
    carrier::{ControlPlane, ExecutorSpec, panic_text},
    core::{Core, Outbox},
    executor_backend::ExecutorBackendCore,
    message::{DriverEndpointMessage, Message, RegisterExecutor},
    trace::{Record, state::State},
};

/// The actors of a replayed system, without a carrier. A clone of it is a snapshot.
#[derive(Clone, Debug)]
pub struct Cores {
    setup: Arc<Setup>,
    /// How many of the setup's executors have started.
    started: usize,
    plane: ControlPlane,
    executors: BTreeMap<ExecutorId, Process>,
}

/// The latest process of an executor.
#[derive(Clone, Debug)]
struct Process {
    core: ExecutorBackendCore,
    incarnation: u32,
    host: String,
    cores: u32,
}

impl Cores {
    /// The cores of this system before it starts.
    pub fn new(setup: Arc<Setup>) -> Self {
        let plane = ControlPlane::new(&setup.config);
        Cores { setup, started: 0, plane, executors: BTreeMap::new() }
    }

    /// Lets an actor handle its next message, as recorded, and forgets what it sends.
    ///
    /// # Errors
    /// [`ReplayError`] if the message was recorded without its payload, its receiver is not known, or panics: then the
    /// cores are of no use any more.
    pub fn take(&mut self, mut record: Record) -> Result<(), ReplayError> {
        let mut out = Outbox::new();
        self.begin(&record, &mut |_, _, _| {});
        let message = record.message.take();
        self.handle(&record, message, &mut out)
    }

    /// The settings and executors.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Starts what had started when this message was handled; shows to `started` who it was, which process of it, and
    /// what it sends.
    pub(crate) fn begin(
        &mut self,
        record: &Record,
        started: &mut impl FnMut(ActorId, u32, (Time, &mut Outbox)),
    ) {
        let setup = self.setup.clone();
        while let Some(start) =
            setup.executors.get(self.started).filter(|start| start.before <= record.number)
        {
            self.started += 1;
            self.start(start.spec.clone(), start.incarnation, start.at, started);
        }
        if Self::may_start(record)
            && let Some(Message::DriverEndpoint(DriverEndpointMessage::RegisterExecutor(register))) =
                &record.message
        {
            let RegisterExecutor { executor_id, hostname, cores, resources, profile_id } = register.clone();
            let incarnation = record.head.id.incarnation;
            if self.incarnation(executor_id).is_none_or(|known| known < incarnation) {
                let spec = ExecutorSpec { executor_id, hostname, cores, resources, profile_id };
                self.start(spec, incarnation, record.head.sent, started);
            }
        }
    }

    /// Whether this is what an executor says first, from which it is known.
    pub(super) fn may_start(record: &Record) -> bool {
        record.kind == "RegisterExecutor" && record.head.cause.is_none()
    }

    /// What the driver's actors send before any message.
    pub(super) fn begin_driver(&mut self, now: Time, out: &mut Outbox) {
        // Of these only one has anything to say.
        self.plane.executor_allocation.start(now, out);
    }

    fn start(
        &mut self,
        spec: ExecutorSpec,
        incarnation: u32,
        now: Time,
        started: &mut impl FnMut(ActorId, u32, (Time, &mut Outbox)),
    ) {
        let (id, host, cores) = (spec.executor_id, spec.hostname.clone(), spec.cores);
        let mut core = spec.core(&self.setup.config);
        let mut out = Outbox::new();
        core.start(now, &mut out);
        self.executors.insert(id, Process { core, incarnation, host, cores });
        started(ActorId::ExecutorBackend(id), incarnation, (now, &mut out));
    }

    /// Lets the receiver handle a message, if it is one of the driven cores; `record` is its head. A panic is an error
    /// that names the message.
    pub(crate) fn handle(
        &mut self,
        record: &Record,
        message: Option<Message>,
        out: &mut Outbox,
    ) -> Result<(), ReplayError> {
        let Record { number, head, handled, .. } = *record;
        if !self.setup.drives(head.to) {
            return Ok(());
        }
        let Some(message) = message else { return Err(ReplayError::NoPayload { number, id: head.id }) };
        let handle = || {
            #[cfg(test)]
            super::tests::panic_if_wanted(head.id);
            self.dispatch(head.to, handled, message, out)
        };
        match catch_unwind(AssertUnwindSafe(handle)) {
            Ok(None) => Ok(()),
            Ok(Some(executor)) => Err(ReplayError::UnknownExecutor { number, id: head.id, executor }),
            Err(payload) => {
                let kind = DifferenceKind::Panicked(panic_text(&*payload));
                Err(ReplayError::Differs(Difference::of_record(record, kind)))
            }
        }
    }

    /// Gives the message to its receiver; the executor, if it is for one that is not there.
    fn dispatch(&mut self, to: ActorId, now: Time, message: Message, out: &mut Outbox) -> Option<ExecutorId> {
        let Err(Message::ExecutorBackend(message)) = self.plane.handle(now, message, out) else {
            return None;
        };
        let ActorId::ExecutorBackend(id) = to else { return None };
        let Some(process) = self.executors.get_mut(&id) else { return Some(id) };
        process.core.handle(now, message, out);
        None
    }

    /// Which process of an executor is there.
    pub(crate) fn incarnation(&self, id: ExecutorId) -> Option<u32> {
        self.executors.get(&id).map(|process| process.incarnation)
    }

    /// The host and the cores of an executor.
    pub(crate) fn executor(&self, id: ExecutorId) -> Option<(&str, u32)> {
        self.executors.get(&id).map(|process| (process.host.as_str(), process.cores))
    }

    pub(crate) fn num_executors(&self) -> usize {
        self.executors.len()
    }

    /// Whether the DriverEndpoint's free, leased and used cores are all cores.
    pub(crate) fn cores_add_up(&self) -> bool {
        self.plane.driver_endpoint.cores_add_up()
    }

    /// The actors whose state can be looked at.
    pub fn actors(&self) -> Vec<ActorId> {
        let driver = [
            ActorId::DagScheduler,
            ActorId::TaskScheduler,
            ActorId::DriverEndpoint,
            ActorId::HeartbeatReceiver,
            ActorId::MapOutputTracker,
            ActorId::BarrierCoordinator,
            ActorId::ExecutorAllocation,
        ];
        let all = driver.into_iter().chain(self.executors.keys().copied().map(ActorId::ExecutorBackend));
        all.filter(|actor| self.setup.drives(*actor)).collect()
    }

    /// The state of an actor, without the settings; `None` for one that is no core, or not there.
    pub fn state(&self, actor: ActorId) -> Option<State> {
        let plane = &self.plane;
        let mut state = match actor {
            ActorId::DagScheduler => State::of(&plane.dag_scheduler),
            ActorId::TaskScheduler => State::of(&plane.task_scheduler),
            ActorId::DriverEndpoint => State::of(&plane.driver_endpoint),
            ActorId::HeartbeatReceiver => State::of(&plane.heartbeat_receiver),
            ActorId::MapOutputTracker => State::of(&plane.map_output_tracker),
            ActorId::BarrierCoordinator => State::of(&plane.barrier_coordinator),
            ActorId::ExecutorAllocation => State::of(&plane.executor_allocation),
            ActorId::ExecutorBackend(id) => State::of(&self.executors.get(&id)?.core),
            _ => return None,
        };
        state.leave_out("config");
        Some(state)
    }

    /// Who still keeps something of a job.
    pub fn busy(&self) -> Vec<ActorId> {
        let plane = &self.plane;
        let is_idle = |actor: &ActorId| match actor {
            ActorId::DagScheduler => plane.dag_scheduler.is_idle(),
            ActorId::TaskScheduler => plane.task_scheduler.is_idle(),
            ActorId::DriverEndpoint => plane.driver_endpoint.is_idle(),
            ActorId::HeartbeatReceiver => plane.heartbeat_receiver.is_idle(),
            ActorId::MapOutputTracker => plane.map_output_tracker.is_idle(),
            ActorId::BarrierCoordinator => plane.barrier_coordinator.is_idle(),
            ActorId::ExecutorAllocation => plane.executor_allocation.is_idle(),
            ActorId::ExecutorBackend(id) => {
                self.executors.get(id).is_none_or(|process| process.core.is_idle())
            }
            _ => true,
        };
        self.actors().into_iter().filter(|actor| !is_idle(actor)).collect()
    }
}
