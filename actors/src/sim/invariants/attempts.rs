//! A task has at most one attempt at a time, two with speculation; none once its result counts; and one result
//! counts.

use std::collections::BTreeSet;

use super::{Check, Invariant, View};
use crate::{
    ActorId, StageId,
    core::Sending,
    message::{DagSchedulerMessage, DriverEndpointMessage, Message, TaskEndReason},
};

#[derive(Clone, Debug, Default)]
pub(super) struct Attempts {
    /// Indices of sets whose result counts.
    done: BTreeSet<(StageId, u32, u32)>,
}

impl Invariant for Attempts {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn sent(&mut self, view: &View<'_>, _from: ActorId, sending: &Sending) -> Check {
        match &sending.message {
            Message::DriverEndpoint(DriverEndpointMessage::LaunchTasks(launch)) => {
                let limit = 1 + u32::from(view.scene.config().speculation.enabled);
                for task in &launch.tasks {
                    let index = (task.stage.stage_id, task.stage.stage_attempt_id, task.index);
                    let running = view.known.attempts.get(&index).copied().unwrap_or_default();
                    if running >= limit {
                        return Err(format!("{} is launched while {running} attempts run", task.name()));
                    }
                    if self.done.contains(&index) {
                        return Err(format!("{} is launched although its result is there", task.name()));
                    }
                }
                Ok(())
            }
            Message::DagScheduler(DagSchedulerMessage::CompletionEvent(event)) => {
                let (stage, info) = (&event.stage, &event.task_info);
                let index = (stage.stage_id, stage.stage_attempt_id, info.index);
                match event.reason {
                    TaskEndReason::Resubmitted => {
                        self.done.remove(&index);
                    }
                    TaskEndReason::Success if !self.done.insert(index) => {
                        return Err(format!(
                            "task {} succeeded after another attempt of it had",
                            info.task_id
                        ));
                    }
                    _ => {}
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
