//! The programs that submit jobs and wait for them.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    plan::{Goal, Plan, PlannedJob},
    world::World,
};
use crate::{
    ActorId, JobId,
    lineage::StageBinary,
    message::{DagSchedulerMessage, JobSubmitted, JobWaiterMessage, MapStageSubmitted, Properties, keys},
};

/// How a job ended for whoever waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Succeeded,
    Failed,
}

/// What the waiters know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jobs {
    /// By job that is not over: results that are missing.
    open: BTreeMap<JobId, usize>,
    pub(crate) ended: BTreeMap<JobId, Ending>,
}

impl Jobs {
    pub(super) fn new(plan: &Plan) -> Self {
        let missing = |job: &PlannedJob| match &job.goal {
            Goal::Result { partitions, .. } => partitions.len(),
            Goal::MapStage { .. } => 1,
        };
        let mut jobs = Jobs::default();
        for job in &plan.jobs {
            match missing(job) {
                0 => jobs.ended.insert(job.job_id, Ending::Succeeded).map(|_| ()),
                missing => jobs.open.insert(job.job_id, missing).map(|_| ()),
            };
        }
        jobs
    }

    /// Jobs that are not over, submitted or not.
    pub(crate) fn open(&self) -> impl Iterator<Item = JobId> + '_ {
        self.open.keys().copied()
    }

    pub(crate) fn all_ended(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn told(&mut self, message: &JobWaiterMessage) {
        match message {
            JobWaiterMessage::TaskSucceeded(success) => self.one_less(success.job_id),
            JobWaiterMessage::MapStageSucceeded(success) => self.one_less(success.job_id),
            JobWaiterMessage::MergeAccumulators(_) => {}
            JobWaiterMessage::JobFailed(failed) => {
                self.open.remove(&failed.job_id);
                self.ended.entry(failed.job_id).or_insert(Ending::Failed);
            }
        }
    }

    fn one_less(&mut self, job: JobId) {
        let Some(missing) = self.open.get_mut(&job) else { return };
        *missing -= 1;
        if *missing == 0 {
            self.open.remove(&job);
            self.ended.insert(job, Ending::Succeeded);
        }
    }
}

impl World {
    /// A program submits a job.
    pub(super) fn submit(&mut self, index: usize) {
        let Some(job) = self.plan.jobs.get(index) else { return };
        let (job_id, lineage) = (job.job_id, self.plan.lineage.clone());
        let (call_site, properties) = (format!("job{job_id}").into(), properties(job));
        let message: DagSchedulerMessage = match &job.goal {
            Goal::Result { rdd, partitions } => JobSubmitted {
                job_id,
                final_rdd: *rdd,
                lineage,
                partitions: partitions.clone(),
                binary: Ok(StageBinary { code: vec![1].into(), partitions: Arc::new([]) }),
                call_site,
                properties,
            }
            .into(),
            Goal::MapStage { shuffle } => {
                MapStageSubmitted { job_id, shuffle_id: *shuffle, lineage, call_site, properties }.into()
            }
        };
        self.tell_driver(ActorId::DagScheduler, message);
    }
}

fn properties(job: &PlannedJob) -> Properties {
    let group = job.group.map(|group| (keys::JOB_GROUP_ID.to_owned(), group.to_owned()));
    let pool = job.pool.map(|pool| (keys::SCHEDULER_POOL.to_owned(), pool.to_owned()));
    let tags = (!job.tags.is_empty()).then(|| (keys::JOB_TAGS.to_owned(), job.tags.join(",")));
    Arc::new(group.into_iter().chain(pool).chain(tags).collect())
}
