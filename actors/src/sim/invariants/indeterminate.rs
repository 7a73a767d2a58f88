//! Of a shuffle whose outputs are others each time, a task that counts has read those of one attempt of its stage, and
//! all results of a job come from one: each result reads the same, itself and by way of all that it reads.
//!
//! What was made before a job began is not looked behind: a later job may find a shuffle whole that is older than what
//! is left of its parent, as in Spark.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Invariant, View};
use crate::{
    ActorId, JobId, ShuffleId, StageId, TaskId,
    message::{DagSchedulerMessage, JobWaiterMessage, Message, TaskEndReason},
    sim::plan::Makes,
};

#[derive(Clone, Debug, Default)]
pub(super) struct Indeterminate {
    /// With which event each job came.
    begun: BTreeMap<JobId, u64>,
    /// By job and shuffle: the stage attempt from which the job's results come.
    behind: BTreeMap<(JobId, ShuffleId), (StageId, u32)>,
}

impl Indeterminate {
    fn reads_one_attempt(view: &View<'_>, task: TaskId) -> Check {
        let made = view.scene.world().and_then(|world| world.tasks.succeeded.get(&task));
        match made.and_then(|made| made.read.versions.iter().find(|(_, versions)| versions.len() > 1)) {
            Some((shuffle, versions)) => {
                Err(format!("task {task} read outputs of shuffle {shuffle} that {versions:?} made"))
            }
            None => Ok(()),
        }
    }

    /// Looks at all that a result was made from.
    fn comes_from_one_attempt(&mut self, view: &View<'_>, job: JobId, result: TaskId) -> Check {
        let Some(world) = view.scene.world() else { return Ok(()) };
        let succeeded = &world.tasks.succeeded;
        let begun = self.begun.get(&job).copied().unwrap_or_default();
        let mut waiting = vec![result];
        let mut visited = BTreeSet::new();
        while let Some(task) = waiting.pop() {
            let Some(made) = succeeded.get(&task).filter(|_| visited.insert(task)) else { continue };
            if let Makes::Outputs(shuffle) = made.makes {
                let known = *self.behind.entry((job, shuffle)).or_insert(made.attempt);
                if known != made.attempt {
                    return Err(format!(
                        "results of job {job} come from outputs of shuffle {shuffle} that {known:?} made, and from \
                         those of {:?}",
                        made.attempt
                    ));
                }
            }
            if made.seq >= begun {
                waiting.extend(&made.read.tasks);
            }
        }
        Ok(())
    }
}

impl Invariant for Indeterminate {
    fn name(&self) -> &'static str {
        "indeterminate"
    }

    fn needs_world(&self) -> bool {
        true
    }

    fn message(&mut self, view: &View<'_>, to: ActorId, message: &Message) -> Check {
        match message {
            Message::DagScheduler(DagSchedulerMessage::JobSubmitted(job)) => {
                self.begun.insert(job.job_id, view.scene.seq());
                Ok(())
            }
            Message::DagScheduler(DagSchedulerMessage::CompletionEvent(event))
                if event.reason == TaskEndReason::Success =>
            {
                Indeterminate::reads_one_attempt(view, event.task_info.task_id)
            }
            Message::JobWaiter(JobWaiterMessage::TaskSucceeded(success)) => match to {
                ActorId::JobWaiter(job) => self.comes_from_one_attempt(view, job, success.task_id),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}
