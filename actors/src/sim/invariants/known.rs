//! What an onlooker knows from the messages alone; shared by the invariants.

use std::collections::{BTreeMap, BTreeSet};

use super::Scene;
use crate::{
    ActorId, ExecutorId, JobId, StageId, TaskId,
    core::Sending,
    message::{
        DagSchedulerMessage, DriverEndpointMessage, ExecutorBackendMessage, JobWaiterMessage, Message,
        SparkListenerEvent, TaskSchedulerMessage,
    },
};

/// An attempt that the TaskScheduler launched and whose end it has not heard of.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) stage: StageId,
    pub(super) executor: ExecutorId,
    /// The set and the index in it.
    pub(super) index: (StageId, u32, u32),
}

/// What is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The jobs that ever needed a stage.
    stage_jobs: BTreeMap<StageId, Vec<JobId>>,
    /// Jobs that have ended, and the number of the first event behind everything that their end caused at once.
    job_ends: BTreeMap<JobId, u64>,
    pub(super) running: BTreeMap<TaskId, Running>,
    by_executor: BTreeMap<ExecutorId, BTreeSet<TaskId>>,
    /// By set and index, how many attempts run.
    pub(super) attempts: BTreeMap<(StageId, u32, u32), u32>,
    /// Jobs that the DAGScheduler has taken and not ended.
    pub(super) active: BTreeSet<JobId>,
    /// Executors that the DriverEndpoint has.
    pub(super) registered: BTreeSet<ExecutorId>,
}

impl Known {
    /// Whether every job that needs a stage had ended before the event of this number.
    pub(super) fn stage_is_over(&self, stage: StageId, seq: u64) -> bool {
        self.stage_jobs
            .get(&stage)
            .is_some_and(|jobs| jobs.iter().all(|job| self.job_ends.get(job).is_some_and(|end| *end <= seq)))
    }

    pub(super) fn knows_stage(&self, stage: StageId) -> bool {
        self.stage_jobs.contains_key(&stage)
    }

    pub(super) fn message(&mut self, scene: &dyn Scene, message: &Message) {
        match message {
            Message::ListenerBus(SparkListenerEvent::JobStart(start)) => {
                for stage in &start.stages {
                    self.stage_jobs.entry(stage.stage_id).or_default().push(start.job_id);
                }
            }
            Message::ListenerBus(SparkListenerEvent::JobEnd(end)) => {
                self.job_ends.insert(end.job_id, scene.next_seq());
            }
            Message::DagScheduler(DagSchedulerMessage::JobSubmitted(job)) => {
                self.active.insert(job.job_id);
            }
            Message::DagScheduler(DagSchedulerMessage::MapStageSubmitted(job)) => {
                self.active.insert(job.job_id);
            }
            Message::TaskScheduler(TaskSchedulerMessage::StatusUpdate(update))
                if update.status.is_terminal() =>
            {
                self.forget(update.task_id);
            }
            Message::TaskScheduler(TaskSchedulerMessage::TaskExecutorLost(lost)) => {
                for task in self.by_executor.remove(&lost.executor_id).unwrap_or_default() {
                    self.forget(task);
                }
            }
            Message::TaskScheduler(TaskSchedulerMessage::AbortTaskSet(abort)) => self.forget(abort.task_id),
            _ => {}
        }
    }

    fn forget(&mut self, task: TaskId) {
        let Some(running) = self.running.remove(&task) else { return };
        if let Some(tasks) = self.by_executor.get_mut(&running.executor) {
            tasks.remove(&task);
        }
        if let Some(attempts) = self.attempts.get_mut(&running.index) {
            *attempts -= 1;
            if *attempts == 0 {
                self.attempts.remove(&running.index);
            }
        }
    }

    pub(super) fn sent(&mut self, from: ActorId, sending: &Sending) {
        match &sending.message {
            Message::DriverEndpoint(DriverEndpointMessage::LaunchTasks(launch)) => {
                for task in &launch.tasks {
                    let stage = task.stage.stage_id;
                    let index = (stage, task.stage.stage_attempt_id, task.index);
                    let running = Running { stage, executor: task.executor_id, index };
                    self.running.insert(task.task_id, running);
                    self.by_executor.entry(task.executor_id).or_default().insert(task.task_id);
                    *self.attempts.entry(index).or_default() += 1;
                }
            }
            Message::ListenerBus(SparkListenerEvent::JobEnd(end)) => {
                self.active.remove(&end.job_id);
            }
            Message::JobWaiter(JobWaiterMessage::JobFailed(failed)) => {
                self.active.remove(&failed.job_id);
            }
            Message::ExecutorBackend(ExecutorBackendMessage::RegisteredExecutor(_)) => {
                if let ActorId::ExecutorBackend(id) = sending.to {
                    self.registered.insert(id);
                }
            }
            Message::TaskScheduler(TaskSchedulerMessage::TaskExecutorLost(lost))
                if from == ActorId::DriverEndpoint =>
            {
                self.registered.remove(&lost.executor_id);
            }
            _ => {}
        }
    }
}
