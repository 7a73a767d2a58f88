//! A running system.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{ActorSystemBuilder, router::Router};
use crate::{
    ExecutorId,
    carrier::{Application, BoundedThread, StopReport, SystemHandle, task_threads::TaskThreads},
    message::{DagScheduler, DriverEndpoint, StopDagScheduler, StopExecutors},
};

/// How long dropping a system waits for its tasks.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// How long threads other than the tasks' have at least.
const LAST_GRACE: Duration = Duration::from_secs(1);

/// A running system of the actors. Dropping it stops it.
pub struct ActorSystem {
    handle: SystemHandle,
    router: Arc<Router>,
    stop: Option<oneshot::Sender<()>>,
    pub(super) executors: Vec<(ExecutorId, Arc<TaskThreads>)>,
    pub(super) threads: Vec<BoundedThread>,
    pub(super) actors_thread: Option<BoundedThread>,
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

    /// Stops the system: every job fails, tasks are told to end, threads are joined. Threads that do not end
    /// within `timeout` (and a second), because code on them that is not ours does not return, are named and
    /// left behind. From one of the system's own threads it only begins the
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
        // Tasks that are stuck may have used up the time; the others have done nothing wrong.
        let deadline = deadline.max(Instant::now() + if on_own_thread { Duration::ZERO } else { LAST_GRACE });
        let mut threads_left_behind = Vec::new();
        if !on_own_thread {
            // In this order: the result getter's last replies still find the actors.
            let joined = self.threads.drain(..).map(|thread| thread.join_by(deadline));
            threads_left_behind.extend(joined.filter_map(Result::err));
        }
        stop.send(()).ok();
        if !on_own_thread && let Some(thread) = self.actors_thread.take() {
            threads_left_behind.extend(thread.join_by(deadline).err());
        }
        for name in &threads_left_behind {
            tracing::warn!("left behind: thread {name} is still in code that is not ours");
        }
        // Whoever still waits will get nothing more.
        self.router.application.system_stopped();
        let not_recorded = self.router.door.finish();
        for what in &not_recorded {
            tracing::error!("{what}");
        }
        StopReport { left_behind, threads_left_behind, not_recorded }
    }

    fn is_own_thread(&self) -> bool {
        let current = std::thread::current();
        let mut threads = self.threads.iter().chain(&self.actors_thread);
        threads.any(|thread| thread.id() == current.id())
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
