//! When all attempts of a stage are to be killed, every one that runs is sent a KillTask.

use std::collections::BTreeSet;

use super::{Check, Invariant, View};
use crate::{
    ActorId, TaskId,
    core::Sending,
    message::{DriverEndpointMessage, Message, TaskSchedulerMessage},
};

#[derive(Clone, Debug, Default)]
pub(super) struct Kills {
    /// Attempts that are to be killed while the present event is handled.
    due: BTreeSet<TaskId>,
}

impl Invariant for Kills {
    fn name(&self) -> &'static str {
        "kills"
    }

    fn message(&mut self, view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        if let Message::TaskScheduler(TaskSchedulerMessage::KillAllTaskAttempts(kill)) = message {
            let of_stage = view.known.running.iter().filter(|(_, task)| task.stage == kill.stage_id);
            self.due = of_stage.map(|(task, _)| *task).collect();
        }
        Ok(())
    }

    fn sent(&mut self, _view: &View<'_>, _from: ActorId, sending: &Sending) -> Check {
        if let Message::DriverEndpoint(DriverEndpointMessage::KillTask(kill)) = &sending.message {
            self.due.remove(&kill.task_id);
        }
        Ok(())
    }

    fn after_event(&mut self, _view: &View<'_>) -> Check {
        match std::mem::take(&mut self.due).pop_first() {
            Some(task) => {
                Err(format!("task {task} runs, its stage is to be killed, and it was not sent KillTask"))
            }
            None => Ok(()),
        }
    }
}
