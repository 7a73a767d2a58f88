//! A running system.

use std::{
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{ActorSystemBuilder, StopReport, router::Router, task_threads::TaskThreads};
use crate::{
    ExecutorId,
    carrier::{Application, SystemHandle},
    message::{DagScheduler, DriverEndpoint, StopDagScheduler, StopExecutors},
};

/// How long dropping a system waits for its tasks.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// A running system of the four actors. Dropping it stops it.
pub struct ActorSystem {
    handle: SystemHandle,
    router: Arc<Router>,
    stop: Option<oneshot::Sender<()>>,
    pub(super) executors: Vec<(ExecutorId, Arc<TaskThreads>)>,
    pub(super) threads: Vec<JoinHandle<()>>,
    pub(super) actors_thread: Option<JoinHandle<()>>,
}

impl ActorSystem {
    /// Builds a system around an application.
    pub fn builder(application: Arc<dyn Application>) -> ActorSystemBuilder {
        ActorSystemBuilder::new(application)
    }

    pub(super) fn new(router: Arc<Router>, stop: oneshot::Sender<()>) -> Self {
        let handle = SystemHandle::new(router.clone(), router.door.clone());
        ActorSystem {
            handle,
            router,
            stop: Some(stop),
            executors: Vec::new(),
            threads: Vec::new(),
            actors_thread: None,
        }
    }

    pub(super) fn router(&self) -> &Arc<Router> {
        &self.router
    }

    /// Sends messages into the system and observes it.
    pub fn handle(&self) -> &SystemHandle {
        &self.handle
    }

    /// Stops the system: every job fails, tasks are told to end, threads are joined. Tasks that do not end
    /// within `timeout` are named and left behind. From one of the system's own threads it only begins the
    /// stop, for it cannot wait for itself.
    pub fn stop(mut self, timeout: Duration) -> StopReport {
        self.shut_down(timeout)
    }

    fn shut_down(&mut self, timeout: Duration) -> StopReport {
        let Some(stop) = self.stop.take() else { return StopReport::default() };
        self.handle.send(DagScheduler, StopDagScheduler {}).ok();
        self.handle.send(DriverEndpoint, StopExecutors {}).ok();
        let on_own_thread = self.is_own_thread();
        let deadline = Instant::now() + if on_own_thread { Duration::ZERO } else { timeout };
        // The actors may be dead, or never have been polled: stop the threads in any case.
        let mut left_behind = Vec::new();
        for (_, threads) in &self.executors {
            threads.stop();
        }
        for (_, threads) in &self.executors {
            left_behind.extend(threads.wait(deadline));
        }
        for stuck in &left_behind {
            tracing::warn!("left behind: {stuck}");
        }
        self.router.begin_stopping();
        self.router.results.stop();
        self.router.timers.stop();
        if !on_own_thread {
            // In this order: the result getter's last replies still find the actors.
            self.threads.drain(..).for_each(|thread| {
                thread.join().ok();
            });
        }
        stop.send(()).ok();
        if !on_own_thread && let Some(thread) = self.actors_thread.take() {
            thread.join().ok();
        }
        // Whoever still waits will get nothing more.
        self.router.application.system_ended("it has been stopped");
        self.router.door.finish();
        StopReport { left_behind }
    }

    fn is_own_thread(&self) -> bool {
        let current = std::thread::current();
        let mut threads = self.threads.iter().chain(&self.actors_thread);
        threads.any(|thread| thread.thread().id() == current.id())
            || self.executors.iter().any(|(_, threads)| threads.is_own_thread())
    }
}

impl Drop for ActorSystem {
    fn drop(&mut self) {
        self.shut_down(DROP_TIMEOUT);
    }
}

impl std::fmt::Debug for ActorSystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ActorSystem({} executors)", self.executors.len())
    }
}
