//! What tasks add to accumulators counts once per result and once per run of a map task, before the result is
//! delivered; of what failed, only what counts also then.

use std::collections::BTreeSet;

use super::{Check, Invariant, View};
use crate::{
    ActorId, JobId, TaskId,
    message::{JobWaiterMessage, MergeAccumulators, Message, TaskSucceeded},
    sim::plan::Makes,
};

#[derive(Clone, Debug, Default)]
pub(super) struct Accumulators {
    /// Attempts whose updates were merged.
    merged: BTreeSet<TaskId>,
    /// Partitions of jobs' results whose updates were merged.
    counted: BTreeSet<(JobId, u32)>,
}

impl Accumulators {
    fn merge(&mut self, view: &View<'_>, merge: &MergeAccumulators) -> Check {
        let MergeAccumulators { job_id, task_id, updates } = merge;
        if !self.merged.insert(*task_id) {
            return Err(format!("what task {task_id} added counts twice"));
        }
        let Some(world) = view.scene.world() else { return Ok(()) };
        let Some(made) = world.tasks.succeeded.get(task_id) else {
            return match updates.iter().find(|update| !update.counts_failed) {
                Some(update) => {
                    Err(format!("what task {task_id}, which failed, added to {} counts", update.id))
                }
                None => Ok(()),
            };
        };
        match made.makes {
            Makes::Result(job) if job != *job_id || !self.counted.insert((job, made.partition)) => {
                Err(format!(
                    "what task {task_id} added for partition {} of job {job} counts for job {job_id}, or once more",
                    made.partition
                ))
            }
            _ => Ok(()),
        }
    }

    fn delivered(&self, view: &View<'_>, success: &TaskSucceeded) -> Check {
        let (job, task) = (success.job_id, success.task_id);
        let Some(world) = view.scene.world() else { return Ok(()) };
        let Some(made) = world.tasks.succeeded.get(&task) else { return Ok(()) };
        let adds = world.plan.job(job).is_some_and(|job| job.accumulates);
        if adds && !self.counted.contains(&(job, made.partition)) {
            return Err(format!("the result of task {task} is delivered, and what it added does not count"));
        }
        Ok(())
    }
}

impl Invariant for Accumulators {
    fn name(&self) -> &'static str {
        "accumulators"
    }

    fn needs_world(&self) -> bool {
        true
    }

    fn message(&mut self, view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        match message {
            Message::JobWaiter(JobWaiterMessage::MergeAccumulators(merge)) => self.merge(view, merge),
            Message::JobWaiter(JobWaiterMessage::TaskSucceeded(success)) => self.delivered(view, success),
            _ => Ok(()),
        }
    }
}
