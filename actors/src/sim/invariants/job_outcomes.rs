//! A job fails only for a reason: with limits that luck cannot reach, only if it was cancelled.

use super::{Check, Invariant, View};
use crate::{
    ActorId,
    error::JobError,
    message::{JobWaiterMessage, Message},
    sim::faults::Fault,
};

#[derive(Clone, Debug, Default)]
pub(super) struct JobOutcomes {}

impl Invariant for JobOutcomes {
    fn name(&self) -> &'static str {
        "job outcomes"
    }

    fn message(&mut self, view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        let Message::JobWaiter(JobWaiterMessage::JobFailed(failed)) = message else { return Ok(()) };
        let plan = &view.world.plan;
        let job = plan.job(failed.job_id);
        let cancels = |fault: &Fault| match fault {
            Fault::JobCancelled { job, .. } => *job == failed.job_id,
            Fault::GroupCancelled { group, .. } => job.is_some_and(|job| job.group == Some(*group)),
            Fault::TagCancelled { tag, .. } => job.is_some_and(|job| job.tags.contains(tag)),
            // Which jobs need a stage is not known here.
            Fault::StageCancelled { .. } | Fault::AllCancelled { .. } => true,
            _ => false,
        };
        let was_cancelled = plan.faults.iter().any(cancels);
        match &failed.error {
            JobError::Cancelled { .. } if was_cancelled => Ok(()),
            JobError::StageFailure { .. } | JobError::StageCreation { .. } if !plan.must_succeed => Ok(()),
            error => Err(format!("job {} failed: {error}", failed.job_id)),
        }
    }
}
