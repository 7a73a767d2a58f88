//! Of a shuffle whose outputs are others each time, a task that counts has read those of one attempt of its stage.

use super::{Check, Invariant, View};
use crate::{
    ActorId,
    message::{DagSchedulerMessage, Message, TaskEndReason},
};

#[derive(Clone, Debug, Default)]
pub(super) struct Indeterminate {}

impl Invariant for Indeterminate {
    fn name(&self) -> &'static str {
        "indeterminate"
    }

    fn message(&mut self, view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        let Message::DagScheduler(DagSchedulerMessage::CompletionEvent(event)) = message else {
            return Ok(());
        };
        let task = event.task_info.task_id;
        let made = view.world.tasks.succeeded.get(&task).filter(|_| event.reason == TaskEndReason::Success);
        match made.and_then(|made| made.read.iter().find(|(_, versions)| versions.len() > 1)) {
            Some((shuffle, versions)) => {
                Err(format!("task {task} read outputs of shuffle {shuffle} that {versions:?} made"))
            }
            None => Ok(()),
        }
    }
}
