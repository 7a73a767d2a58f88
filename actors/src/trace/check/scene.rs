//! A trace as the invariants see it.

use std::sync::Arc;

use super::facts::Facts;
use crate::{
    ActorId, Config, ExecutorId, JobError, JobId, RddId, TaskId, Time,
    lineage::Lineage,
    sim::{
        invariants::{ExecutorScene, Scene},
        jobs::Ending,
        plan::Makes,
    },
    trace::replay::Moment,
};

/// A moment of a replay, with what the messages said.
pub(super) struct TraceScene<'a> {
    pub(super) moment: Moment<'a>,
    pub(super) facts: &'a Facts,
}

impl Scene for TraceScene<'_> {
    fn config(&self) -> &Config {
        &self.moment.cores.setup().config
    }

    fn now(&self) -> Time {
        self.moment.now
    }

    fn seq(&self) -> u64 {
        self.moment.seq
    }

    fn next_seq(&self) -> u64 {
        self.moment.next_seq
    }

    fn steps(&self) -> u64 {
        self.facts.messages
    }

    fn num_executors(&self) -> usize {
        self.moment.cores.num_executors()
    }

    fn executor(&self, id: ExecutorId) -> Option<ExecutorScene<'_>> {
        let (host, cores) = self.moment.cores.executor(id)?;
        Some(ExecutorScene { host, cores, used_cores: self.facts.used_cores(self.moment.cores, id) })
    }

    fn cores_add_up(&self) -> bool {
        self.moment.cores.cores_add_up()
    }

    fn is_idle(&self) -> Result<(), String> {
        // Of executors that died nobody knows; and what is not of jobs may go on.
        let is_driver = |actor: &ActorId| {
            matches!(
                actor,
                ActorId::DagScheduler
                    | ActorId::TaskScheduler
                    | ActorId::DriverEndpoint
                    | ActorId::MapOutputTracker
                    | ActorId::BarrierCoordinator
            )
        };
        let busy = self.moment.cores.busy().into_iter().find(is_driver);
        busy.map_or(Ok(()), |actor| Err(format!("the {actor}")))
    }

    fn open_jobs(&self) -> Vec<JobId> {
        self.facts.open_jobs().collect()
    }

    fn ending(&self, job: JobId) -> Option<Ending> {
        self.facts.jobs.get(&job)?.ending
    }

    fn partition_of(&self, job: JobId, output: u32) -> Option<u32> {
        let (_, partitions) = self.facts.jobs.get(&job)?.action.as_ref()?;
        partitions.get(output as usize).copied()
    }

    fn final_rdd(&self, job: JobId) -> Option<RddId> {
        self.facts.jobs.get(&job)?.action.as_ref().map(|(rdd, _)| *rdd)
    }

    fn lineage(&self, job: JobId) -> Option<Arc<Lineage>> {
        Some(self.facts.jobs.get(&job)?.lineage.clone())
    }

    fn made(&self, task: TaskId) -> Option<(Makes, u32)> {
        self.facts.made.get(&task).copied()
    }

    fn may_fail_with(&self, _job: JobId, error: &JobError) -> bool {
        match error {
            JobError::Cancelled { .. } => self.facts.was_cancelled,
            JobError::ContextStopped { .. } => self.facts.was_stopped,
            JobError::StageFailure { .. } | JobError::StageCreation { .. } | JobError::SystemFailed(_) => {
                true
            }
        }
    }
}
