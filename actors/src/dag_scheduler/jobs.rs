//! Jobs come: what refuses them, what they wait for, and how they start.

use super::{
    DagSchedulerCore,
    plan::PlannedStage,
    stage::StageKind,
    state::{ActiveJob, Goal, NewJob},
};
use crate::{
    JobId, StageId, Time,
    core::Outbox,
    error::JobError,
    message::{JobEnd, JobFailed, JobStart, JobWaiter, keys},
};

impl DagSchedulerCore {
    pub(super) fn on_new_job(&mut self, now: Time, job: NewJob, out: &mut Outbox) {
        let job_id = job.job_id;
        if self.jobs.contains_key(&job_id) || self.waiting_jobs.contains_key(&job_id) {
            // Whoever waits under this id waits for the active job, so it is told nothing.
            tracing::warn!(%job_id, "refused job {job_id}: an active job has this id; give each job its own");
            return;
        }
        if let Some(error) = self.refusal(&job) {
            return out.send(JobWaiter(job_id), JobFailed { job_id, error });
        }
        if let Err(reason) = check(&job) {
            return refuse(job_id, reason, out);
        }
        if let Goal::Result(action) = &job.goal
            && action.partitions.is_empty()
        {
            let properties = job.properties;
            self.post(JobStart { job_id, time: now, stages: Vec::new(), properties }, out);
            return self.post(JobEnd { job_id, time: now, error: None }, out);
        }
        match self.plan(&job) {
            Err(reason) => refuse(job_id, reason, out),
            Ok(plan) if plan.iter().any(|stage| stage.chain.is_barrier) => {
                self.ask_for_slots(job, &plan, out)
            }
            Ok(plan) => self.start_job(now, job, plan, out),
        }
    }

    /// Why no job, or none of this group, is taken.
    fn refusal(&self, job: &NewJob) -> Option<JobError> {
        let job_id = job.job_id;
        if self.stopped {
            return Some(JobError::ContextStopped { job_id });
        }
        let group = job.properties.get(keys::JOB_GROUP_ID)?;
        let reason = Some(format!("part of cancelled job group {group}"));
        self.cancelled_groups.contains(group).then_some(JobError::Cancelled { job_id, reason })
    }

    /// Creates a job's stages and submits the final one.
    pub(super) fn start_job(&mut self, now: Time, job: NewJob, plan: Vec<PlannedStage>, out: &mut Outbox) {
        let Some(final_stage) = self.create_stages(&job, plan) else { return };
        let NewJob { job_id, lineage, goal, call_site, properties } = job;
        let is_map_stage = matches!(goal, Goal::MapStage(_));
        if let Goal::MapStage(shuffle) = goal {
            let num_reduces = lineage.shuffles.get(&shuffle).map_or(0, |info| info.num_reduces);
            self.map_outputs.keep_sums(shuffle, num_reduces);
        }
        let active = ActiveJob { job_id, final_stage, goal, call_site, properties };
        self.log_got_job(&active);
        let stages = self.stage_infos(&active);
        self.post(JobStart { job_id, time: now, stages, properties: active.properties.clone() }, out);
        self.jobs.insert(job_id, active);
        if is_map_stage && self.is_available(final_stage) {
            self.map_stage_job_succeeded(now, job_id, out);
        } else {
            self.submit_stage(now, final_stage, out);
        }
    }

    /// All stages of a job, as JobStart tells them.
    fn stage_infos(&self, job: &ActiveJob) -> Vec<crate::message::StageInfo> {
        let stages = self.job_id_to_stage_ids.get(&job.job_id).into_iter().flatten();
        let stages = stages.filter_map(|id| self.stages.get(id));
        let infos = stages.map(|stage| match (&stage.latest, &stage.kind, job.action()) {
            // A stage that another job has submitted already.
            (Some(latest), ..) => latest.clone(),
            (None, StageKind::Result { .. }, Some(action)) => stage.info(action.partitions.len() as u32),
            (None, ..) => stage.info(stage.num_partitions),
        });
        infos.collect()
    }

    fn log_got_job(&self, job: &ActiveJob) {
        if !tracing::enabled!(tracing::Level::INFO) {
            return;
        }
        let ActiveJob { job_id, call_site, final_stage, .. } = job;
        let Some(stage) = self.stages.get(final_stage) else { return };
        match job.action().map(|action| action.partitions.len()) {
            Some(partitions) => {
                tracing::info!("Got job {job_id} ({call_site}) with {partitions} output partitions");
            }
            None => tracing::info!(
                "Got map stage job {job_id} ({call_site}) with {} output partitions",
                stage.num_partitions
            ),
        }
        tracing::info!("Final stage: {stage} ({})", stage.name);
        let names = |ids: &mut dyn Iterator<Item = &StageId>| {
            let names: Vec<String> =
                ids.filter_map(|id| self.stages.get(id)).map(ToString::to_string).collect();
            format!("List({})", names.join(", "))
        };
        tracing::info!("Parents of final stage: {}", names(&mut stage.parents.iter()));
        let mut missing = stage.parents.iter().filter(|parent| !self.is_available(**parent));
        tracing::info!("Missing parents: {}", names(&mut missing));
    }
}

/// Fails a job that could not be cut into stages.
pub(super) fn refuse(job_id: JobId, reason: String, out: &mut Outbox) {
    let error = JobError::StageCreation { job_id, reason };
    tracing::warn!(%job_id, "{error}");
    out.send(JobWaiter(job_id), JobFailed { job_id, error });
}

/// What the caller has checked as well; a host that posts jobs by hand may not have.
fn check(job: &NewJob) -> Result<(), String> {
    let action = match &job.goal {
        Goal::Result(action) => action,
        Goal::MapStage(shuffle) => {
            let info = job.lineage.shuffles.get(shuffle);
            let info =
                info.ok_or_else(|| format!("the lineage has no shuffle {shuffle}, the one to make"))?;
            return job.lineage.check(info.rdd);
        }
    };
    job.lineage.check(action.rdd)?;
    let total = job.lineage.rdds.get(&action.rdd).map_or(0, |info| info.num_partitions);
    match action.partitions.iter().find(|partition| **partition >= total) {
        Some(partition) => Err(format!(
            "Attempting to access a non-existent partition: {partition}. Total number of partitions: {total}"
        )),
        None => Ok(()),
    }
}
