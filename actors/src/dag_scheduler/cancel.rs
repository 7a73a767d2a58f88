//! Ending jobs on request (`spark-semantics` section 7).

use super::{
    DagSchedulerCore,
    state::{ActiveJob, NewJob},
};
use crate::{
    JobId, Time,
    core::Outbox,
    error::JobError,
    message::{
        Host, JobCancelled, JobFailed, JobGroupCancelled, JobTagCancelled, JobWaiter, JobsCancelled,
        Properties, ReplyTo, StageCancelled, keys,
    },
};

impl DagSchedulerCore {
    pub(super) fn on_job_cancelled(&mut self, now: Time, cancel: JobCancelled, out: &mut Outbox) {
        let JobCancelled { job_id, reason } = cancel;
        if !self.jobs.contains_key(&job_id) && !self.waiting_jobs.contains_key(&job_id) {
            return tracing::debug!("Trying to cancel unregistered job {job_id}");
        }
        self.end_job(now, job_id, JobError::Cancelled { job_id, reason }, out);
    }

    /// A stage is cancelled with all jobs that need it.
    pub(super) fn on_stage_cancelled(&mut self, now: Time, cancel: StageCancelled, out: &mut Outbox) {
        let StageCancelled { stage_id, reason } = cancel;
        let Some(stage) = self.stages.get(&stage_id) else {
            return tracing::info!("No active jobs to kill for Stage {stage_id}");
        };
        let jobs: Vec<JobId> = stage.job_ids.iter().copied().collect();
        let reason = match reason {
            Some(reason) => format!("because {reason}"),
            None => format!("because Stage {stage_id} was cancelled"),
        };
        self.cancel_jobs(now, &jobs, &reason, out);
    }

    pub(super) fn on_job_group_cancelled(&mut self, now: Time, cancel: JobGroupCancelled, out: &mut Outbox) {
        let JobGroupCancelled { group_id, cancel_future_jobs, reason } = cancel;
        let jobs = self.jobs_with(|properties| {
            properties.get(keys::JOB_GROUP_ID).is_some_and(|group| **group == *group_id)
        });
        if jobs.is_empty() && !cancel_future_jobs {
            tracing::warn!("Failed to cancel job group {group_id}. Cannot find active jobs for it.");
        }
        let reason = reason.unwrap_or_else(|| format!("part of cancelled job group {group_id}"));
        if cancel_future_jobs {
            self.cancelled_groups.add(group_id, self.config.cancelled_job_groups_to_track);
        }
        self.cancel_jobs(now, &jobs, &reason, out);
    }

    pub(super) fn on_job_tag_cancelled(&mut self, now: Time, cancel: JobTagCancelled, out: &mut Outbox) {
        let JobTagCancelled { tag, reason, reply_to } = cancel;
        let jobs = self.jobs_with(|properties| {
            let tags = properties.get(keys::JOB_TAGS).map_or("", String::as_str);
            tags.split(',').any(|known| !known.is_empty() && *known == *tag)
        });
        let reason = reason.unwrap_or_else(|| format!("part of cancelled job tag {tag}"));
        self.cancel_jobs(now, &jobs, &reason, out);
        if let Some(ReplyTo { request, host }) = reply_to {
            out.send(Host(host), JobsCancelled { request, job_ids: jobs });
        }
    }

    pub(super) fn on_all_jobs_cancelled(&mut self, now: Time, out: &mut Outbox) {
        let jobs = self.jobs_with(|_| true);
        self.cancel_jobs(now, &jobs, "as part of cancellation of all jobs", out);
    }

    pub(super) fn on_stop(&mut self, now: Time, out: &mut Outbox) {
        self.stopped = true;
        for job_id in self.jobs_with(|_| true) {
            self.end_job(now, job_id, JobError::ContextStopped { job_id }, out);
        }
    }

    fn cancel_jobs(&mut self, now: Time, jobs: &[JobId], reason: &str, out: &mut Outbox) {
        for &job_id in jobs {
            let reason = Some(reason.to_owned());
            self.end_job(now, job_id, JobError::Cancelled { job_id, reason }, out);
        }
    }

    /// Ends an active job, or one that has no stages yet because it waits for barrier slots.
    fn end_job(&mut self, now: Time, job_id: JobId, error: JobError, out: &mut Outbox) {
        if self.waiting_jobs.remove(&job_id).is_some() {
            out.send(JobWaiter(job_id), JobFailed { job_id, error });
        } else {
            self.fail_job_and_independent_stages(now, job_id, error, out);
        }
    }

    /// The jobs whose properties are such, by id.
    fn jobs_with(&self, wanted: impl Fn(&Properties) -> bool) -> Vec<JobId> {
        let active = self.jobs.values().map(|ActiveJob { job_id, properties, .. }| (job_id, properties));
        let waiting = self.waiting_jobs.values().map(|waiting| {
            let NewJob { job_id, properties, .. } = &waiting.job;
            (job_id, properties)
        });
        let jobs = active.chain(waiting).filter(|(_, properties)| wanted(properties));
        let mut jobs: Vec<JobId> = jobs.map(|(job_id, _)| *job_id).collect();
        jobs.sort_unstable();
        jobs
    }
}
