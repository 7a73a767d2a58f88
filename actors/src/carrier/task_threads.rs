//! An executor's task threads: one per core slot. They run user code, and report to their ExecutorBackend.

use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    thread::ThreadId,
    time::{Duration, Instant},
};

use super::{
    Application, AskError, Sender, StuckTask, TaskControl, asker::Asker, deliver::Deliver, panic_text,
    task_control::Answer, work_queue::WorkQueue,
};
use crate::{
    ActorId, ExecutorId, TaskId,
    message::{
        Address, Addressed, ExceptionFailure, ExecutorBackend, KillTask, Message, MessageId, StageTask,
        StatusUpdate, TaskDescription, TaskEndReason, TaskRunnerMessage, TaskStatus,
    },
};

/// Bytes of a task thread's stack, as a main thread has: the deepest chains of operators that are let through
/// need more than the default of threads when built without optimization. Memory is taken as it is touched.
const STACK_SIZE: usize = 8 << 20;

/// The task threads of one executor.
pub(super) struct TaskThreads {
    executor_id: ExecutorId,
    /// Weak: it holds the threads.
    carrier: Weak<dyn Deliver>,
    queue: WorkQueue<Assignment>,
    state: Mutex<State>,
    /// A thread has ended.
    ended: Condvar,
    /// Numbers the messages of all its threads; held while one is posted, so that they arrive in order.
    sender: Arc<Mutex<Sender>>,
}

/// A task for a thread.
struct Assignment {
    /// The message that brought it.
    cause: MessageId,
    task: TaskDescription,
    control: Arc<TaskControl>,
}

/// What a thread does now.
struct Running {
    task_id: TaskId,
    index: u32,
    attempt_number: u32,
    stage: Arc<StageTask>,
    since: Instant,
}

struct State {
    /// By attempt: those that run or wait.
    controls: BTreeMap<TaskId, Arc<TaskControl>>,
    /// By thread.
    running: BTreeMap<usize, Running>,
    live: Vec<ThreadId>,
    stopping: bool,
    /// An actor is dead: no question is answered.
    unanswered: bool,
}

impl TaskThreads {
    pub(super) fn new(executor_id: ExecutorId, carrier: Weak<dyn Deliver>) -> Arc<Self> {
        Arc::new(TaskThreads {
            executor_id,
            carrier,
            queue: WorkQueue::looked_at_by(usize::MAX),
            state: Mutex::new(State {
                controls: BTreeMap::new(),
                running: BTreeMap::new(),
                live: Vec::new(),
                stopping: false,
                unanswered: false,
            }),
            ended: Condvar::new(),
            sender: Arc::new(Mutex::new(Sender::new(ActorId::TaskRunner(executor_id)))),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name of a thread: its executor's and its slot.
    fn thread_name(&self, slot: usize) -> String {
        format!("executor-{}-task-{slot}", self.executor_id)
    }

    /// Starts a thread for each slot.
    pub(super) fn start(self: &Arc<Self>, slots: u32) -> Result<(), crate::SystemError> {
        for slot in 0..slots as usize {
            let name = self.thread_name(slot);
            let threads = self.clone();
            let run = move || threads.run(slot);
            let mut state = self.lock();
            let thread = std::thread::Builder::new()
                .name(name.clone())
                .stack_size(STACK_SIZE)
                .spawn(run)
                .map_err(|source| crate::SystemError::Thread { name, source })?;
            state.live.push(thread.thread().id());
        }
        Ok(())
    }

    pub(super) fn executor_id(&self) -> ExecutorId {
        self.executor_id
    }

    /// Who sends the messages of these threads.
    pub(super) fn sender(&self) -> &Arc<Mutex<Sender>> {
        &self.sender
    }

    /// Takes a message, which `cause` is.
    pub(super) fn on_message(
        self: &Arc<Self>,
        cause: MessageId,
        message: TaskRunnerMessage,
        application: &dyn Application,
    ) {
        match message {
            TaskRunnerMessage::LaunchTask(launch) => self.launch(cause, launch.task),
            TaskRunnerMessage::KillTask(kill) => self.kill(&kill),
            TaskRunnerMessage::CommitPermission(permission) => self.answer(Answer::Commit(permission)),
            TaskRunnerMessage::BarrierReply(reply) => self.answer(Answer::Barrier(reply)),
            TaskRunnerMessage::MapOutputStatuses(statuses) => application.map_output_statuses(statuses),
            TaskRunnerMessage::StopTaskRunner(_) => self.stop(),
        }
    }

    fn launch(self: &Arc<Self>, cause: MessageId, task: TaskDescription) {
        let threads = Arc::downgrade(self);
        let control = Arc::new(TaskControl::asking(task.task_id, threads, cause));
        let mut state = self.lock();
        if state.stopping {
            // The queue takes nothing any more.
            return;
        }
        if state.unanswered {
            control.end_waits();
        }
        state.controls.insert(task.task_id, control.clone());
        drop(state);
        self.queue.push(Assignment { cause, task, control });
    }

    fn kill(&self, kill: &KillTask) {
        if let Some(control) = self.lock().controls.get(&kill.task_id) {
            control.kill(&kill.reason, kill.interrupt_thread);
        }
    }

    /// Hands an answer to the task that asked; it may have ended meanwhile.
    fn answer(&self, answer: Answer) {
        if let Some(control) = self.lock().controls.get(&answer.task_id()) {
            control.answer(answer);
        }
    }

    /// An actor is dead: tasks that wait for an answer, and those that ask later, get none.
    pub(super) fn end_waits(&self) {
        let mut state = self.lock();
        state.unanswered = true;
        state.controls.values().for_each(|control| control.end_waits());
    }

    /// Lets the threads end: what waits is dropped, what runs is told to end.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        for control in state.controls.values() {
            control.kill("executor is shutting down", true);
        }
        drop(state);
        self.queue.close(true);
    }

    /// Waits until all threads have ended, at most until `deadline`; those that have not are named.
    pub(super) fn wait(&self, deadline: Instant) -> Vec<StuckTask> {
        let mut state = self.lock();
        while !state.live.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                break;
            }
            state = self.ended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let stuck = state.running.iter().map(|(slot, running)| StuckTask {
            thread: self.thread_name(*slot),
            task_id: running.task_id,
            task: format!(
                "task {}.{} in {}",
                running.index,
                running.attempt_number,
                running.stage.stage_name()
            ),
            running_for: running.since.elapsed(),
        });
        stuck.collect()
    }

    /// Whether the caller is one of these threads.
    pub(super) fn is_own_thread(&self) -> bool {
        self.lock().live.contains(&std::thread::current().id())
    }

    fn run(self: Arc<Self>, slot: usize) {
        while let Some(Assignment { cause, task, control }) = self.queue.pop() {
            let Some(carrier) = self.carrier.upgrade() else { break };
            self.report(&*carrier, cause, &task, TaskStatus::Running);
            let TaskDescription { task_id, index, attempt_number, .. } = task;
            let running =
                Running { task_id, index, attempt_number, stage: task.stage.clone(), since: Instant::now() };
            self.lock().running.insert(slot, running);
            let status = run_caught(carrier.application(), &task, &control);
            let mut state = self.lock();
            state.running.remove(&slot);
            state.controls.remove(&task.task_id);
            let stopping = state.stopping;
            drop(state);
            if stopping && matches!(status, TaskStatus::Failed(_)) {
                // The loss of the executor speaks for it (`spark-semantics` 21.14).
                tracing::info!("Not reporting error to driver during shutdown.");
            } else {
                self.report(&*carrier, cause, &task, status);
            }
        }
        let mut state = self.lock();
        state.live.retain(|id| *id != std::thread::current().id());
        drop(state);
        self.ended.notify_all();
    }

    fn report(&self, carrier: &dyn Deliver, cause: MessageId, task: &TaskDescription, status: TaskStatus) {
        let update = StatusUpdate {
            executor_id: self.executor_id,
            task_id: task.task_id,
            status,
            task_cpus: task.cpus,
        };
        let to = ExecutorBackend(self.executor_id).actor();
        let now = carrier.now();
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let head = sender.head(to, Some(cause), now);
        carrier.deliver(head, Addressed { to, message: Message::ExecutorBackend(update.into()) }, now);
    }
}

impl Asker for TaskThreads {
    fn ask(&self, cause: MessageId, question: Addressed, _control: &TaskControl) -> Result<(), AskError> {
        let carrier = self.carrier.upgrade().ok_or(AskError::Stopped)?;
        let now = carrier.now();
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let head = sender.head(question.to, Some(cause), now);
        carrier.post(head, question).map_err(|_| AskError::Stopped)
    }
}

/// Runs a task; a panic of the application's runner is a failure of the attempt, not of the thread.
pub(crate) fn run_caught(
    application: &dyn Application,
    task: &TaskDescription,
    control: &Arc<TaskControl>,
) -> TaskStatus {
    let run = AssertUnwindSafe(|| application.run_task(task, control));
    match std::panic::catch_unwind(run) {
        Ok(status) if status.is_terminal() => status,
        Ok(_) => failure("a task runner answered RUNNING where it has to say how the task ended".to_owned()),
        Err(payload) => failure(panic_text(&*payload)),
    }
}

fn failure(description: String) -> TaskStatus {
    TaskStatus::Failed(Box::new(TaskEndReason::ExceptionFailure(Box::new(ExceptionFailure {
        class_name: "panic".to_owned(),
        description,
        location: None,
        stack_trace: String::new(),
        causes: Vec::new(),
        fatal: false,
        metrics: Box::default(),
        accum_updates: Vec::new(),
    }))))
}
