//! Delivers messages within an executor's process, and out of it.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    ActorId, SystemError, Time,
    carrier::{
        Application, Door, Link, Port, Sender, deliver::Deliver, panic_text, span, task_threads::TaskThreads,
        timer_thread::TimerThread,
    },
    core::{Core, Outbox, Sending},
    executor_backend::ExecutorBackendCore,
    message::{Addressed, ExecutorBackendMessage, Head, Message, TaskRunnerMessage},
};

/// The ExecutorBackend's core and what belongs to it.
pub(super) struct Backend {
    core: ExecutorBackendCore,
    sender: Sender,
    outbox: Outbox,
    /// It panicked: it handles nothing any more.
    is_dead: bool,
}

impl Backend {
    pub(super) fn new(core: ExecutorBackendCore) -> Self {
        Backend { sender: Sender::new(core.actor()), core, outbox: Outbox::new(), is_dead: false }
    }
}

/// Delivers messages from any thread. One per executor's process.
pub(super) struct Node {
    pub(super) door: Arc<Door>,
    application: Arc<dyn Application>,
    backend: Mutex<Backend>,
    pub(super) threads: OnceLock<Arc<TaskThreads>>,
    pub(super) timers: TimerThread,
    link: Arc<dyn Link>,
    /// When the driver's clock showed 0.
    clock_began: Instant,
    /// Whether its core has told its task threads to stop, or is dead.
    is_stopped: Mutex<bool>,
    stopped: Condvar,
    stopping: AtomicBool,
}

impl Node {
    pub(super) fn new(
        application: Arc<dyn Application>,
        backend: Backend,
        link: Arc<dyn Link>,
        clock_began: Instant,
    ) -> Self {
        Node {
            door: Arc::new(Door::default()),
            application,
            backend: Mutex::new(backend),
            threads: OnceLock::new(),
            timers: TimerThread::default(),
            link,
            clock_began,
            is_stopped: Mutex::new(false),
            stopped: Condvar::new(),
            stopping: AtomicBool::new(false),
        }
    }

    /// Lets the core begin: it registers.
    pub(super) fn start(&self) {
        let now = self.now();
        self.handled(None, now, |core, outbox| core.start(now, outbox));
    }

    fn backend(&self) -> MutexGuard<'_, Backend> {
        self.backend.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn on_backend_message(&self, head: &Head, message: ExecutorBackendMessage, now: Time) {
        self.handled(Some(head), now, |core, outbox| {
            let _span = span(head, &message).entered();
            self.door.deliver(head, now, &message);
            core.handle(now, message, outbox);
        });
    }

    /// Lets the core handle something, and carries out what it wants: still under the lock, so that its messages leave in
    /// their order.
    fn handled(&self, head: Option<&Head>, now: Time, f: impl FnOnce(&mut ExecutorBackendCore, &mut Outbox)) {
        let mut backend = self.backend();
        if backend.is_dead {
            return;
        }
        let Backend { core, outbox, .. } = &mut *backend;
        if let Err(payload) = std::panic::catch_unwind(AssertUnwindSafe(|| f(core, outbox))) {
            backend.is_dead = true;
            drop(backend);
            let reason = format!("the ExecutorBackend panicked: {}", panic_text(&*payload));
            tracing::error!("{reason}");
            self.application.system_ended(&reason);
            return self.note_stopped();
        }
        let Backend { sender, outbox, .. } = &mut *backend;
        let cause = head.map(|head| head.id);
        for sending in outbox.drain() {
            let head = sender.head(sending.to, cause, now);
            self.carry_out(head, sending, now);
        }
        drop(backend);
        self.link.flush();
    }

    fn carry_out(&self, head: Head, Sending { to, message, after }: Sending, now: Time) {
        match (after, message) {
            (Some(after), message) => {
                let due = self.clock_began + Duration::from_nanos((now + after).0);
                self.timers.at(due, head, Addressed { to, message });
            }
            (None, Message::TaskRunner(message)) => self.on_task_runner_message(&head, message, now),
            (None, message) => self.leave(&head, Addressed { to, message }),
        }
    }

    fn on_task_runner_message(&self, head: &Head, message: TaskRunnerMessage, now: Time) {
        self.door.deliver(head, now, &message);
        let Some(threads) = self.threads.get() else { return };
        let is_last = matches!(message, TaskRunnerMessage::StopTaskRunner(_));
        threads.on_message(head.id, message, &*self.application);
        if is_last {
            self.note_stopped();
        }
    }

    fn leave(&self, head: &Head, addressed: Addressed) {
        if !self.link.send(head, &addressed) && !self.stopping.load(Ordering::Relaxed) {
            tracing::warn!("dead letter {} from {} to {}", head.id, head.from(), head.to);
        }
    }

    fn note_stopped(&self) {
        *self.is_stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stopped.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        *self.is_stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the executor was told to stop, or cannot go on.
    pub(super) fn wait_stopped(&self) {
        let is_stopped = self.is_stopped.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.stopped.wait_while(is_stopped, |is_stopped| !*is_stopped));
    }

    /// From here on dead letters are normal.
    pub(super) fn begin_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.note_stopped();
    }

    /// An answer of the driver's can come no more.
    pub(super) fn end_waits(&self) {
        if let Some(threads) = self.threads.get() {
            threads.end_waits();
        }
    }

    /// Whether this is the executor's actor, or its task threads.
    pub(super) fn is_mine(&self, actor: ActorId) -> bool {
        let Some(threads) = self.threads.get() else { return false };
        let id = threads.executor_id();
        actor == ActorId::ExecutorBackend(id) || actor == ActorId::TaskRunner(id)
    }
}

impl Port for Node {
    fn now(&self) -> Time {
        Time(u64::try_from(self.clock_began.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn post(&self, head: Head, message: Addressed) -> Result<(), SystemError> {
        if self.stopping.load(Ordering::Relaxed) {
            return Err(SystemError::Stopped);
        }
        self.deliver(head, message, head.sent);
        Ok(())
    }
}

impl Deliver for Node {
    fn application(&self) -> &dyn Application {
        &*self.application
    }

    fn deliver(&self, head: Head, addressed: Addressed, now: Time) {
        match addressed.message {
            Message::ExecutorBackend(message) => self.on_backend_message(&head, message, now),
            Message::TaskRunner(message) => self.on_task_runner_message(&head, message, now),
            message => {
                self.leave(&head, Addressed { to: addressed.to, message });
                self.link.flush();
            }
        }
    }
}
