//! A system on the loop.

use std::{
    collections::{BTreeMap, VecDeque},
    future::Future,
    pin::pin,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use thiserror::Error;

use super::{
    actor::{Actor, Sent, lock},
    event_queue::EventQueue,
    inline_asker::InlineAsker,
};
use crate::{
    ActorId, Config, ExecutorId, SystemError, Time,
    allocation::ExecutorAllocationCore,
    barrier::BarrierCoordinatorCore,
    carrier::{
        Application, ControlPlane, Door, ExecutorSpec, Observer, Port, Sender, SystemHandle, TaskControl,
        actix::{decode, getting},
        asker::Asker,
        executor_spec::check_executors,
        run_caught,
    },
    core::Core,
    dag_scheduler::DagSchedulerCore,
    driver_endpoint::DriverEndpointCore,
    executor_backend::ExecutorBackendCore,
    heartbeat::HeartbeatReceiverCore,
    map_outputs::MapOutputTrackerCore,
    message::{
        Address, Addressed, AllocationEvent, ExecutorAllocation, ExecutorAllocationMessage, ExecutorBackend,
        ExecutorBackendMessage, Head, Message, MessageId, ResultGetterMessage, SparkListenerEvent,
        StatusUpdate, TaskDescription, TaskRunnerMessage, TaskScheduler, TaskStatus,
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
        lock(&self.waiting).push_back((head, message));
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
    /// Shared with the task that runs inline, which may ask it.
    dag_scheduler: Arc<Mutex<Actor<DagSchedulerCore>>>,
    task_scheduler: Actor<TaskSchedulerCore>,
    driver_endpoint: Actor<DriverEndpointCore>,
    heartbeat_receiver: Actor<HeartbeatReceiverCore>,
    map_output_tracker: Actor<MapOutputTrackerCore>,
    barrier_coordinator: Actor<BarrierCoordinatorCore>,
    executor_allocation: Actor<ExecutorAllocationCore>,
    executors: BTreeMap<ExecutorId, Actor<ExecutorBackendCore>>,
    runners: BTreeMap<ExecutorId, Arc<Mutex<Sender>>>,
    result_getter: Sender,
    /// Feeds the ExecutorAllocation, if it is to hear of what listeners hear.
    listener_bus: Option<Sender>,
    task_times: Option<Box<TaskTimes>>,
}

/// How long a task takes, if it is not for the seed to decide.
type TaskTimes = dyn Fn(&TaskDescription) -> Option<Duration> + Send + Sync;

impl SimSystem {
    /// A system around `application` with these executors. The seed decides how long tasks take, and so in which
    /// order they end.
    ///
    /// # Errors
    /// [`SystemError`] if two executors have one id, or the settings contradict each other or the executors.
    pub fn new(
        application: Arc<dyn Application>,
        config: Config,
        executors: Vec<ExecutorSpec>,
        seed: u64,
    ) -> Result<Self, SystemError> {
        check_executors(&config, &executors)?;
        let door = Arc::new(Door::default());
        let entrance = Arc::new(Entrance::default());
        let handle = SystemHandle::new(entrance.clone(), door.clone());
        let runner = |spec: &ExecutorSpec| {
            let sender = Sender::new(ActorId::TaskRunner(spec.executor_id));
            (spec.executor_id, Arc::new(Mutex::new(sender)))
        };
        let runners = executors.iter().map(runner).collect();
        let actor = |spec: ExecutorSpec| (spec.executor_id, Actor::new(spec.core(&config)));
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
            dag_scheduler: Arc::new(Mutex::new(Actor::new(plane.dag_scheduler))),
            task_scheduler: Actor::new(plane.task_scheduler),
            driver_endpoint: Actor::new(plane.driver_endpoint),
            heartbeat_receiver: Actor::new(plane.heartbeat_receiver),
            map_output_tracker: Actor::new(plane.map_output_tracker),
            barrier_coordinator: Actor::new(plane.barrier_coordinator),
            executor_allocation: Actor::new(plane.executor_allocation),
            executors: executors.into_iter().map(actor).collect(),
            runners,
            result_getter: Sender::new(ActorId::ResultGetter),
            listener_bus: config.has_dynamic_allocation().then(|| Sender::new(ActorId::ListenerBus)),
            task_times: None,
        };
        system.start();
        Ok(system)
    }

    /// Lets every actor begin, in the order in which actix starts them.
    fn start(&mut self) {
        let mut sent = Sent::new();
        for actor in self.executors.values_mut() {
            actor.start(&mut sent);
        }
        lock(&self.dag_scheduler).start(&mut sent);
        self.task_scheduler.start(&mut sent);
        self.driver_endpoint.start(&mut sent);
        self.heartbeat_receiver.start(&mut sent);
        self.map_output_tracker.start(&mut sent);
        self.barrier_coordinator.start(&mut sent);
        self.executor_allocation.start(&mut sent);
        self.push_all(sent);
    }

    fn push_all(&mut self, sent: Sent) {
        for (due, head, message) in sent {
            self.events.push(due, head, message);
        }
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
            && lock(&self.dag_scheduler).core.is_idle()
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

    /// Says how long tasks take, in place of the seed, which decides where `times` says nothing. Tasks that were
    /// launched before are not affected.
    pub fn set_task_times(
        &mut self,
        times: impl Fn(&TaskDescription) -> Option<Duration> + Send + Sync + 'static,
    ) {
        self.task_times = Some(Box::new(times));
    }

    /// Takes what has come from outside.
    fn enter(&mut self) {
        let outside = std::mem::take(&mut *lock(&self.entrance.waiting));
        for (head, message) in outside {
            self.events.push(self.now, head, message);
        }
    }

    fn put_forward(&mut self, to: Time) {
        self.now = self.now.max(to);
        self.entrance.now.store(self.now.0, Ordering::Relaxed);
    }

    /// Handles the next message if it is due by then. If there is none, the clock is put forward to `until`, and it
    /// is false.
    pub fn step_until(&mut self, until: Time) -> bool {
        self.enter();
        if self.events.next_due().is_some_and(|due| due <= until) {
            return self.step();
        }
        self.put_forward(until);
        false
    }

    /// Handles the next message; false if there is none.
    pub fn step(&mut self) -> bool {
        self.enter();
        let Some((due, head, addressed)) = self.events.pop() else { return false };
        self.put_forward(due);
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
        let (now, mut sent) = (self.now, Sent::new());
        match message {
            Message::DagScheduler(message) => lock(&self.dag_scheduler).turn(&head, message, now, &mut sent),
            Message::TaskScheduler(message) => self.task_scheduler.turn(&head, message, now, &mut sent),
            Message::DriverEndpoint(message) => self.driver_endpoint.turn(&head, message, now, &mut sent),
            Message::ExecutorBackend(message) => {
                let actor = match to {
                    ActorId::ExecutorBackend(id) => self.executors.get_mut(&id),
                    _ => None,
                };
                if let Some(actor) = actor {
                    actor.turn(&head, message, now, &mut sent);
                }
            }
            Message::TaskRunner(message) => self.run(&head, &message, &mut sent),
            Message::ResultGetter(message) => {
                let ResultGetterMessage::EnqueueSuccessfulTask(task) = message;
                let getting = getting(&task);
                let answer = decode(&*self.application, task);
                let to = TaskScheduler.actor();
                for message in getting.into_iter().chain([answer]) {
                    let head = self.result_getter.head(to, Some(head.id), now);
                    sent.push_back((now, head, Addressed { to, message: message.into() }));
                }
            }
            Message::JobWaiter(message) => self.application.job_waiter(message),
            Message::ListenerBus(event) => {
                self.application.listener_event(&event);
                sent.extend(self.allocation_event(&head, event));
            }
            Message::HeartbeatReceiver(message) => {
                self.heartbeat_receiver.turn(&head, message, now, &mut sent);
            }
            Message::MapOutputTracker(message) => {
                self.map_output_tracker.turn(&head, message, now, &mut sent);
            }
            Message::BarrierCoordinator(message) => {
                self.barrier_coordinator.turn(&head, message, now, &mut sent);
            }
            Message::ExecutorAllocation(message) => {
                self.executor_allocation.turn(&head, message, now, &mut sent);
            }
            Message::ClusterManager(message) => self.application.cluster_manager(message),
            Message::Host(message) => {
                if let ActorId::Host(host) = to {
                    self.application.host_message(host, message);
                }
            }
        }
        self.push_all(sent);
    }

    /// What the ExecutorAllocation hears of an event.
    fn allocation_event(
        &mut self,
        cause: &Head,
        event: SparkListenerEvent,
    ) -> Option<(Time, Head, Addressed)> {
        let to = ExecutorAllocation.actor();
        let head = self.listener_bus.as_mut()?.head(to, Some(cause.id), self.now);
        let message = ExecutorAllocationMessage::from(AllocationEvent { event }).into();
        Some((self.now, head, Addressed { to, message }))
    }

    fn run(&mut self, head: &Head, message: &TaskRunnerMessage, sent: &mut Sent) {
        match message {
            TaskRunnerMessage::LaunchTask(launch) => self.run_task(head.id, &launch.task, sent),
            // A task has run to its end inline, long before anybody could kill it, and got its answers meanwhile.
            TaskRunnerMessage::KillTask(_)
            | TaskRunnerMessage::StopTaskRunner(_)
            | TaskRunnerMessage::CommitPermission(_)
            | TaskRunnerMessage::BarrierReply(_) => {}
            // Tasks find map outputs in the memory of their process.
            TaskRunnerMessage::MapOutputStatuses(statuses) => {
                tracing::debug!("nobody asked for the outputs of shuffle {}", statuses.shuffle_id);
            }
        }
    }

    /// RUNNING arrives at once, the end after a while of virtual time.
    fn run_task(&mut self, cause: MessageId, task: &TaskDescription, sent: &mut Sent) {
        let Some(runner) = self.runners.get(&task.executor_id).cloned() else { return };
        let asker = Arc::new(InlineAsker {
            dag_scheduler: self.dag_scheduler.clone(),
            runner: runner.clone(),
            door: self.door.clone(),
            now: self.now,
            meanwhile: Mutex::default(),
        });
        let weak: Weak<dyn Asker> = Arc::<InlineAsker>::downgrade(&asker);
        let control = Arc::new(TaskControl::asking(task.task_id, weak, cause));
        let status = run_caught(&*self.application, task, &control);
        let meanwhile = std::mem::take(&mut *lock(&asker.meanwhile));
        self.handled += meanwhile.handled;
        sent.extend(meanwhile.sent);
        let by_seed = Duration::from_micros(100 + self.next_random() % 10_000);
        let took = self.task_times.as_ref().and_then(|times| times(task)).unwrap_or(by_seed);
        let to = ExecutorBackend(task.executor_id).actor();
        for (status, due) in [(TaskStatus::Running, self.now), (status, self.now + took)] {
            let update = StatusUpdate {
                executor_id: task.executor_id,
                task_id: task.task_id,
                status,
                task_cpus: task.cpus,
            };
            let head = lock(&runner).head(to, Some(cause), due);
            let message = Message::ExecutorBackend(ExecutorBackendMessage::from(update));
            sent.push_back((due, head, Addressed { to, message }));
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
        for what in self.door.finish() {
            tracing::error!("{what}");
        }
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
