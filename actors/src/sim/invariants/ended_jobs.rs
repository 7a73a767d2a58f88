//! Once every job that needs a stage has ended, no task of it is launched.

use super::{Check, Invariant, View};
use crate::{
    ActorId,
    core::Sending,
    message::{DriverEndpointMessage, Message},
};

#[derive(Clone, Debug, Default)]
pub(super) struct EndedJobs {}

impl Invariant for EndedJobs {
    fn name(&self) -> &'static str {
        "ended jobs"
    }

    fn sent(&mut self, view: &View<'_>, _from: ActorId, sending: &Sending) -> Check {
        let Message::DriverEndpoint(DriverEndpointMessage::LaunchTasks(launch)) = &sending.message else {
            return Ok(());
        };
        for task in &launch.tasks {
            let stage = task.stage.stage_id;
            if !view.known.knows_stage(stage) {
                return Err(format!("task {} is of stage {stage}, of which no job has told", task.task_id));
            }
            if view.known.stage_is_over(stage, view.scene.seq()) {
                return Err(format!(
                    "task {} of stage {stage} is launched after its jobs ended",
                    task.task_id
                ));
            }
        }
        Ok(())
    }
}
