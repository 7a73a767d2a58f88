//! What a running task and the actors have to do with each other: its kill switch, and the questions that it asks.
//! Threads cannot be killed, so tasks look at the switch; our own waits watch it.

use std::sync::{
    Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
    atomic::{AtomicBool, Ordering},
};

use super::asker::{AskError, Asker};
use crate::{
    TaskId,
    message::{
        Address, Addressed, AskPermissionToCommitOutput, BarrierCoordinator, BarrierReply, CommitPermission,
        DagScheduler, GetMapOutputStatuses, MapOutputTracker, MessageId, RequestToSync,
    },
};

/// Tells a running task that it is to end, and asks the actors on its behalf.
pub struct TaskControl {
    task_id: TaskId,
    killed: AtomicBool,
    interrupted: AtomicBool,
    reason: OnceLock<Arc<str>>,
    /// The carrier, and the message that launched the task. Weak: a task may hold its control for ever.
    asker: Option<(Weak<dyn Asker>, MessageId)>,
    /// Held by the thread that asks: a task has one question at a time.
    asking: Mutex<()>,
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

/// What a task that has asked looks at.
#[derive(Default)]
struct Waiting {
    answer: Option<Answer>,
    /// No answer will come any more.
    ended: bool,
}

/// An answer to a task's question.
pub(crate) enum Answer {
    Commit(CommitPermission),
    Barrier(BarrierReply),
}

impl Answer {
    /// The task that asked.
    pub(crate) fn task_id(&self) -> TaskId {
        match self {
            Answer::Commit(permission) => permission.task_id,
            Answer::Barrier(reply) => reply.task_id,
        }
    }
}

/// What ends a wait before its answer is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    Killed,
    /// As Spark's blocking calls: only a kill that interrupts.
    Interrupted,
}

impl TaskControl {
    /// The control of a task that nobody has killed, and that cannot ask.
    pub fn new(task_id: TaskId) -> Self {
        TaskControl {
            task_id,
            killed: AtomicBool::new(false),
            interrupted: AtomicBool::new(false),
            reason: OnceLock::new(),
            asker: None,
            asking: Mutex::default(),
            waiting: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// The control of a task that `cause` launched.
    pub(crate) fn asking(task_id: TaskId, asker: Weak<dyn Asker>, cause: MessageId) -> Self {
        TaskControl { asker: Some((asker, cause)), ..TaskControl::new(task_id) }
    }

    /// The attempt that it controls.
    pub fn task_id(&self) -> TaskId {
        self.task_id
    }

    /// Asks the task to end. The first reason stands. A wait at a barrier ends at once; `interrupt_thread` ends all
    /// our waits.
    pub fn kill(&self, reason: &str, interrupt_thread: bool) {
        self.reason.get_or_init(|| reason.into());
        self.interrupted.fetch_or(interrupt_thread, Ordering::Release);
        self.killed.store(true, Ordering::Release);
        // Whoever has looked at the flags before holds the lock until it sleeps.
        drop(self.lock());
        self.changed.notify_all();
    }

    /// Whether the task is to end. Cheap: tasks ask at least every 1,024 records.
    #[inline]
    pub fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Relaxed)
    }

    /// Why the task is to end; `None` if it is not.
    pub fn kill_reason(&self) -> Option<Arc<str>> {
        if self.killed.load(Ordering::Acquire) { self.reason.get().cloned() } else { None }
    }

    /// Whether the task may commit its output: asks the DAGScheduler and waits for the answer (`spark-semantics`
    /// section 14).
    ///
    /// # Errors
    /// [`AskError`] if the task is to end, or no answer will come.
    pub fn ask_permission_to_commit(&self, question: AskPermissionToCommitOutput) -> Result<bool, AskError> {
        let question = Addressed {
            to: DagScheduler.actor(),
            message: <DagScheduler as Address>::Message::from(question).into(),
        };
        match self.ask(question, Until::Interrupted)? {
            Answer::Commit(permission) => Ok(permission.allowed),
            Answer::Barrier(_) => Err(AskError::Stopped),
        }
    }

    /// Waits at the barrier until all tasks of the stage attempt have come; their messages, by partition.
    ///
    /// # Errors
    /// [`AskError`] if the barrier breaks, the task is to end, or no answer will come.
    pub fn request_to_sync(&self, question: RequestToSync) -> Result<Arc<[Arc<str>]>, AskError> {
        let question = Addressed {
            to: BarrierCoordinator.actor(),
            message: <BarrierCoordinator as Address>::Message::from(question).into(),
        };
        match self.ask(question, Until::Killed)? {
            Answer::Barrier(reply) => reply.result.map_err(AskError::BarrierBroken),
            Answer::Commit(_) => Err(AskError::Stopped),
        }
    }

    /// Asks where the outputs of a shuffle are, and does not wait: the answer is for all tasks of the executor, and comes to
    /// [`Application::map_output_statuses`](super::Application::map_output_statuses).
    ///
    /// # Errors
    /// [`AskError::Stopped`] if no answer will come.
    pub fn get_map_output_statuses(&self, question: GetMapOutputStatuses) -> Result<(), AskError> {
        let to = MapOutputTracker.actor();
        let message = <MapOutputTracker as Address>::Message::from(question).into();
        let (asker, cause) = self.asker.as_ref().ok_or(AskError::Stopped)?;
        asker.upgrade().ok_or(AskError::Stopped)?.ask(*cause, Addressed { to, message }, self)
    }

    /// The answer to the question that the task asked.
    pub(crate) fn answer(&self, answer: Answer) {
        self.lock().answer = Some(answer);
        self.changed.notify_all();
    }

    /// No answer will come any more: an actor is dead.
    pub(crate) fn end_waits(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    fn ask(&self, question: Addressed, until: Until) -> Result<Answer, AskError> {
        let _asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = self.kill_reason() {
            return Err(AskError::Killed(reason));
        }
        let (asker, cause) = self.asker.as_ref().ok_or(AskError::Stopped)?;
        asker.upgrade().ok_or(AskError::Stopped)?.ask(*cause, question, self)?;
        let mut waiting = self.lock();
        loop {
            if let Some(answer) = waiting.answer.take() {
                return Ok(answer);
            }
            if waiting.ended {
                return Err(AskError::Stopped);
            }
            if (until == Until::Killed || self.interrupted.load(Ordering::Acquire))
                && let Some(reason) = self.kill_reason()
            {
                return Err(AskError::Killed(reason));
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for TaskControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TaskControl({}, killed: {:?})", self.task_id, self.kill_reason())
    }
}
