//! The result getter: a few threads that decode results, so that the actors need not.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
};

use super::router::Router;
use crate::{
    ActorId, SystemError,
    carrier::{
        Application, BoundedThread, Port, ResultError, Sender, deliver::Deliver, panic_text,
        work_queue::WorkQueue,
    },
    message::{
        AbortTaskSet, Address, Addressed, EnqueueSuccessfulTask, HandleFailedTask, HandleSuccessfulTask,
        HandleTaskGettingResult, Message, MessageId, ResultGetterMessage, TaskEndReason, TaskOutput,
        TaskResult, TaskScheduler, TaskSchedulerMessage, TaskValue,
    },
};

/// As many look for results at once. One is too few: while it decodes, the next result would wake another, which the
/// actors' thread pays for.
const LOOKING: usize = 2;

/// The threads that decode results.
pub(super) struct ResultThreads {
    queue: WorkQueue<(MessageId, EnqueueSuccessfulTask)>,
    /// Held while a message is posted, so that the numbers arrive in order.
    sender: Mutex<Sender>,
}

impl Default for ResultThreads {
    fn default() -> Self {
        ResultThreads {
            queue: WorkQueue::looked_at_by(LOOKING),
            sender: Mutex::new(Sender::new(ActorId::ResultGetter)),
        }
    }
}

impl ResultThreads {
    /// Starts the threads.
    pub(super) fn start(count: u32, router: &Arc<Router>) -> Result<Vec<BoundedThread>, SystemError> {
        let start = |number: u32| {
            let router = router.clone();
            BoundedThread::start(format!("task-result-getter-{number}"), move || router.results.run(&router))
        };
        (0..count).map(start).collect()
    }

    pub(super) fn enqueue(&self, cause: MessageId, message: ResultGetterMessage) {
        let ResultGetterMessage::EnqueueSuccessfulTask(task) = message;
        self.queue.push((cause, task));
    }

    /// Lets the threads end when they have decoded what waits.
    pub(super) fn stop(&self) {
        self.queue.close(false);
    }

    fn run(&self, router: &Router) {
        while let Some((cause, task)) = self.queue.pop() {
            if let Some(getting) = getting(&task) {
                self.tell(router, cause, getting);
            }
            let reply = decode(&*router.application, task);
            self.tell(router, cause, reply);
        }
    }

    fn tell(&self, router: &Router, cause: MessageId, message: TaskSchedulerMessage) {
        let to = TaskScheduler.actor();
        let now = router.now();
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let head = sender.head(to, Some(cause), now);
        router.deliver(head, Addressed { to, message: Message::TaskScheduler(message) }, now);
    }
}

/// What is told before a result is fetched from its executor; `None` if it came with the task's end.
pub(crate) fn getting(task: &EnqueueSuccessfulTask) -> Option<TaskSchedulerMessage> {
    let is_elsewhere = matches!(task.result.value, TaskValue::Indirect { .. });
    is_elsewhere.then(|| HandleTaskGettingResult { task_id: task.task_id }.into())
}

/// Decodes a result; the message that follows is the same on every carrier.
pub(crate) fn decode(application: &dyn Application, task: EnqueueSuccessfulTask) -> TaskSchedulerMessage {
    let run = AssertUnwindSafe(|| application.decode_result(&task));
    let result = std::panic::catch_unwind(run)
        .unwrap_or_else(|payload| Err(ResultError::Undecodable(panic_text(&*payload))));
    reply(task, result)
}

/// What follows when a result has been decoded, or could not be.
pub(crate) fn reply(task: EnqueueSuccessfulTask, result: Result<(), ResultError>) -> TaskSchedulerMessage {
    let task_id = task.task_id;
    match result {
        Ok(()) => {
            let TaskResult { value, mut metrics, accum_updates } = *task.result;
            metrics.result_size = value.size();
            HandleSuccessfulTask { task_id, output: TaskOutput::Decoded, metrics, accum_updates }.into()
        }
        Err(ResultError::Lost) => HandleFailedTask { task_id, reason: TaskEndReason::TaskResultLost }.into(),
        Err(error @ ResultError::Undecodable(_)) => {
            AbortTaskSet { task_id, reason: error.to_string() }.into()
        }
    }
}
