//! A running executor of a process of its own.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::node::{Backend, Node};
use crate::{
    Config, SystemError, Time,
    carrier::{
        Application, BoundedThread, ExecutorSpec, Link, Observer, Port, StopReport, SystemHandle,
        deliver::Deliver, task_threads::TaskThreads, timer_thread::TimerThread,
    },
    message::{Addressed, Head},
};

/// How long dropping an executor waits for its tasks.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// A running executor. Dropping it stops it.
pub struct ExecutorSystem {
    handle: SystemHandle,
    node: Arc<Node>,
    threads: Arc<TaskThreads>,
    timers: Mutex<Option<BoundedThread>>,
}

impl ExecutorSystem {
    /// Starts the task threads and the ExecutorBackend of `spec`, which registers with the driver. `now` is what the
    /// driver's clock shows.
    ///
    /// # Errors
    /// [`SystemError`] if a thread cannot be had.
    pub fn start(
        application: Arc<dyn Application>,
        config: &Config,
        spec: ExecutorSpec,
        link: Arc<dyn Link>,
        now: Time,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<Self, SystemError> {
        let (executor_id, cores) = (spec.executor_id, spec.cores);
        let now = Duration::from_nanos(now.0);
        let began = Instant::now();
        let clock_began = began.checked_sub(now).unwrap_or(began);
        let node = Arc::new(Node::new(application, Backend::new(spec.core(config)), link, clock_began));
        if let Some(observer) = observer {
            node.door.add(observer);
        }
        let carrier: Arc<dyn Deliver> = node.clone();
        let threads = TaskThreads::new(executor_id, Arc::downgrade(&carrier));
        let sender = threads.sender().clone();
        // Nobody else has it yet.
        node.threads.set(threads.clone()).ok();
        let timers = TimerThread::start(&node, |node| &node.timers)?;
        let handle = SystemHandle::of_sender(node.clone(), node.door.clone(), sender);
        // Dropped if a thread cannot be had, which ends the others.
        let system = ExecutorSystem { handle, node, threads, timers: Mutex::new(Some(timers)) };
        system.threads.start(cores)?;
        system.node.start();
        Ok(system)
    }

    /// Sends messages, in the name of the executor's tasks, and observes it.
    pub fn handle(&self) -> &SystemHandle {
        &self.handle
    }

    /// Takes a message from the driver; `false`: it is for somebody else.
    pub fn receive(&self, head: Head, message: Addressed) -> bool {
        let is_mine = self.node.is_mine(message.to) && message.message.is_for(message.to);
        if is_mine {
            let now = self.node.now();
            self.node.deliver(head, message, now);
        }
        is_mine
    }

    /// Whether the executor was told to stop, or cannot go on.
    pub fn is_stopped(&self) -> bool {
        self.node.is_stopped()
    }

    /// Waits until it is.
    pub fn wait_stopped(&self) {
        self.node.wait_stopped();
    }

    /// The way to the driver has ended: whoever waits for an answer gets none.
    pub fn disconnected(&self) {
        self.node.begin_stopping();
        self.node.end_waits();
    }

    /// Lets running tasks end, and says which did not within `timeout`. Stopping again says nothing.
    pub fn stop(&self, timeout: Duration) -> StopReport {
        let timers = self.timers.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(timers) = timers else { return StopReport::default() };
        let deadline = Instant::now() + timeout;
        self.threads.stop();
        let left_behind = self.threads.wait(deadline);
        for stuck in &left_behind {
            tracing::warn!("left behind: {stuck}");
        }
        self.node.begin_stopping();
        self.node.timers.stop();
        let deadline = deadline.max(Instant::now() + Duration::from_secs(1));
        let threads_left_behind: Vec<_> = timers.join_by(deadline).err().into_iter().collect();
        let not_recorded = self.node.door.finish();
        StopReport { left_behind, threads_left_behind, not_recorded }
    }
}

impl Drop for ExecutorSystem {
    fn drop(&mut self) {
        self.stop(DROP_TIMEOUT);
    }
}

impl std::fmt::Debug for ExecutorSystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ExecutorSystem({})", self.threads.executor_id())
    }
}
