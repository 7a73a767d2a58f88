//! A run's messages as a trace: in the envelopes that a carrier would give them.

use std::collections::BTreeMap;

use super::world::Happening;
use crate::{
    ActorId, TaskId, Time,
    carrier::{ExecutorSpec, Sender},
    message::{Describe, Head, Message, MessageId, ResultGetterMessage, TaskRunnerMessage},
    trace::{ExecutorStart, Messages, Record},
};

/// What is kept of a run for a trace, and what the next envelopes need.
#[derive(Clone, Debug, Default)]
pub(crate) struct Export {
    /// By sender and life.
    senders: BTreeMap<(ActorId, u32), Sender>,
    /// The message that is being handled.
    cause: Option<MessageId>,
    /// By task that was launched, the message that brought it to its threads.
    launches: BTreeMap<TaskId, MessageId>,
    /// By task whose result is being decoded, the message that brought the result.
    results: BTreeMap<TaskId, MessageId>,
    pub(super) messages: Messages,
    pub(super) starts: Vec<ExecutorStart>,
}

impl Export {
    pub(super) fn head(&mut self, from: ActorId, incarnation: u32, to: ActorId, now: Time) -> Head {
        let sender = self.senders.entry((from, incarnation));
        sender.or_insert_with(|| Sender::of_life(from, incarnation)).head(to, self.cause, now)
    }

    /// A message is about to be handled.
    pub(super) fn message(&mut self, head: Head, now: Time, message: &Message) {
        match message {
            Message::TaskRunner(TaskRunnerMessage::LaunchTask(launch)) => {
                self.launches.insert(launch.task.task_id, head.id);
            }
            Message::ResultGetter(ResultGetterMessage::EnqueueSuccessfulTask(task)) => {
                self.results.insert(task.task_id, head.id);
            }
            _ => {}
        }
        self.cause = Some(head.id);
        let (kind, ids) = (message.as_ref().kind(), message.as_ref().ids());
        let number = self.messages.len() as u64;
        let message = Some(message.clone());
        self.messages.push(Record { number, head, handled: now, kind, ids, message });
    }

    /// Something is about to happen around the actors: what comes of it has no cause, but for the ends of tasks.
    pub(super) fn happening(&mut self, happening: &Happening) {
        self.cause = match happening {
            Happening::TaskStep { task_id, .. } => self.launches.get(task_id).copied(),
            Happening::Decoded(task) => self.results.remove(&task.task_id),
            _ => None,
        };
    }

    /// An executor's process starts.
    pub(super) fn started(&mut self, spec: ExecutorSpec, incarnation: u32, at: Time) {
        let before = self.messages.len() as u64;
        self.starts.push(ExecutorStart { spec, incarnation, at, before });
    }
}
