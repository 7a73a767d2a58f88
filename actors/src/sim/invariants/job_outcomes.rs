//! A job fails only for a reason: with limits that luck cannot reach, only if it was cancelled.

use super::{Check, Invariant, View};
use crate::{
    ActorId,
    message::{JobWaiterMessage, Message},
};

#[derive(Clone, Debug, Default)]
pub(super) struct JobOutcomes {}

impl Invariant for JobOutcomes {
    fn name(&self) -> &'static str {
        "job outcomes"
    }

    fn message(&mut self, view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        let Message::JobWaiter(JobWaiterMessage::JobFailed(failed)) = message else { return Ok(()) };
        let error = &failed.error;
        if view.scene.may_fail_with(failed.job_id, error) {
            return Ok(());
        }
        Err(format!("job {} failed: {error}", failed.job_id))
    }
}
