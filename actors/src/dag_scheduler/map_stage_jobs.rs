//! Jobs that only want a shuffle's outputs (Spark's submitMapStage).

use super::{DagSchedulerCore, state::Goal};
use crate::{
    JobId, StageId, Time,
    core::Outbox,
    message::{JobEnd, JobWaiter, MapStageSucceeded},
};

impl DagSchedulerCore {
    /// Ends the jobs that waited for the outputs of this stage alone.
    pub(super) fn finish_map_stage_jobs(&mut self, now: Time, id: StageId, out: &mut Outbox) {
        let Some(stage) = self.stages.get(&id) else { return };
        let is_waiting = |job_id: &&JobId| self.jobs.get(job_id).is_some_and(|job| job.final_stage == id);
        let jobs: Vec<JobId> = stage.job_ids.iter().filter(is_waiting).copied().collect();
        for job_id in jobs {
            self.map_stage_job_succeeded(now, job_id, out);
        }
    }

    /// The outputs are there: the waiter gets their sizes.
    pub(super) fn map_stage_job_succeeded(&mut self, now: Time, job_id: JobId, out: &mut Outbox) {
        let Some(job) = self.jobs.get(&job_id) else { return };
        let Goal::MapStage(shuffle_id) = job.goal else { return };
        tracing::info!("Job {job_id} is finished: {}", job.call_site);
        let bytes_by_partition = self.map_outputs.bytes_by_partition(shuffle_id);
        out.send(JobWaiter(job_id), MapStageSucceeded { job_id, shuffle_id, bytes_by_partition });
        self.cancel_running_independent_stages(now, job_id, format_args!("Job {job_id} is finished."), out);
        self.cleanup_job(job_id, out);
        self.post(JobEnd { job_id, time: now, error: None }, out);
    }
}
