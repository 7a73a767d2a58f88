//! Ending jobs on request (`spark-semantics` section 7).

use super::DagSchedulerCore;
use crate::{JobId, Time, core::Outbox, error::JobError, message::JobCancelled};

impl DagSchedulerCore {
    pub(super) fn on_job_cancelled(&mut self, now: Time, cancel: JobCancelled, out: &mut Outbox) {
        let JobCancelled { job_id, reason } = cancel;
        if self.jobs.contains_key(&job_id) {
            let error = JobError::Cancelled { job_id, reason };
            self.fail_job_and_independent_stages(now, job_id, error, out);
        } else {
            tracing::debug!("Trying to cancel unregistered job {job_id}");
        }
    }

    pub(super) fn on_all_jobs_cancelled(&mut self, now: Time, out: &mut Outbox) {
        let reason = Some("as part of cancellation of all jobs".to_owned());
        for job_id in self.active_jobs() {
            let error = JobError::Cancelled { job_id, reason: reason.clone() };
            self.fail_job_and_independent_stages(now, job_id, error, out);
        }
    }

    pub(super) fn on_stop(&mut self, now: Time, out: &mut Outbox) {
        self.stopped = true;
        for job_id in self.active_jobs() {
            self.fail_job_and_independent_stages(now, job_id, JobError::ContextStopped { job_id }, out);
        }
    }

    fn active_jobs(&self) -> Vec<JobId> {
        self.jobs.keys().copied().collect()
    }
}
