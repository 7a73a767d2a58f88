//! A system on the loop.

use std::{
    collections::{BTreeMap, VecDeque},
    future::Future,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use thiserror::Error;

use super::event_queue::EventQueue;
use crate::{
    ActorId, Config, ExecutorId, SystemError, Time,
    allocation::ExecutorAllocationCore,
    barrier::BarrierCoordinatorCore,
    carrier::{
        Application, Door, Observer, Port, Sender, SystemHandle, TaskControl,
        actix::{decode, run_caught},
        control_plane::ControlPlane,
        span,
    },
    core::{Core, Outbox},
    dag_scheduler::DagSchedulerCore,
    driver_endpoint::DriverEndpointCore,
    executor_backend::ExecutorBackendCore,
    heartbeat::HeartbeatReceiverCore,
    map_outputs::MapOutputTrackerCore,
    message::{
        Address, Addressed, ExecutorBackend, ExecutorBackendMessage, Head, Message, MessageId, MessageRef,
        ResultGetterMessage, StatusUpdate, TaskDescription, TaskRunnerMessage, TaskScheduler, TaskStatus,
    },
    task_scheduler::TaskSchedulerCore,
};

/// The body waits for something that never comes: every message and timer has been handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the body waits, but no message and no timer is left ({messages} were handled, virtual time {time})")]
pub struct Stalled {
    /// Messages handled until then.
    pub messages: u64,
    /// The virtual time.
    pub time: Time,
}

struct Actor<C> {
    core: C,
    sender: Sender,
}

impl<C: Core> Actor<C> {
    fn new(core: C) -> Self {
        Actor { sender: Sender::new(core.actor()), core }
    }
}

/// Where messages from outside wait until the loop takes them.
#[derive(Default)]
struct Entrance {
    waiting: Mutex<VecDeque<(Head, Addressed)>>,
    now: AtomicU64,
    ended: AtomicBool,
}

impl Port for Entrance {
    fn now(&self) -> Time {
        Time(self.now.load(Ordering::Relaxed))
    }

    fn post(&self, head: Head, message: Addressed) -> Result<(), SystemError> {
        if self.ended.load(Ordering::Relaxed) {
            return Err(SystemError::Stopped);
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back((head, message));
        Ok(())
    }
}

/// A system whose actors, tasks and waiting program take turns on the caller's thread.
pub struct SimSystem {
    application: Arc<dyn Application>,
    door: Arc<Door>,
    entrance: Arc<Entrance>,
    handle: SystemHandle,
    events: EventQueue,
    now: Time,
    handled: u64,
    random: u64,
    dag_scheduler: Actor<DagSchedulerCore>,
    task_scheduler: Actor<TaskSchedulerCore>,
    driver_endpoint: Actor<DriverEndpointCore>,
    heartbeat_receiver: Actor<HeartbeatReceiverCore>,
    map_output_tracker: Actor<MapOutputTrackerCore>,
    barrier_coordinator: Actor<BarrierCoordinatorCore>,
    executor_allocation: Actor<ExecutorAllocationCore>,
    executors: BTreeMap<ExecutorId, Actor<ExecutorBackendCore>>,
    runners: BTreeMap<ExecutorId, Sender>,
    result_getter: Sender,
}

impl SimSystem {
    /// A system around `application` with these executors (id and cores). The seed decides how long tasks
    /// take, and so in which order they end.
    pub fn new(
        application: Arc<dyn Application>,
        config: Config,
        executors: &[(ExecutorId, u32)],
        seed: u64,
    ) -> Self {
        let door = Arc::new(Door::default());
        let entrance = Arc::new(Entrance::default());
        let handle = SystemHandle::new(entrance.clone(), door.clone());
        let actor = |(id, cores): &(ExecutorId, u32)| {
            (*id, Actor::new(ExecutorBackendCore::new(*id, "localhost", *cores)))
        };
        let runner = |(id, _): &(ExecutorId, u32)| (*id, Sender::new(ActorId::TaskRunner(*id)));
        let plane = ControlPlane::new(&config);
        let mut system = SimSystem {
            application,
            door,
            entrance,
            handle,
            events: EventQueue::default(),
            now: Time::ZERO,
            handled: 0,
            // splitmix64 needs no special seed.
            random: seed,
            dag_scheduler: Actor::new(plane.dag_scheduler),
            task_scheduler: Actor::new(plane.task_scheduler),
            driver_endpoint: Actor::new(plane.driver_endpoint),
            heartbeat_receiver: Actor::new(plane.heartbeat_receiver),
            map_output_tracker: Actor::new(plane.map_output_tracker),
            barrier_coordinator: Actor::new(plane.barrier_coordinator),
            executor_allocation: Actor::new(plane.executor_allocation),
            executors: executors.iter().map(actor).collect(),
            runners: executors.iter().map(runner).collect(),
            result_getter: Sender::new(ActorId::ResultGetter),
        };
        let ids: Vec<ExecutorId> = system.executors.keys().copied().collect();
        for id in ids {
            let Some(actor) = system.executors.get_mut(&id) else { continue };
            let mut out = Outbox::new();
            actor.core.start(Time::ZERO, &mut out);
            carry_out(&mut system.events, &mut actor.sender, &mut out, None, Time::ZERO);
        }
        system
    }

    /// Sends messages into the system and observes it.
    pub fn handle(&self) -> &SystemHandle {
        &self.handle
    }

    /// Shows every message to `observer` from now on.
    pub fn add_observer(&self, observer: Arc<dyn Observer>) {
        self.door.add(observer);
    }

    /// The virtual time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// How many messages have been handled.
    pub fn messages_handled(&self) -> u64 {
        self.handled
    }

    /// Whether every table of every actor is empty and all cores are free.
    pub fn is_idle(&self) -> bool {
        self.events.is_empty()
            && self.dag_scheduler.core.is_idle()
            && self.task_scheduler.core.is_idle()
            && self.driver_endpoint.core.is_idle()
            && self.heartbeat_receiver.core.is_idle()
            && self.map_output_tracker.core.is_idle()
            && self.barrier_coordinator.core.is_idle()
            && self.executor_allocation.core.is_idle()
            && self.executors.values().all(|actor| actor.core.is_idle())
    }

    /// Whether free, leased and used cores are all cores, for each executor.
    pub fn cores_add_up(&self) -> bool {
        self.driver_endpoint.core.cores_add_up()
    }

    /// Handles the next message; false if there is none.
    pub fn step(&mut self) -> bool {
        let outside =
            std::mem::take(&mut *self.entrance.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        for (head, message) in outside {
            self.events.push(self.now, head, message);
        }
        let Some((due, head, addressed)) = self.events.pop() else { return false };
        self.now = self.now.max(due);
        self.entrance.now.store(self.now.0, Ordering::Relaxed);
        self.handled += 1;
        self.handle_message(head, addressed);
        true
    }

    /// Handles messages until none is left, timers included.
    pub fn run_until_idle(&mut self) {
        while self.step() {}
    }

    /// Runs a program that uses the system, as one more actor: it is polled when it was woken, the system
    /// goes on while it waits.
    ///
    /// # Errors
    /// [`Stalled`] if it waits although nothing is left to happen.
    pub fn block_on<F: Future>(&mut self, body: F) -> Result<F::Output, Stalled> {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(woken.clone());
        let mut body = pin!(body);
        loop {
            while woken.0.swap(false, Ordering::Acquire) {
                if let Poll::Ready(output) = body.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Ok(output);
                }
            }
            if !self.step() && !woken.0.load(Ordering::Acquire) {
                return Err(Stalled { messages: self.handled, time: self.now });
            }
        }
    }

    fn handle_message(&mut self, head: Head, addressed: Addressed) {
        self.door.deliver_any(&head, self.now, &addressed.message);
        let Addressed { to, message } = addressed;
        match message {
            Message::DagScheduler(message) => {
                turn(&mut self.events, &mut self.dag_scheduler, &head, message, self.now);
            }
            Message::TaskScheduler(message) => {
                turn(&mut self.events, &mut self.task_scheduler, &head, message, self.now);
            }
            Message::DriverEndpoint(message) => {
                turn(&mut self.events, &mut self.driver_endpoint, &head, message, self.now);
            }
            Message::ExecutorBackend(message) => {
                let actor = match to {
                    ActorId::ExecutorBackend(id) => self.executors.get_mut(&id),
                    _ => None,
                };
                if let Some(actor) = actor {
                    turn(&mut self.events, actor, &head, message, self.now);
                }
            }
            Message::TaskRunner(message) => {
                match message {
                    TaskRunnerMessage::LaunchTask(launch) => self.run_task(head.id, &launch.task),
                    // A task has run to its end inline, long before anybody could kill it.
                    TaskRunnerMessage::KillTask(_) | TaskRunnerMessage::StopTaskRunner(_) => {}
                    TaskRunnerMessage::CommitPermission(_)
                    | TaskRunnerMessage::BarrierReply(_)
                    | TaskRunnerMessage::MapOutputStatuses(_) => {}
                }
            }
            Message::ResultGetter(message) => {
                let ResultGetterMessage::EnqueueSuccessfulTask(task) = &message;
                let answer = decode(&*self.application, task);
                let to = TaskScheduler.actor();
                let answer_head = self.result_getter.head(to, Some(head.id), self.now);
                let message = Addressed { to, message: answer.into() };
                self.events.push(self.now, answer_head, message);
            }
            Message::JobWaiter(message) => {
                self.application.job_waiter(message);
            }
            Message::ListenerBus(event) => {
                self.application.listener_event(&event);
            }
            Message::HeartbeatReceiver(message) => {
                turn(&mut self.events, &mut self.heartbeat_receiver, &head, message, self.now);
            }
            Message::MapOutputTracker(message) => {
                turn(&mut self.events, &mut self.map_output_tracker, &head, message, self.now);
            }
            Message::BarrierCoordinator(message) => {
                turn(&mut self.events, &mut self.barrier_coordinator, &head, message, self.now);
            }
            Message::ExecutorAllocation(message) => {
                turn(&mut self.events, &mut self.executor_allocation, &head, message, self.now);
            }
            Message::ClusterManager(message) => self.application.cluster_manager(message),
            Message::Host(message) => {
                if let ActorId::Host(host) = to {
                    self.application.host_message(host, message);
                }
            }
        }
    }

    /// RUNNING arrives at once, the end after a while of virtual time.
    fn run_task(&mut self, cause: MessageId, task: &TaskDescription) {
        let control = Arc::new(TaskControl::new(task.task_id));
        let status = run_caught(&*self.application, task, &control);
        let took = Duration::from_micros(100 + self.next_random() % 10_000);
        let Some(sender) = self.runners.get_mut(&task.executor_id) else { return };
        let to = ExecutorBackend(task.executor_id).actor();
        for (status, due) in [(TaskStatus::Running, self.now), (status, self.now + took)] {
            let update = StatusUpdate {
                executor_id: task.executor_id,
                task_id: task.task_id,
                status,
                task_cpus: task.cpus,
            };
            let head = sender.head(to, Some(cause), due);
            let message = Message::ExecutorBackend(ExecutorBackendMessage::from(update));
            self.events.push(due, head, Addressed { to, message });
        }
    }

    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Drop for SimSystem {
    fn drop(&mut self) {
        self.entrance.ended.store(true, Ordering::Relaxed);
        self.application.system_stopped();
        self.door.finish();
    }
}

impl std::fmt::Debug for SimSystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SimSystem(time {}, {} messages)", self.now, self.handled)
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

/// Lets one core handle one message.
fn turn<C: Core>(events: &mut EventQueue, actor: &mut Actor<C>, head: &Head, message: C::Message, now: Time)
where
    for<'a> &'a C::Message: Into<MessageRef<'a>>,
{
    let _span = span(head, &message).entered();
    let mut out = Outbox::new();
    actor.core.handle(now, message, &mut out);
    carry_out(events, &mut actor.sender, &mut out, Some(head.id), now);
}

fn carry_out(
    events: &mut EventQueue,
    sender: &mut Sender,
    out: &mut Outbox,
    cause: Option<MessageId>,
    now: Time,
) {
    for sending in out.drain() {
        let head = sender.head(sending.to, cause, now);
        let due = sending.after.map_or(now, |after| now + after);
        events.push(due, head, Addressed { to: sending.to, message: sending.message });
    }
}
