//! The simulated cluster: the control plane's own cores, and a model of everything around them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    dice::Dice,
    executors::SimExecutor,
    export::Export,
    faults::Fault,
    invariants::{Checks, Violation},
    jobs::Jobs,
    plan::Plan,
    queue::Queue,
    recording::Recording,
    tasks::Tasks,
};
use crate::{
    ActorId, ExecutorId, TaskId, Time,
    carrier::ControlPlane,
    core::{Core, Outbox},
    message::{
        AllocationEvent, DagSchedulerMessage, EnqueueSuccessfulTask, ExecutorAllocationMessage,
        ExecutorBackendMessage, Head, Message, RemoveShuffle, ResultGetterMessage,
    },
};

/// On which way a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// Within the driver.
    Driver,
    /// To an executor's process, or within it.
    Within(ExecutorId, u32),
    /// From an executor's process to the driver.
    Up(ExecutorId, u32),
}

/// What is still to happen.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A message arrives.
    Message {
        from: ActorId,
        to: ActorId,
        path: Path,
        message: Message,
        /// Its envelope, if the run is exported.
        head: Option<Box<Head>>,
    },
    /// Something happens in the world around the actors.
    World(Happening),
}

/// What happens in the world around the actors.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// A planned executor starts.
    Join(usize),
    /// An executor that was there before starts again.
    Start(ExecutorId),
    /// A job is submitted.
    Submit(usize),
    /// A fault strikes.
    Strike(usize),
    /// A task has come to the end of what it was doing.
    TaskStep { task_id: TaskId, step: u32 },
    /// A result has been decoded, or could not be fetched.
    Decoded(Box<EnqueueSuccessfulTask>),
    /// The driver notices that a process is gone.
    ConnectionLost { id: ExecutorId, incarnation: u32, rejoins: Option<Duration> },
    /// Another executor takes the place of one that is gone.
    Replace(ExecutorId),
    /// An executor that the cluster manager was asked for is there.
    Granted,
    /// Faults have stopped.
    Heal,
}

/// The simulated cluster.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct World {
    pub(super) plan: Arc<Plan>,
    pub(super) dice: Dice,
    pub(super) now: Time,
    /// The number of the event that is being handled.
    pub(super) seq: u64,
    pub(super) steps: u64,
    pub(super) queue: Queue<Event>,
    pub(super) out: Outbox,
    /// Whose outbox it is.
    pub(super) sender: ActorId,
    pub(super) driver: ControlPlane,
    pub(super) executors: BTreeMap<ExecutorId, SimExecutor>,
    pub(super) next_executor: u32,
    /// How many the cluster manager was asked for.
    pub(super) wanted_executors: u32,
    pub(super) coming_executors: u32,
    pub(super) tasks: Tasks,
    pub(super) jobs: Jobs,
    pub(super) recording: Recording,
    /// What is kept for a trace of the run, if somebody wants one.
    pub(super) export: Option<Box<Export>>,
    #[cfg(test)]
    pub(super) bug: Option<super::bugs::Bug>,
}

impl World {
    pub(crate) fn new(plan: Arc<Plan>) -> Self {
        World::begin(plan, None)
    }

    /// A cluster whose messages are kept for a trace.
    pub(crate) fn exporting(plan: Arc<Plan>) -> Self {
        World::begin(plan, Some(Box::default()))
    }

    fn begin(plan: Arc<Plan>, export: Option<Box<Export>>) -> Self {
        let config = &plan.config;
        let mut driver = ControlPlane::new(config);
        let mut queue = Queue::new();
        for (index, executor) in plan.executors.iter().enumerate() {
            queue.push(executor.joins, Event::World(Happening::Join(index)));
        }
        for (index, job) in plan.jobs.iter().enumerate() {
            queue.push(job.at, Event::World(Happening::Submit(index)));
        }
        for (index, fault) in plan.faults.iter().enumerate() {
            if let Some(at) = fault.at() {
                queue.push(at, Event::World(Happening::Strike(index)));
            }
        }
        queue.push(plan.heals, Event::World(Happening::Heal));
        let mut out = Outbox::new();
        driver.executor_allocation.start(Time::ZERO, &mut out);
        let next_executor = plan.executors.iter().map(|executor| executor.executor_id.0 + 1).max();
        let mut world = World {
            dice: Dice::new(plan.seed),
            now: Time::ZERO,
            seq: 0,
            steps: 0,
            queue,
            out,
            sender: ActorId::ExecutorAllocation,
            driver,
            executors: BTreeMap::new(),
            next_executor: next_executor.unwrap_or(1),
            wanted_executors: 0,
            coming_executors: 0,
            tasks: Tasks::new(&plan),
            jobs: Jobs::new(&plan),
            recording: Recording::default(),
            export,
            #[cfg(test)]
            bug: None,
            plan,
        };
        world.dispatch(&mut Checks::none()).ok();
        world
    }

    /// Lets the next event happen; false if there is none.
    pub(crate) fn step(&mut self, checks: &mut Checks) -> Result<bool, Violation> {
        let Some((now, seq, event)) = self.queue.pop() else { return Ok(false) };
        self.now = now;
        self.happens(seq, event, checks)?;
        Ok(true)
    }

    /// Lets one event happen.
    pub(super) fn happens(&mut self, seq: u64, event: Event, checks: &mut Checks) -> Result<(), Violation> {
        let now = self.now;
        self.seq = seq;
        self.steps += 1;
        match event {
            Event::Message { from, to, path, message, head } => {
                if !self.arrives(path) || self.is_swallowed(to, &message) {
                    return Ok(());
                }
                self.recording.message(now, from, to, &message);
                if let (Some(export), Some(head)) = (&mut self.export, head) {
                    export.message(*head, now, &message);
                }
                checks.message(self, to, &message)?;
                self.sender = to;
                self.deliver(to, message);
            }
            Event::World(happening) => {
                self.recording.happening(now, &happening);
                if let Some(export) = &mut self.export {
                    export.happening(&happening);
                }
                self.happen(happening);
            }
        }
        self.dispatch(checks)?;
        checks.after_event(self)
    }

    /// A silent executor's own clock stands still.
    fn is_swallowed(&self, to: ActorId, message: &Message) -> bool {
        matches!(message, Message::ExecutorBackend(ExecutorBackendMessage::SendHeartbeat(_)))
            && super::network::executor_of(to)
                .and_then(|id| self.executors.get(&id))
                .is_some_and(|executor| executor.is_silent)
    }

    /// Puts on its way what was sent while the event was handled.
    fn dispatch(&mut self, checks: &mut Checks) -> Result<(), Violation> {
        let mut out = std::mem::take(&mut self.out);
        for sending in out.drain() {
            checks.sent(self, self.sender, &sending)?;
            #[cfg(test)]
            let Some(sending) = self.bend(sending) else { continue };
            let due = sending.after.map_or(self.now, |after| self.now + after);
            self.route(self.sender, sending.to, due, sending.message);
        }
        self.out = out;
        Ok(())
    }

    fn deliver(&mut self, to: ActorId, message: Message) {
        let (now, out) = (self.now, &mut self.out);
        let Err(message) = self.driver.handle(now, message, out) else { return };
        match message {
            Message::ExecutorBackend(message) => {
                let id = super::network::executor_of(to);
                if let Some(executor) = id.and_then(|id| self.executors.get_mut(&id)) {
                    executor.core.handle(now, message, out);
                }
            }
            Message::TaskRunner(message) => {
                if let Some(id) = super::network::executor_of(to) {
                    self.on_task_runner(id, message);
                }
            }
            Message::ResultGetter(ResultGetterMessage::EnqueueSuccessfulTask(task)) => {
                self.on_result(Box::new(task));
            }
            Message::JobWaiter(message) => self.jobs.told(&message),
            Message::ListenerBus(event) if self.plan.config.allocation.enabled => {
                let message = ExecutorAllocationMessage::from(AllocationEvent { event });
                self.route(ActorId::ListenerBus, ActorId::ExecutorAllocation, now, message.into());
            }
            Message::ClusterManager(message) => self.on_cluster_manager(message),
            // The others are the driver's.
            _ => {}
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Join(index) => {
                if let Some(planned) = self.plan.executors.get(index) {
                    let (id, machine) = (planned.executor_id, planned.machine.clone());
                    self.start_executor(id, machine);
                }
            }
            Happening::Start(id) => {
                if let Some(machine) = self.executors.get(&id).map(|executor| executor.machine.clone()) {
                    self.start_executor(id, machine);
                }
            }
            Happening::Submit(index) => self.submit(index),
            Happening::Strike(index) => {
                if let Some(fault) = self.plan.faults.get(index).cloned() {
                    self.strike(fault);
                }
            }
            Happening::TaskStep { task_id, step } => self.task_step(task_id, step),
            Happening::Decoded(task) => self.decoded(*task),
            Happening::ConnectionLost { id, incarnation, rejoins } => {
                self.connection_lost(id, incarnation, rejoins);
            }
            Happening::Replace(id) => self.replace_executor(id),
            Happening::Granted => self.granted_executor(),
            Happening::Heal => self.heal(),
        }
    }

    fn strike(&mut self, fault: Fault) {
        super::strikes::strike(self, fault);
    }

    /// Whether nothing of any job is left in any table.
    pub(crate) fn is_idle(&self) -> Result<(), &'static str> {
        let driver = &self.driver;
        let tables = [
            (driver.dag_scheduler.is_idle(), "the DAGScheduler"),
            (driver.task_scheduler.is_idle(), "the TaskScheduler"),
            (driver.driver_endpoint.is_idle(), "the DriverEndpoint"),
            (driver.map_output_tracker.is_idle(), "the MapOutputTracker"),
            (driver.barrier_coordinator.is_idle(), "the BarrierCoordinator"),
            (driver.executor_allocation.is_idle(), "the ExecutorAllocation"),
            (
                self.executors.values().all(|executor| !executor.alive || executor.core.is_idle()),
                "an executor",
            ),
        ];
        tables.iter().find(|(idle, _)| !idle).map_or(Ok(()), |(_, name)| Err(name))
    }

    /// Whether no map output is left anywhere in the driver.
    pub(crate) fn has_no_outputs(&self) -> Result<(), &'static str> {
        let tables = [
            (self.driver.dag_scheduler.has_no_outputs(), "the DAGScheduler"),
            (self.driver.map_output_tracker.is_empty(), "the MapOutputTracker"),
        ];
        tables.iter().find(|(is_empty, _)| !is_empty).map_or(Ok(()), |(_, name)| Err(name))
    }

    /// The program drops all its RDDs: their shuffles are removed, at once.
    pub(crate) fn remove_shuffles(&mut self, checks: &mut Checks) -> Result<(), Violation> {
        let plan = self.plan.clone();
        for shuffle_id in plan.lineage.shuffles.keys().copied() {
            let message = DagSchedulerMessage::from(RemoveShuffle { shuffle_id });
            self.tell_driver(ActorId::DagScheduler, message);
        }
        while self.queue.next_due().is_some_and(|due| due <= self.now) {
            self.step(checks)?;
        }
        Ok(())
    }
}
