//! What fails a job, and how it is cleaned up (`spark-semantics` section 7).

use std::{fmt, time::Duration};

use super::{DagSchedulerCore, completion::StageEnd, stage::StageKind, state::ActiveJob};
use crate::{
    JobId, StageId, Time,
    core::Outbox,
    error::JobError,
    message::{
        DagScheduler, JobEnd, JobFailed, JobWaiter, KillAllTaskAttempts, ResubmitFailedStages, TaskEndReason,
        TaskScheduler, TaskSetFailed, keys,
    },
};

/// How long failed stages wait before they are submitted again; fixed in Spark too.
const RESUBMIT_TIMEOUT: Duration = Duration::from_millis(200);

impl DagSchedulerCore {
    pub(super) fn on_task_set_failed(&mut self, now: Time, failed: TaskSetFailed, out: &mut Outbox) {
        self.abort_stage(now, failed.stage_id, failed.reason, failed.cause, out);
    }

    /// Fails every active job that cannot do without the stage.
    pub(super) fn abort_stage(
        &mut self,
        now: Time,
        id: StageId,
        reason: String,
        cause: Option<TaskEndReason>,
        out: &mut Outbox,
    ) {
        if !self.stages.contains_key(&id) {
            return;
        }
        let depends = |job: &&ActiveJob| self.stage_depends_on(job.final_stage, id);
        let jobs: Vec<JobId> = self.jobs.values().filter(depends).map(|job| job.job_id).collect();
        if jobs.is_empty() {
            tracing::info!("Ignoring failure of stage {id} because all jobs depending on it are done");
        }
        let cause = cause.map(Box::new);
        for job in jobs {
            let error = JobError::StageFailure { reason: reason.clone(), cause: cause.clone() };
            self.fail_job_and_independent_stages(now, job, error, out);
        }
    }

    /// Ends a job with an error, with the stages that only it needs.
    pub(super) fn fail_job_and_independent_stages(
        &mut self,
        now: Time,
        job_id: JobId,
        error: JobError,
        out: &mut Outbox,
    ) {
        let Some(job) = self.jobs.get(&job_id) else { return };
        tracing::info!("Job {job_id} failed: {}: {error}", job.call_site);
        self.cancel_running_independent_stages(now, job_id, format_args!("{error}"), out);
        self.cleanup_job(job_id, out);
        out.send(JobWaiter(job_id), JobFailed { job_id, error: error.clone() });
        self.post(JobEnd { job_id, time: now, error: Some(error) }, out);
    }

    /// Ends the stages that run for this job alone, that failed and wait to run again (SPARK-50648), or that were tried
    /// again. Most jobs have none when they end well: then the reason is not even written.
    pub(super) fn cancel_running_independent_stages(
        &mut self,
        now: Time,
        job_id: JobId,
        reason: fmt::Arguments<'_>,
        out: &mut Outbox,
    ) {
        let of_job = self.job_id_to_stage_ids.get(&job_id).into_iter().flatten();
        let to_end: Vec<StageId> = of_job.filter(|id| self.is_to_be_killed(**id)).copied().collect();
        if to_end.is_empty() {
            return;
        }
        let (interrupt_thread, reason) = (self.interrupt_on_cancel(job_id), reason.to_string());
        for id in to_end {
            let kill = KillAllTaskAttempts { stage_id: id, interrupt_thread, reason: reason.clone() };
            out.send(TaskScheduler, kill);
            if self.running.contains(&id) {
                self.mark_stage_as_finished(now, id, StageEnd::Failed(reason.clone()), out);
            }
        }
    }

    /// Whether tasks of a stage run, or may, that only one job needs.
    fn is_to_be_killed(&self, id: StageId) -> bool {
        self.stages.get(&id).is_some_and(|stage| {
            // The failure of an attempt to fetch from a decommissioned executor is not counted.
            let has_failed = stage.latest.as_ref().is_some_and(|latest| latest.failure_reason.is_some());
            let waits_to_run_again = has_failed || !stage.failed_attempt_ids.is_empty();
            // Tasks of an attempt that could not fetch run on beside the later ones, and behind them. Those of a result
            // stage are killed in any case.
            let is_map_stage = matches!(stage.kind, StageKind::ShuffleMap { .. });
            let was_tried_again = is_map_stage && stage.attempt() > Some(0);
            let may_run = waits_to_run_again || was_tried_again || self.running.contains(&id);
            stage.job_ids.len() == 1 && may_run
        })
    }

    /// Whether the end of a job also interrupts its tasks' waits (`spark-semantics` 7.3).
    pub(super) fn interrupt_on_cancel(&self, job_id: JobId) -> bool {
        let text = self.jobs.get(&job_id).and_then(|job| job.properties.get(keys::INTERRUPT_ON_CANCEL));
        text.is_some_and(|text| {
            text.parse().unwrap_or_else(|_| {
                tracing::warn!(
                    "{} of job {job_id} is neither true nor false: {text}",
                    keys::INTERRUPT_ON_CANCEL
                );
                false
            })
        })
    }

    /// Takes a job, and the stages that no other job needs, out of every table.
    pub(super) fn cleanup_job(&mut self, job_id: JobId, out: &mut Outbox) {
        self.jobs.remove(&job_id);
        for id in self.job_id_to_stage_ids.remove(&job_id).unwrap_or_default() {
            let Some(stage) = self.stages.get_mut(&id) else { continue };
            stage.job_ids.remove(&job_id);
            if stage.job_ids.is_empty() {
                self.remove_stage(id, out);
            }
        }
        if self.jobs.is_empty() {
            self.epochs.clear();
        }
    }

    fn remove_stage(&mut self, id: StageId, out: &mut Outbox) {
        self.waiting.remove(&id);
        self.running.remove(&id);
        self.failed.remove(&id);
        self.commit.stage_end(id);
        let Some(stage) = self.stages.remove(&id) else { return };
        for parent in stage.parents {
            // A parent that another job needs lives on.
            if let Some(parent) = self.stages.get_mut(&parent) {
                parent.children.remove(&id);
            }
        }
        if let StageKind::ShuffleMap { shuffle_id, .. } = stage.kind {
            self.shuffle_id_to_map_stage.remove(&shuffle_id);
            if self.removed_shuffles.remove(&shuffle_id) {
                self.forget_shuffle(shuffle_id, out);
            }
        }
    }

    /// Puts stages among the failed ones; whether the first of them is new there, so that the timer is to be set.
    pub(super) fn note_failed(&mut self, now: Time, stages: &[StageId]) -> bool {
        let is_new = stages.first().is_some_and(|first| !self.failed.contains_key(first));
        for id in stages {
            self.failed.entry(*id).or_insert(now + RESUBMIT_TIMEOUT);
        }
        is_new
    }

    /// All failed stages are to be submitted again after a while.
    pub(super) fn resubmit_later(&self, out: &mut Outbox) {
        out.send_after(RESUBMIT_TIMEOUT, DagScheduler, ResubmitFailedStages {});
    }

    /// Submits all failed stages again. A timer of stages whose jobs have ended meanwhile may do this early for
    /// others, as in Spark; with none left it does nothing.
    pub(super) fn on_resubmit_failed_stages(&mut self, now: Time, out: &mut Outbox) {
        let failed = std::mem::take(&mut self.failed);
        let stages = failed.keys().filter_map(|id| self.stages.get(id));
        let mut stages: Vec<_> = stages.map(|stage| (stage.first_job_id, stage.id)).collect();
        stages.sort_unstable();
        for (_, id) in stages {
            self.submit_stage(now, id, out);
        }
    }
}
