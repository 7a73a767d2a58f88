//! The TaskScheduler: keeps the task sets of all stages and chooses tasks for offered cores.
//!
//! Talks to: the DriverEndpoint (ReviveOffers, LaunchTasks, KillTask), the DAGScheduler (BeginEvent,
//! CompletionEvent, TaskSetFailed, ...) and the result getter. Hears from the DAGScheduler (SubmitTasks,
//! KillAllTaskAttempts, ...), the DriverEndpoint (ResourceOffers, StatusUpdate, ...) and the result getter.
//! Does not: know all cores of the executors, or decode a result.
//!
//! Life of a task:
//! 1. `SubmitTasks`: its set joins the queue in FIFO order, and `ReviveOffers` asks for cores (`submission`).
//! 2. `ResourceOffers`: cores on lease; the chosen tasks go back in `LaunchTasks`, each with a `BeginEvent`
//!    to the DAGScheduler (`offers`).
//! 3. `StatusUpdate` RUNNING, later the end (`status`). A success goes to the result getter and comes back
//!    as `HandleSuccessfulTask`; a failure is tried again, or the set gives up (`outcome`).

#[allow(dead_code, unused_imports)]
mod health;
mod offers;
mod outcome;
mod status;
mod submission;
mod task_set;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ActorId, Config, ExecutorId, JobId, StageId, TaskId, Time,
    core::{Core, Outbox},
    message::TaskSchedulerMessage,
};
use task_set::TaskSetManager;

/// Names a task set: its stage and the stage's attempt.
type TaskSetId = (StageId, u32);

/// The TaskScheduler's state.
#[derive(Debug)]
pub struct TaskSchedulerCore {
    config: Config,
    next_task_id: u64,
    task_sets: BTreeMap<TaskSetId, TaskSetManager>,
    /// Sets that may have tasks to launch, in FIFO order: by job, then by stage (`spark-semantics` 8).
    schedulable: BTreeSet<(JobId, StageId, u32)>,
    /// The set of each attempt that has not been dealt with to its end.
    task_id_to_set: BTreeMap<TaskId, TaskSetId>,
    executors: BTreeSet<ExecutorId>,
    has_launched_task: bool,
    watches_starvation: bool,
}

impl TaskSchedulerCore {
    /// A scheduler without tasks.
    pub fn new(config: Config) -> Self {
        TaskSchedulerCore {
            config,
            next_task_id: 0,
            task_sets: BTreeMap::new(),
            schedulable: BTreeSet::new(),
            task_id_to_set: BTreeMap::new(),
            executors: BTreeSet::new(),
            has_launched_task: false,
            watches_starvation: false,
        }
    }

    /// Brings the queue up to date with a set: in it while it may have tasks to launch, and forgotten once
    /// nothing of it runs any more.
    fn settle(&mut self, id: TaskSetId) {
        let Some(set) = self.task_sets.get(&id) else { return };
        let key = (set.stage.job_id, id.0, id.1);
        if set.is_schedulable() {
            self.schedulable.insert(key);
        } else {
            self.schedulable.remove(&key);
        }
        if set.is_over() {
            tracing::info!("Removed TaskSet {}.{} whose tasks have all completed", id.0, id.1);
            self.task_sets.remove(&id);
        }
    }
}

impl Core for TaskSchedulerCore {
    type Message = TaskSchedulerMessage;

    fn actor(&self) -> ActorId {
        ActorId::TaskScheduler
    }

    fn handle(&mut self, now: Time, message: TaskSchedulerMessage, out: &mut Outbox) {
        use TaskSchedulerMessage as M;
        match message {
            M::SubmitTasks(submit) => self.on_submit_tasks(submit, out),
            M::KillAllTaskAttempts(kill) => self.on_kill_all_task_attempts(&kill, out),
            M::KillTaskAttempt(kill) => self.on_kill_task_attempt(kill, out),
            M::NotifyPartitionCompletion(done) => self.on_notify_partition_completion(&done),
            M::ResourceOffers(offers) => self.on_resource_offers(now, offers, out),
            M::StatusUpdate(update) => self.on_status_update(now, update, out),
            M::HandleSuccessfulTask(success) => self.on_successful_task(now, *success, out),
            M::HandleFailedTask(failed) => self.on_failed_task(now, failed.task_id, failed.reason, out),
            M::AbortTaskSet(abort) => self.on_abort_task_set(now, abort, out),
            M::TaskExecutorLost(lost) => self.on_executor_lost(now, &lost, out),
            M::CheckStarvation(_) => self.on_check_starvation(out),
            _ => {}
        }
    }

    fn is_idle(&self) -> bool {
        self.task_sets.is_empty() && self.schedulable.is_empty() && self.task_id_to_set.is_empty()
    }
}
