//! What the messages of a trace say of its jobs and tasks: the truth that the cores cannot know better.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    ActorId, ExecutorId, JobId, RddId, TaskId,
    lineage::Lineage,
    message::{
        DagSchedulerMessage, ExecutorBackendMessage, JobWaiterMessage, Message, TaskRunnerMessage, TaskStatus,
    },
    sim::{jobs::Ending, plan::Makes, tasks::makes},
    trace::Cores,
};

/// A job that was submitted.
#[derive(Clone, Debug)]
pub(super) struct JobFacts {
    pub(super) lineage: Arc<Lineage>,
    /// Of a job with results: the RDD and its partitions.
    pub(super) action: Option<(RddId, Vec<u32>)>,
    /// Results that the waiter still waits for.
    missing: usize,
    pub(super) ending: Option<Ending>,
}

/// A task that a thread has.
#[derive(Clone, Debug)]
struct Running {
    makes: Makes,
    partition: u32,
}

/// What is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) jobs: BTreeMap<JobId, JobFacts>,
    running: BTreeMap<TaskId, Running>,
    /// What the attempts that succeeded made.
    pub(super) made: BTreeMap<TaskId, (Makes, u32)>,
    /// By executor, its process and how many of its cores are busy.
    busy: BTreeMap<ExecutorId, (u32, u32)>,
    pub(super) was_cancelled: bool,
    pub(super) was_stopped: bool,
    pub(super) messages: u64,
}

impl Facts {
    /// A message is handled.
    pub(super) fn message(&mut self, cores: &Cores, to: ActorId, message: &Message) {
        self.messages += 1;
        match message {
            Message::DagScheduler(message) => self.dag_scheduler(message),
            Message::JobWaiter(message) => self.job_waiter(message),
            Message::TaskRunner(TaskRunnerMessage::LaunchTask(launch)) => {
                let task = &launch.task;
                let running = Running { makes: makes(&task.stage), partition: task.partition_id };
                self.running.insert(task.task_id, running);
                let incarnation = cores.incarnation(task.executor_id).unwrap_or_default();
                let busy = self.busy.entry(task.executor_id).or_default();
                if busy.0 != incarnation {
                    *busy = (incarnation, 0);
                }
                busy.1 += task.cpus;
            }
            Message::ExecutorBackend(ExecutorBackendMessage::StatusUpdate(update))
                if update.status.is_terminal() =>
            {
                let Some(Running { makes, partition }) = self.running.remove(&update.task_id) else { return };
                if let TaskStatus::Finished(_) = update.status {
                    self.made.insert(update.task_id, (makes, partition));
                }
                if let (ActorId::ExecutorBackend(id), cpus) = (to, update.task_cpus)
                    && let Some((_, busy)) = self.busy.get_mut(&id)
                {
                    *busy = busy.saturating_sub(cpus);
                }
            }
            _ => {}
        }
    }

    fn dag_scheduler(&mut self, message: &DagSchedulerMessage) {
        match message {
            DagSchedulerMessage::JobSubmitted(job) => {
                let missing = job.partitions.len();
                let action = Some((job.final_rdd, job.partitions.clone()));
                self.jobs.insert(job.job_id, JobFacts::new(job.lineage.clone(), action, missing));
            }
            DagSchedulerMessage::MapStageSubmitted(job) => {
                self.jobs.insert(job.job_id, JobFacts::new(job.lineage.clone(), None, 1));
            }
            DagSchedulerMessage::JobCancelled(_)
            | DagSchedulerMessage::JobGroupCancelled(_)
            | DagSchedulerMessage::JobTagCancelled(_)
            | DagSchedulerMessage::StageCancelled(_)
            | DagSchedulerMessage::AllJobsCancelled(_) => self.was_cancelled = true,
            DagSchedulerMessage::StopDagScheduler(_) => self.was_stopped = true,
            _ => {}
        }
    }

    fn job_waiter(&mut self, message: &JobWaiterMessage) {
        let (id, failed) = match message {
            JobWaiterMessage::TaskSucceeded(success) => (success.job_id, false),
            JobWaiterMessage::MapStageSucceeded(success) => (success.job_id, false),
            JobWaiterMessage::MergeAccumulators(_) => return,
            JobWaiterMessage::JobFailed(failed) => (failed.job_id, true),
        };
        let Some(job) = self.jobs.get_mut(&id).filter(|job| job.ending.is_none()) else { return };
        job.missing = job.missing.saturating_sub(1);
        if failed {
            job.ending = Some(Ending::Failed);
        } else if job.missing == 0 {
            job.ending = Some(Ending::Succeeded);
        }
    }

    /// The jobs that have not ended.
    pub(super) fn open_jobs(&self) -> impl Iterator<Item = JobId> {
        self.jobs.iter().filter(|(_, job)| job.ending.is_none()).map(|(id, _)| *id)
    }

    /// Cores of an executor that tasks have.
    pub(super) fn used_cores(&self, cores: &Cores, id: ExecutorId) -> u32 {
        let incarnation = cores.incarnation(id).unwrap_or_default();
        self.busy.get(&id).filter(|(life, _)| *life == incarnation).map_or(0, |(_, busy)| *busy)
    }
}

impl JobFacts {
    fn new(lineage: Arc<Lineage>, action: Option<(RddId, Vec<u32>)>, missing: usize) -> Self {
        let ending = (missing == 0).then_some(Ending::Succeeded);
        JobFacts { lineage, action, missing, ending }
    }
}
