//! The tasks of a barrier stage attempt are launched all at once.

use std::collections::BTreeMap;

use super::{Check, Invariant, View};
use crate::{
    ActorId, StageId,
    core::Sending,
    message::{DriverEndpointMessage, Message, TaskSchedulerMessage},
};

#[derive(Clone, Debug, Default)]
pub(super) struct Barriers {
    /// By barrier stage attempt, its tasks.
    sizes: BTreeMap<(StageId, u32), usize>,
}

impl Invariant for Barriers {
    fn name(&self) -> &'static str {
        "barriers"
    }

    fn sent(&mut self, _view: &View<'_>, _from: ActorId, sending: &Sending) -> Check {
        match &sending.message {
            Message::TaskScheduler(TaskSchedulerMessage::SubmitTasks(submit)) => {
                let stage = &submit.task_set.stage;
                if stage.is_barrier {
                    let attempt = (stage.stage_id, stage.stage_attempt_id);
                    self.sizes.insert(attempt, submit.task_set.tasks.len());
                }
                Ok(())
            }
            Message::DriverEndpoint(DriverEndpointMessage::LaunchTasks(launch)) => {
                let mut launched: BTreeMap<(StageId, u32), usize> = BTreeMap::new();
                for task in launch.tasks.iter().filter(|task| task.stage.is_barrier) {
                    *launched.entry((task.stage.stage_id, task.stage.stage_attempt_id)).or_default() += 1;
                }
                for ((stage, attempt), tasks) in launched {
                    let size = self.sizes.get(&(stage, attempt)).copied();
                    if size != Some(tasks) {
                        return Err(format!(
                            "{tasks} tasks of barrier stage {stage}.{attempt} are launched, it has {size:?}"
                        ));
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
