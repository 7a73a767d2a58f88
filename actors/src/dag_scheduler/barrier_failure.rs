//! A task of a barrier stage failed (`spark-semantics` section 6): its tasks only run together, so the attempt ends
//! and the stage starts from nothing.

use super::{
    DagSchedulerCore,
    completion::StageEnd,
    stage::{StageKind, task_text},
};
use crate::{
    StageId, Time,
    core::Outbox,
    message::{AttemptCause, KillAllTaskAttempts, StageTask, TaskEndReason, TaskScheduler},
};

impl DagSchedulerCore {
    pub(super) fn on_barrier_task_failed(
        &mut self,
        now: Time,
        task: &StageTask,
        partition: u32,
        failure: &TaskEndReason,
        out: &mut Outbox,
    ) {
        let id = task.stage_id;
        let Some(stage) = self.stages.get(&id) else { return };
        let text = task_text(task, partition);
        // The first failure of an attempt ends it; the others, and those of older attempts, change nothing more.
        if stage.attempt() != Some(task.stage_attempt_id) || !self.running.contains(&id) {
            return tracing::info!("Ignoring failure of {text} of an ended attempt of barrier stage {id}");
        }
        let title = format!("{stage} ({})", stage.name);
        tracing::info!("Marking {title} as failed due to a barrier task failed.");
        let interrupt_thread = self.interrupt_on_cancel(stage.first_job_id);
        let reason = format!("Task {text} from barrier stage {title} failed.");
        out.send(TaskScheduler, KillAllTaskAttempts { stage_id: id, interrupt_thread, reason });
        let message = format!("Stage failed because barrier task {text} finished unsuccessfully.\n{failure}");
        self.mark_stage_as_finished(now, id, StageEnd::Failed(message.clone()), out);
        self.retry_barrier_stage(now, task, &title, &message, failure, out);
    }

    fn retry_barrier_stage(
        &mut self,
        now: Time,
        task: &StageTask,
        title: &str,
        message: &str,
        failure: &TaskEndReason,
        out: &mut Outbox,
    ) {
        let (id, attempt) = (task.stage_id, task.stage_attempt_id);
        let Some(stage) = self.stages.get_mut(&id) else { return };
        stage.failed_attempt_ids.insert(attempt);
        let max = self.config.stage.max_consecutive_attempts;
        if stage.failed_attempt_ids.len() >= max as usize {
            let text = format!(
                "{title} has failed the maximum allowable number of times: {max}. Most recent failure reason: {message}"
            );
            return self.abort_stage(now, id, text, Some(failure.clone()), out);
        }
        match stage.kind {
            StageKind::ShuffleMap { shuffle_id, .. } => {
                stage.will_run_again(AttemptCause::BarrierFailed { attempt });
                // Its tasks only count together: those that still end well count no more.
                stage.first_valid_attempt = stage.next_attempt_id;
                self.unregister_all_outputs(shuffle_id, out);
                if self.note_failed(now, &[id]) {
                    self.resubmit_later(out);
                }
            }
            StageKind::Result { .. } => self.abort_barrier_result(now, id, message, failure, out),
        }
    }

    /// Some partitions of a barrier's result may be committed already, so it cannot start from nothing.
    pub(super) fn abort_barrier_result(
        &mut self,
        now: Time,
        id: StageId,
        message: &str,
        failure: &TaskEndReason,
        out: &mut Outbox,
    ) {
        let text = format!(
            "Could not recover from a failed barrier ResultStage. Most recent failure reason: {message}"
        );
        self.abort_stage(now, id, text, Some(failure.clone()), out);
    }
}
