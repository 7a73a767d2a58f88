//! Whoever cancels jobs, by themselves, their group, a tag or all of them, has ended each that is active, at once.

use std::collections::BTreeSet;

use super::{Check, Invariant, View};
use crate::{
    ActorId, JobId,
    message::{DagSchedulerMessage, Message},
    sim::plan::PlannedJob,
};

#[derive(Clone, Debug, Default)]
pub(super) struct Cancellations {
    /// Jobs that are to end while the present event is handled.
    due: BTreeSet<JobId>,
}

impl Cancellations {
    fn expect(&mut self, view: &View<'_>, is: impl Fn(&PlannedJob) -> bool) {
        let jobs = view.known.active.iter().copied();
        let planned = |job: &JobId| view.scene.world().and_then(|world| world.plan.job(*job));
        self.due = jobs.filter(|job| planned(job).is_some_and(&is)).collect();
    }
}

impl Invariant for Cancellations {
    fn name(&self) -> &'static str {
        "cancellations"
    }

    fn needs_world(&self) -> bool {
        true
    }

    fn message(&mut self, view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        let Message::DagScheduler(message) = message else { return Ok(()) };
        match message {
            DagSchedulerMessage::JobCancelled(cancel) => self.expect(view, |job| job.job_id == cancel.job_id),
            DagSchedulerMessage::JobGroupCancelled(cancel) => {
                self.expect(view, |job| job.group == Some(&*cancel.group_id));
            }
            DagSchedulerMessage::JobTagCancelled(cancel) => {
                self.expect(view, |job| job.tags.contains(&&*cancel.tag));
            }
            DagSchedulerMessage::AllJobsCancelled(_) => self.expect(view, |_| true),
            _ => {}
        }
        Ok(())
    }

    fn after_event(&mut self, view: &View<'_>) -> Check {
        let due = std::mem::take(&mut self.due);
        match due.intersection(&view.known.active).next() {
            Some(job) => Err(format!("job {job} is cancelled, and has not ended")),
            None => Ok(()),
        }
    }
}
