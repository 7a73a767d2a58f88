//! What fails a stage, and with it jobs (`spark-semantics` sections 4 and 7).

use std::time::Duration;

use super::{DagSchedulerCore, stage::StageKind};
use crate::{
    JobId, StageId, Time,
    core::Outbox,
    error::JobError,
    message::{
        DagScheduler, JobEnd, JobFailed, JobWaiter, KillAllTaskAttempts, ResubmitFailedStages, StageTask,
        TaskEndReason, TaskScheduler, TaskSetFailed, keys,
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
        let depends = |job: &&super::ActiveJob| self.stage_depends_on(job.final_stage, id);
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
        self.cancel_running_independent_stages(now, job_id, &error.to_string(), out);
        self.cleanup_job(job_id);
        out.send(JobWaiter(job_id), JobFailed { job_id, error: error.clone() });
        self.post(JobEnd { job_id, time: now, error: Some(error) }, out);
    }

    /// Ends the stages that run for this job alone, or that failed and wait to run again (SPARK-50648).
    pub(super) fn cancel_running_independent_stages(
        &mut self,
        now: Time,
        job_id: JobId,
        reason: &str,
        out: &mut Outbox,
    ) {
        let interrupt_thread = self.interrupt_on_cancel(job_id);
        let of_job = self.job_id_to_stage_ids.get(&job_id).cloned().unwrap_or_default();
        for id in of_job {
            let Some(stage) = self.stages.get(&id) else { continue };
            let running = self.running.contains(&id);
            let waits_to_run_again = !stage.failed_attempt_ids.is_empty();
            if stage.job_ids.len() != 1 || (!running && !waits_to_run_again) {
                continue;
            }
            let kill = KillAllTaskAttempts { stage_id: id, interrupt_thread, reason: reason.to_owned() };
            out.send(TaskScheduler, kill);
            if running {
                self.mark_stage_as_finished(now, id, Some(reason.to_owned()), out);
            }
        }
    }

    fn interrupt_on_cancel(&self, job_id: JobId) -> bool {
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
    pub(super) fn cleanup_job(&mut self, job_id: JobId) {
        self.jobs.remove(&job_id);
        for id in self.job_id_to_stage_ids.remove(&job_id).unwrap_or_default() {
            let Some(stage) = self.stages.get_mut(&id) else { continue };
            stage.job_ids.remove(&job_id);
            if stage.job_ids.is_empty() {
                if let StageKind::ShuffleMap { shuffle_id, .. } = stage.kind {
                    self.shuffle_id_to_map_stage.remove(&shuffle_id);
                    if self.removed_shuffles.remove(&shuffle_id) {
                        self.map_outputs.remove(shuffle_id);
                    }
                }
                let parents = self.stages.remove(&id).map(|stage| stage.parents).unwrap_or_default();
                for parent in parents {
                    // A parent that another job needs lives on.
                    if let Some(parent) = self.stages.get_mut(&parent) {
                        parent.children.remove(&id);
                    }
                }
                self.waiting.remove(&id);
                self.running.remove(&id);
                self.failed.remove(&id);
            }
        }
    }

    /// A task could not read a shuffle output: that output, and all others of its executor, are taken for
    /// lost; both stages run again after a while, unless this has happened too often in a row.
    pub(super) fn on_fetch_failed(
        &mut self,
        now: Time,
        task: &StageTask,
        reason: &TaskEndReason,
        out: &mut Outbox,
    ) {
        let TaskEndReason::FetchFailed { executor_id, shuffle_id, map_index, message, .. } = reason else {
            return;
        };
        let id = task.stage_id;
        let Some(stage) = self.stages.get_mut(&id) else { return };
        if stage.attempt() != Some(task.stage_attempt_id) {
            tracing::info!("Ignoring fetch failure of an old attempt of stage {id}");
            return;
        }
        let is_first = stage.failed_attempt_ids.insert(task.stage_attempt_id);
        let max = self.config.stage.max_consecutive_attempts;
        let should_abort = stage.failed_attempt_ids.len() >= max as usize;
        let title = format!("{stage} ({})", stage.name);
        if self.running.contains(&id) {
            self.mark_stage_as_finished(now, id, Some(reason.to_string()), out);
        }
        if let (Some(executor), Some(map_index)) = (executor_id, map_index) {
            self.map_outputs.unregister(*shuffle_id, *map_index, *executor);
        }
        if should_abort {
            let text = format!(
                "{title} has failed the maximum allowable number of times: {max}. Most recent failure reason:\n{message}"
            );
            self.abort_stage(now, id, text, Some(reason.clone()), out);
        } else {
            if self.failed.insert(id) {
                out.send_after(RESUBMIT_TIMEOUT, DagScheduler, ResubmitFailedStages {});
            }
            // A map stage that already runs again is left alone.
            if let Some(map_stage) = self.shuffle_id_to_map_stage.get(shuffle_id)
                && !self.running.contains(map_stage)
            {
                self.failed.insert(*map_stage);
            }
        }
        // Once an attempt: a later failure of it must not forget outputs that were made again meanwhile.
        if let Some(executor) = executor_id.filter(|_| is_first) {
            self.map_outputs.remove_executor(executor);
        }
    }

    pub(super) fn on_resubmit_failed_stages(&mut self, now: Time, out: &mut Outbox) {
        let failed = std::mem::take(&mut self.failed);
        let mut stages: Vec<_> = failed
            .iter()
            .filter_map(|id| self.stages.get(id))
            .map(|stage| (stage.first_job_id, stage.id))
            .collect();
        stages.sort_unstable();
        for (_, id) in stages {
            self.submit_stage(now, id, out);
        }
    }
}
