//! Questions of a task that runs inline: the loop waits for the task, so the DAGScheduler answers at once.

use std::sync::{Arc, Mutex};

use super::actor::{Actor, Sent, lock};
use crate::{
    Time,
    carrier::{AskError, Door, Sender, TaskControl, asker::Asker, task_control::Answer},
    dag_scheduler::DagSchedulerCore,
    message::{Addressed, Message, MessageId, TaskRunnerMessage},
};

/// Lets one task ask, while it runs.
pub(super) struct InlineAsker {
    pub(super) dag_scheduler: Arc<Mutex<Actor<DagSchedulerCore>>>,
    /// Numbers the messages of the task's executor.
    pub(super) runner: Arc<Mutex<Sender>>,
    pub(super) door: Arc<Door>,
    pub(super) now: Time,
    pub(super) meanwhile: Mutex<Meanwhile>,
}

/// What has happened while the task ran.
#[derive(Default)]
pub(super) struct Meanwhile {
    /// What the DAGScheduler sent beside the answers.
    pub(super) sent: Sent,
    /// Messages that were handled.
    pub(super) handled: u64,
}

impl Asker for InlineAsker {
    fn ask(&self, cause: MessageId, question: Addressed, control: &TaskControl) -> Result<(), AskError> {
        let Message::DagScheduler(message) = question.message else {
            return Err(AskError::NeedsThreads);
        };
        let head = lock(&self.runner).head(question.to, Some(cause), self.now);
        self.door.deliver(&head, self.now, &message);
        let mut sent = Sent::new();
        lock(&self.dag_scheduler).turn(&head, message, self.now, &mut sent);
        let mut meanwhile = lock(&self.meanwhile);
        meanwhile.handled += 1;
        let mut answered = false;
        for (due, head, addressed) in sent {
            match addressed.message {
                Message::TaskRunner(TaskRunnerMessage::CommitPermission(permission))
                    if permission.task_id == control.task_id() =>
                {
                    let message = TaskRunnerMessage::CommitPermission(permission);
                    self.door.deliver(&head, self.now, &message);
                    meanwhile.handled += 1;
                    answered = true;
                    if let TaskRunnerMessage::CommitPermission(permission) = message {
                        control.answer(Answer::Commit(permission));
                    }
                }
                message => meanwhile.sent.push_back((due, head, Addressed { to: addressed.to, message })),
            }
        }
        if answered { Ok(()) } else { Err(AskError::Stopped) }
    }
}
