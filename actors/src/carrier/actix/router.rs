//! Delivers messages: to the actors' mailboxes, and to the endpoints at the edge.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use actix::Addr;

use super::{
    result_threads::ResultThreads,
    shell::{Finish, Parcel, Shell},
};
use crate::{
    ActorId, ExecutorId, SystemError, Time,
    allocation::ExecutorAllocationCore,
    barrier::BarrierCoordinatorCore,
    carrier::{
        Application, Door, Link, Port, Sender, deliver::Deliver, spin::Activity, task_threads::TaskThreads,
        timer_thread::TimerThread,
    },
    core::{Core, Sending},
    dag_scheduler::DagSchedulerCore,
    driver_endpoint::DriverEndpointCore,
    executor_backend::ExecutorBackendCore,
    heartbeat::HeartbeatReceiverCore,
    map_outputs::MapOutputTrackerCore,
    message::{Address, Addressed, AllocationEvent, ExecutorAllocation, Head, Message, SparkListenerEvent},
    task_scheduler::TaskSchedulerCore,
};

/// The addresses of a system's actors.
pub(super) struct Routes {
    pub(super) dag_scheduler: Addr<Shell<DagSchedulerCore>>,
    pub(super) task_scheduler: Addr<Shell<TaskSchedulerCore>>,
    pub(super) driver_endpoint: Addr<Shell<DriverEndpointCore>>,
    pub(super) heartbeat_receiver: Addr<Shell<HeartbeatReceiverCore>>,
    pub(super) map_output_tracker: Addr<Shell<MapOutputTrackerCore>>,
    pub(super) barrier_coordinator: Addr<Shell<BarrierCoordinatorCore>>,
    pub(super) executor_allocation: Addr<Shell<ExecutorAllocationCore>>,
    pub(super) executors: BTreeMap<ExecutorId, ExecutorRoute>,
}

pub(super) struct ExecutorRoute {
    pub(super) backend: Addr<Shell<ExecutorBackendCore>>,
    pub(super) threads: Arc<TaskThreads>,
}

/// Delivers messages from any thread. One per system.
pub(super) struct Router {
    pub(super) door: Arc<Door>,
    pub(super) application: Arc<dyn Application>,
    pub(super) routes: OnceLock<Routes>,
    pub(super) results: ResultThreads,
    pub(super) timers: TimerThread,
    /// The way to executors in other processes.
    pub(super) link: Option<Arc<dyn Link>>,
    /// Whether the ExecutorAllocation hears of what listeners hear.
    pub(super) feeds_allocation: bool,
    /// Numbers what it hears; held while one is posted, so that they arrive in order.
    listener_bus: Mutex<Sender>,
    /// Why the system failed, if it did.
    failure: RwLock<Option<String>>,
    stopping: AtomicBool,
    pub(super) activity: Activity,
    started: Instant,
}

impl Router {
    pub(super) fn new(application: Arc<dyn Application>) -> Self {
        Router {
            door: Arc::new(Door::default()),
            application,
            routes: OnceLock::new(),
            results: ResultThreads::default(),
            timers: TimerThread::default(),
            link: None,
            feeds_allocation: false,
            listener_bus: Mutex::new(Sender::new(ActorId::ListenerBus)),
            failure: RwLock::new(None),
            stopping: AtomicBool::new(false),
            activity: Activity::default(),
            started: Instant::now(),
        }
    }

    /// Carries out what a core wants.
    pub(super) fn send(&self, head: Head, sending: Sending, now: Time) {
        let Sending { to, message, after } = sending;
        match after {
            None => self.deliver(head, Addressed { to, message }, now),
            Some(after) => {
                self.timers.at(self.started + now_offset(now + after), head, Addressed { to, message })
            }
        }
    }

    /// To an executor of another process, if there are such.
    fn leave(&self, head: &Head, addressed: &Addressed) {
        if !self.link.as_ref().is_some_and(|link| link.send(head, addressed)) {
            self.dead_letter(head);
        }
    }

    fn feed_allocation(&self, routes: &Routes, cause: &Head, event: SparkListenerEvent, now: Time) {
        let mut sender = self.listener_bus.lock().unwrap_or_else(PoisonError::into_inner);
        let head = sender.head(ExecutorAllocation.actor(), Some(cause.id), now);
        self.mail(&routes.executor_allocation, head, AllocationEvent { event }.into());
    }

    fn mail<C: Core>(&self, to: &Addr<Shell<C>>, head: Head, message: C::Message)
    where
        for<'a> &'a C::Message: Into<crate::message::MessageRef<'a>>,
    {
        if to.connected() {
            to.do_send(Parcel { head, message });
        } else {
            self.dead_letter(&head);
        }
    }

    /// A message for a receiver that is not there: normal while stopping, else worth a word.
    fn dead_letter(&self, head: &Head) {
        if !self.stopping.load(Ordering::Relaxed) {
            tracing::warn!("dead letter {} from {} to {}", head.id, head.from(), head.to);
        }
    }

    /// Lets the actors handle what they have been sent, in the order in which a stop goes through them, and ends
    /// them: within a host's LocalSet they would else live on.
    pub(super) async fn finish_actors(&self) {
        let Some(routes) = self.routes.get() else { return };
        for last in [false, true] {
            // An actor that is dead already does not answer.
            routes.dag_scheduler.send(Finish { last }).await.ok();
            routes.task_scheduler.send(Finish { last }).await.ok();
            routes.driver_endpoint.send(Finish { last }).await.ok();
            routes.heartbeat_receiver.send(Finish { last }).await.ok();
            routes.map_output_tracker.send(Finish { last }).await.ok();
            routes.barrier_coordinator.send(Finish { last }).await.ok();
            routes.executor_allocation.send(Finish { last }).await.ok();
            for route in routes.executors.values() {
                route.backend.send(Finish { last }).await.ok();
            }
        }
    }

    /// An actor died: no job can end any more. Everybody who waits is told, once.
    pub(super) fn fail(&self, reason: &str) {
        let mut failure = self.failure.write().unwrap_or_else(PoisonError::into_inner);
        if failure.is_none() {
            tracing::error!("the actor system failed: {reason}");
            *failure = Some(reason.to_owned());
            drop(failure);
            let executors = self.routes.get().into_iter().flat_map(|routes| routes.executors.values());
            executors.for_each(|route| route.threads.end_waits());
            self.application.system_ended(reason);
        }
    }

    pub(super) fn begin_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    fn has_failed(&self) -> bool {
        self.failure.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

fn now_offset(at: Time) -> std::time::Duration {
    std::time::Duration::from_nanos(at.0)
}

impl Routes {
    /// The executor in this process whose actor or task threads these are.
    fn executor(&self, actor: ActorId) -> Option<&ExecutorRoute> {
        match actor {
            ActorId::ExecutorBackend(id) | ActorId::TaskRunner(id) => self.executors.get(&id),
            _ => None,
        }
    }
}

impl Port for Router {
    fn now(&self) -> Time {
        Time(u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn post(&self, head: Head, message: Addressed) -> Result<(), SystemError> {
        if self.stopping.load(Ordering::Relaxed) || self.has_failed() {
            return Err(SystemError::Stopped);
        }
        let now = head.sent;
        self.deliver(head, message, now);
        Ok(())
    }
}

impl Deliver for Router {
    fn application(&self) -> &dyn Application {
        &*self.application
    }

    fn deliver(&self, head: Head, Addressed { to, message }: Addressed, now: Time) {
        let Some(routes) = self.routes.get() else { return };
        match message {
            Message::DagScheduler(message) => self.mail(&routes.dag_scheduler, head, message),
            Message::TaskScheduler(message) => self.mail(&routes.task_scheduler, head, message),
            Message::DriverEndpoint(message) => self.mail(&routes.driver_endpoint, head, message),
            Message::ExecutorBackend(message) => match routes.executor(to) {
                Some(route) => self.mail(&route.backend, head, message),
                None => self.leave(&head, &Addressed { to, message: message.into() }),
            },
            Message::TaskRunner(message) => match routes.executor(to) {
                Some(route) => {
                    self.door.deliver(&head, now, &message);
                    route.threads.on_message(head.id, message, &*self.application);
                }
                None => self.leave(&head, &Addressed { to, message: message.into() }),
            },
            Message::ResultGetter(message) => {
                self.door.deliver(&head, now, &message);
                self.results.enqueue(head.id, message);
            }
            Message::JobWaiter(message) => {
                self.door.deliver(&head, now, &message);
                self.application.job_waiter(message);
            }
            Message::ListenerBus(event) => {
                self.door.deliver(&head, now, &event);
                self.application.listener_event(&event);
                if self.feeds_allocation {
                    self.feed_allocation(routes, &head, event, now);
                }
            }
            Message::HeartbeatReceiver(message) => self.mail(&routes.heartbeat_receiver, head, message),
            Message::MapOutputTracker(message) => self.mail(&routes.map_output_tracker, head, message),
            Message::BarrierCoordinator(message) => self.mail(&routes.barrier_coordinator, head, message),
            Message::ExecutorAllocation(message) => self.mail(&routes.executor_allocation, head, message),
            Message::ClusterManager(message) => {
                self.door.deliver(&head, now, &message);
                self.application.cluster_manager(message);
            }
            Message::Host(message) => {
                self.door.deliver(&head, now, &message);
                if let ActorId::Host(host) = to {
                    self.application.host_message(host, message);
                }
            }
        }
    }
}
