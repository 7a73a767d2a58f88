//! Which of the values that tasks add to accumulators count (`spark-semantics` 3.1). The program merges them; here
//! they are bytes.

use super::{DagSchedulerCore, stage::StageKind};
use crate::{
    JobId, TaskId,
    core::Outbox,
    message::{AccumUpdate, JobWaiter, MergeAccumulators, StageTask, TaskEndReason},
};

impl DagSchedulerCore {
    /// Sends what counts to the waiter of the job. A result counts once, whichever attempt brings it; a map task
    /// counts each time it runs, as in Spark; a failed or killed one with what it marked so.
    pub(super) fn merge_accumulators(
        &self,
        task: &StageTask,
        output_id: u32,
        task_id: TaskId,
        reason: &TaskEndReason,
        mut updates: Vec<AccumUpdate>,
        out: &mut Outbox,
    ) {
        if !matches!(reason, TaskEndReason::Success) {
            updates = reason.accum_updates().iter().filter(|update| update.counts_failed).cloned().collect();
        }
        if updates.is_empty() {
            return;
        }
        let is_success = matches!(reason, TaskEndReason::Success);
        if let Some(job_id) = self.job_that_counts(task, output_id, is_success) {
            out.send(JobWaiter(job_id), MergeAccumulators { job_id, task_id, updates });
        }
    }

    fn job_that_counts(&self, task: &StageTask, output_id: u32, is_success: bool) -> Option<JobId> {
        let stage = self.stages.get(&task.stage_id)?;
        match stage.kind {
            StageKind::Result { job_id } if is_success => {
                let action = self.jobs.get(&job_id)?.action()?;
                let is_wanted = !action.finished.contains(output_id) && !stage.is_outdated(task);
                is_wanted.then_some(job_id)
            }
            _ => self.active_job_for_stage(task.stage_id),
        }
    }
}
