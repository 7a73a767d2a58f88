//! Starts systems: on a thread of their own, on a host's tokio runtime, or within a host's LocalSet.

use std::{
    future::Future,
    sync::{Arc, mpsc},
};

use actix::{AsyncContext, Context};
use tokio::sync::oneshot;

use super::{
    ActorSystem, CarriesActors,
    result_threads::ResultThreads,
    router::{ExecutorRoute, Router, Routes},
    shell::Shell,
};
use crate::{
    Config, ExecutorId, SystemError,
    allocation::ExecutorAllocationCore,
    barrier::BarrierCoordinatorCore,
    carrier::{
        Application, BoundedThread, ControlPlane, ExecutorSpec, Link, Observer, Port, deliver::Deliver,
        executor_spec::check_executors, task_threads::TaskThreads, timer_thread::TimerThread,
    },
    dag_scheduler::DagSchedulerCore,
    driver_endpoint::DriverEndpointCore,
    executor_backend::ExecutorBackendCore,
    heartbeat::HeartbeatReceiverCore,
    map_outputs::MapOutputTrackerCore,
    task_scheduler::TaskSchedulerCore,
};

/// Builds an [`ActorSystem`].
pub struct ActorSystemBuilder {
    config: Config,
    executors: Vec<ExecutorSpec>,
    router: Router,
}

impl ActorSystemBuilder {
    /// A system around this application, without executors.
    pub fn new(application: Arc<dyn Application>) -> Self {
        ActorSystemBuilder {
            config: Config::default(),
            executors: Vec::new(),
            router: Router::new(application),
        }
    }

    /// With these settings.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// With one more executor in this process. Two of one id are refused at the start.
    #[must_use]
    pub fn executor(mut self, executor_id: ExecutorId, hostname: impl Into<String>, cores: u32) -> Self {
        self.executors.push(ExecutorSpec::new(executor_id, hostname, cores));
        self
    }

    /// With more executors in this process, which may have resources beside cores.
    #[must_use]
    pub fn executors(mut self, executors: impl IntoIterator<Item = ExecutorSpec>) -> Self {
        self.executors.extend(executors);
        self
    }

    /// With a way to executors in other processes; what they send comes by
    /// [`SystemHandle::receive`](crate::carrier::SystemHandle::receive).
    #[must_use]
    pub fn link(mut self, link: Arc<dyn Link>) -> Self {
        self.router.link = Some(link);
        self
    }

    /// With an observer that sees every message from the first one on.
    #[must_use]
    pub fn observer(self, observer: Arc<dyn Observer>) -> Self {
        self.router.door.add(observer);
        self
    }

    /// Starts the system on a thread of its own.
    ///
    /// # Errors
    /// [`SystemError`] if two executors have one id, the settings contradict each other or the executors, or a
    /// thread or the runtime cannot be had; nothing is left running then.
    pub fn start(self) -> Result<ActorSystem, SystemError> {
        self.start_thread(|actors| {
            // Without I/O and timers: neither is used, and a runtime without them is woken more cheaply.
            let runtime =
                tokio::runtime::Builder::new_current_thread().build().map_err(SystemError::Runtime)?;
            actix_rt::Runtime::from(runtime).block_on(actors);
            Ok(())
        })
    }

    /// Starts the system on a thread of its own whose timers and I/O are those of the host's runtime.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_on(self, runtime: tokio::runtime::Handle) -> Result<ActorSystem, SystemError> {
        self.start_thread(move |actors| {
            let local = tokio::task::LocalSet::new();
            runtime.block_on(local.run_until(actors));
            Ok(())
        })
    }

    /// Makes the system and the future that is its actors' life. The host polls that future within a
    /// `tokio::task::LocalSet`, such as an actix `System`, on this thread; the actors live on it, and while that
    /// future is there [`thread_carries_actors`](super::thread_carries_actors) says so.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_local(self) -> Result<(ActorSystem, impl Future<Output = ()>), SystemError> {
        let (stop, stopped) = oneshot::channel();
        let (system, cores) = self.prepare(stop)?;
        let router = system.router().clone();
        Ok((system, open_actors(cores, router, stopped, false, || ())))
    }

    fn start_thread(
        self,
        block_on: impl FnOnce(std::pin::Pin<Box<dyn Future<Output = ()>>>) -> Result<(), SystemError>
        + Send
        + 'static,
    ) -> Result<ActorSystem, SystemError> {
        let (stop, stopped) = oneshot::channel();
        let (started, has_started) = mpsc::channel();
        let (mut system, cores) = self.prepare(stop)?;
        let router = system.router().clone();
        let thread = BoundedThread::start("firesteel-actors", move || {
            let ready = started.clone();
            let actors = Box::pin(open_actors(cores, router, stopped, true, move || {
                ready.send(Ok(())).ok();
            }));
            if let Err(error) = block_on(actors) {
                started.send(Err(error)).ok();
            }
        });
        system.actors_thread = Some(thread?);
        match has_started.recv() {
            Ok(Ok(())) => Ok(system),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(SystemError::Stopped),
        }
    }

    fn prepare(self, stop: oneshot::Sender<()>) -> Result<(ActorSystem, Cores), SystemError> {
        check_executors(&self.config, &self.executors)?;
        let mut router = self.router;
        router.feeds_allocation = self.config.has_dynamic_allocation();
        let router = Arc::new(router);
        let mut system = ActorSystem::new(router.clone(), stop);
        system.threads = ResultThreads::start(self.config.result_getter_threads, &router)?;
        system.threads.push(TimerThread::start(&router, |router| &router.timers)?);
        let carrier: Arc<dyn Deliver> = router.clone();
        for spec in &self.executors {
            let threads = TaskThreads::new(spec.executor_id, Arc::downgrade(&carrier));
            system.executors.push((spec.executor_id, threads.clone()));
            threads.start(spec.cores)?;
        }
        let cores = Cores {
            control_plane: ControlPlane::new(&self.config),
            executors: self
                .executors
                .into_iter()
                .zip(system.executors.iter())
                .map(|(spec, (id, threads))| (*id, spec.core(&self.config), threads.clone()))
                .collect(),
        };
        Ok((system, cores))
    }
}

struct Cores {
    control_plane: ControlPlane,
    executors: Vec<(ExecutorId, ExecutorBackendCore, Arc<TaskThreads>)>,
}

/// Makes the addresses of the actors, and the future that is their life: it starts them, and ends them when
/// told to. Messages that come before it is polled wait in the mailboxes. On a thread of its own it
/// `stays_awake` for a short while after each message. Called on the thread that will poll it.
fn open_actors(
    cores: Cores,
    router: Arc<Router>,
    stopped: oneshot::Receiver<()>,
    stays_awake: bool,
    ready: impl FnOnce(),
) -> impl Future<Output = ()> {
    let executors: Vec<_> = cores
        .executors
        .into_iter()
        .map(|(id, core, threads)| (id, core, threads, Context::<Shell<ExecutorBackendCore>>::new()))
        .collect();
    let dag_scheduler = Context::<Shell<DagSchedulerCore>>::new();
    let task_scheduler = Context::<Shell<TaskSchedulerCore>>::new();
    let driver_endpoint = Context::<Shell<DriverEndpointCore>>::new();
    let heartbeat_receiver = Context::<Shell<HeartbeatReceiverCore>>::new();
    let map_output_tracker = Context::<Shell<MapOutputTrackerCore>>::new();
    let barrier_coordinator = Context::<Shell<BarrierCoordinatorCore>>::new();
    let executor_allocation = Context::<Shell<ExecutorAllocationCore>>::new();
    let route = |(id, _, threads, context): &(_, _, Arc<TaskThreads>, Context<_>)| {
        (*id, ExecutorRoute { backend: context.address(), threads: threads.clone() })
    };
    let routes = Routes {
        dag_scheduler: dag_scheduler.address(),
        task_scheduler: task_scheduler.address(),
        driver_endpoint: driver_endpoint.address(),
        heartbeat_receiver: heartbeat_receiver.address(),
        map_output_tracker: map_output_tracker.address(),
        barrier_coordinator: barrier_coordinator.address(),
        executor_allocation: executor_allocation.address(),
        executors: executors.iter().map(route).collect(),
    };
    // A router is made for one system, and a system is started once.
    let first = router.routes.set(routes).is_ok();
    debug_assert!(first);
    let carries = CarriesActors::mark();
    async move {
        let _carries = carries;
        let plane = cores.control_plane;
        // Executors first: they register before any job that was submitted meanwhile asks how many there are.
        for (_, core, _, context) in executors {
            context.run(Shell::new(core, router.clone()));
        }
        dag_scheduler.run(Shell::new(plane.dag_scheduler, router.clone()));
        task_scheduler.run(Shell::new(plane.task_scheduler, router.clone()));
        driver_endpoint.run(Shell::new(plane.driver_endpoint, router.clone()));
        heartbeat_receiver.run(Shell::new(plane.heartbeat_receiver, router.clone()));
        map_output_tracker.run(Shell::new(plane.map_output_tracker, router.clone()));
        barrier_coordinator.run(Shell::new(plane.barrier_coordinator, router.clone()));
        executor_allocation.run(Shell::new(plane.executor_allocation, router.clone()));
        ready();
        // Ends also if the system was dropped without being stopped.
        let mut stopped = std::pin::pin!(stopped);
        std::future::poll_fn(|context| {
            let poll = stopped.as_mut().poll(context);
            if poll.is_pending() && stays_awake {
                router.activity.poll(router.now(), context);
            }
            poll
        })
        .await
        .ok();
        router.finish_actors().await;
    }
}
