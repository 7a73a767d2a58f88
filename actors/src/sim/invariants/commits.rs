//! Of all attempts at a partition one at a time may commit: another only after that one is known to have failed.

use std::collections::BTreeMap;

use super::{Check, Invariant, View};
use crate::{
    ActorId, StageId, TaskId,
    core::Sending,
    message::{DagSchedulerMessage, Message, TaskEndReason, TaskRunnerMessage},
};

#[derive(Clone, Debug, Default)]
pub(super) struct Commits {
    authorized: BTreeMap<(StageId, u32), TaskId>,
    /// What the question that is being handled is about.
    asked: Option<(StageId, u32)>,
}

impl Invariant for Commits {
    fn name(&self) -> &'static str {
        "commits"
    }

    fn message(&mut self, _view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        self.asked = None;
        match message {
            Message::DagScheduler(DagSchedulerMessage::AskPermissionToCommitOutput(ask)) => {
                self.asked = Some((ask.stage_id, ask.partition_id));
            }
            Message::DagScheduler(DagSchedulerMessage::CompletionEvent(event))
                if !matches!(event.reason, TaskEndReason::Success | TaskEndReason::Resubmitted) =>
            {
                let partition = (event.stage.stage_id, event.task_info.partition_id);
                if self.authorized.get(&partition) == Some(&event.task_info.task_id) {
                    self.authorized.remove(&partition);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn sent(&mut self, _view: &View<'_>, _from: ActorId, sending: &Sending) -> Check {
        let Message::TaskRunner(TaskRunnerMessage::CommitPermission(permission)) = &sending.message else {
            return Ok(());
        };
        let Some(partition) = self.asked.filter(|_| permission.allowed) else { return Ok(()) };
        match self.authorized.insert(partition, permission.task_id) {
            Some(other) if other != permission.task_id => Err(format!(
                "task {} may commit partition {} of stage {}, and so may task {other}",
                permission.task_id, partition.1, partition.0
            )),
            _ => Ok(()),
        }
    }
}
