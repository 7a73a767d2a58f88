//! The simulated cluster as its invariants see it.

use std::sync::Arc;

use super::{
    faults::Fault,
    invariants::{ExecutorScene, Scene},
    jobs::Ending,
    plan::{Goal, Makes},
    tasks::rdd_of,
    world::World,
};
use crate::{Config, ExecutorId, JobError, JobId, RddId, TaskId, Time, lineage::Lineage};

impl Scene for World {
    fn config(&self) -> &Config {
        &self.plan.config
    }

    fn now(&self) -> Time {
        self.now
    }

    fn seq(&self) -> u64 {
        self.seq
    }

    fn next_seq(&self) -> u64 {
        self.queue.next_seq()
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn num_executors(&self) -> usize {
        self.executors.len()
    }

    fn executor(&self, id: ExecutorId) -> Option<ExecutorScene<'_>> {
        let executor = self.executors.get(&id)?;
        let (cores, used_cores) = (executor.machine.cores, executor.used_cores);
        Some(ExecutorScene { host: &executor.machine.host, cores, used_cores })
    }

    fn cores_add_up(&self) -> bool {
        self.driver.driver_endpoint.cores_add_up()
    }

    fn is_idle(&self) -> Result<(), String> {
        World::is_idle(self).map_err(str::to_owned)
    }

    fn open_jobs(&self) -> Vec<JobId> {
        self.jobs.open().collect()
    }

    fn ending(&self, job: JobId) -> Option<Ending> {
        self.jobs.ended.get(&job).copied()
    }

    fn partition_of(&self, job: JobId, output: u32) -> Option<u32> {
        match &self.plan.job(job)?.goal {
            Goal::Result { partitions, .. } => partitions.get(output as usize).copied(),
            Goal::MapStage { .. } => None,
        }
    }

    fn final_rdd(&self, job: JobId) -> Option<RddId> {
        rdd_of(&self.plan, Makes::Result(job))
    }

    fn lineage(&self, _job: JobId) -> Option<Arc<Lineage>> {
        Some(self.plan.lineage.clone())
    }

    fn made(&self, task: TaskId) -> Option<(Makes, u32)> {
        self.tasks.succeeded.get(&task).map(|made| (made.makes, made.partition))
    }

    /// With limits that luck cannot reach, jobs fail only if they are cancelled.
    fn may_fail_with(&self, job_id: JobId, error: &JobError) -> bool {
        let planned = self.plan.job(job_id);
        let cancels = |fault: &Fault| match fault {
            Fault::JobCancelled { job, .. } => *job == job_id,
            Fault::GroupCancelled { group, .. } => planned.is_some_and(|job| job.group == Some(*group)),
            Fault::TagCancelled { tag, .. } => planned.is_some_and(|job| job.tags.contains(tag)),
            // Which jobs need a stage is not known here.
            Fault::StageCancelled { .. } | Fault::AllCancelled { .. } => true,
            _ => false,
        };
        match error {
            JobError::Cancelled { .. } => self.plan.faults.iter().any(cancels),
            JobError::StageFailure { .. } | JobError::StageCreation { .. } => !self.plan.must_succeed,
            JobError::ContextStopped { .. } | JobError::SystemFailed(_) => false,
        }
    }

    fn world(&self) -> Option<&World> {
        Some(self)
    }
}
