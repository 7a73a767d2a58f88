//! The TaskScheduler: keeps the task sets of all stages and chooses tasks for offered cores.
//!
//! Talks to: the DriverEndpoint (ReviveOffers, LaunchTasks, KillTask, ...), the DAGScheduler (BeginEvent,
//! CompletionEvent, TaskSetFailed, ...), the result getter, and the ListenerBus. Hears from the DAGScheduler
//! (SubmitTasks, KillAllTaskAttempts, ...), the DriverEndpoint (ResourceOffers, StatusUpdate, ...), the
//! HeartbeatReceiver and the result getter. Does not: know all cores of the executors, or decode a result.
//!
//! Life of a task:
//! 1. `SubmitTasks`: its set joins its pool, and `ReviveOffers` asks for cores (`submission`, `pool`).
//! 2. `ResourceOffers`: cores on lease; the chosen tasks go back in `LaunchTasks`, each with a `BeginEvent`
//!    to the DAGScheduler (`offers`, `task_set`).
//! 3. `StatusUpdate` RUNNING, later the end (`status`). A success goes to the result getter and comes back
//!    as `HandleSuccessfulTask`; a failure is tried again, or the set gives up (`outcome`, `loss`).
//!
//! Beside it: waiting for a place near the data (`locality`), copies of slow tasks (`speculation`), executors where
//! tasks fail (`health`, `unschedulable`), and why a stage does not run (`explain`).
//!
//! # What an event costs
//! What it changes, plus the tasks that it launches; logarithms of what is active aside. Idle executors and waiting
//! tasks cost nothing. The exceptions, with their bounds:
//! - a round of offers: its offers, and for each set that may launch something and is reached before the offers are
//!   used up: the offers that are left, once for each of its locality levels. Then the sets whose tasks have failed if
//!   they exclude executors for it, or all that wait while the application excludes any. A single offer (after a task's end) costs the sets that refuse it;
//! - SubmitTasks: the tasks, and the places that they prefer;
//! - an executor that is new, lost or decommissioned: the sets with preferences, each with the places that its waiting
//!   tasks prefer until one is alive; a lost one also its running tasks, and the tasks of the map sets that are not
//!   over;
//! - CheckSpeculatableTasks: the running tasks of the sets that may have slow ones;
//! - CheckLocality: the sets that refused an offer, or that nobody may run;
//! - a set that may be unschedulable: the executors that are excluded from it. Such sets are looked at after a loss, an
//!   exclusion from the application, and a result that could not be had: those that have failures, or all that wait
//!   while the application excludes any;
//! - KillAllTaskAttempts: the running tasks of the stage;
//! - ExplainStages: the executors, for each stage in question, and its tasks if the question is about one.

mod attempts;
mod executors;
mod explain;
mod health;
mod heartbeats;
mod hosts;
mod kills;
mod locality;
mod loss;
mod offers;
mod outcome;
mod pool;
mod random;
mod speculation;
mod status;
mod submission;
mod task_set;
#[cfg(test)]
mod tests;
mod unschedulable;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ActorId, Config, StageId, Time,
    core::{Core, Outbox},
    message::TaskSchedulerMessage,
};
use attempts::AttemptTable;
use executors::Executors;
use health::HealthTracker;
use locality::Delayed;
use pool::Pools;
use random::Random;
use task_set::TaskSetManager;
use unschedulable::Unschedulable;

/// Names a task set: its stage and the stage's attempt.
type TaskSetId = (StageId, u32);

/// The TaskScheduler's state.
#[derive(Clone, Debug)]
pub struct TaskSchedulerCore {
    config: Config,
    random: Random,
    next_task_id: u64,
    task_sets: BTreeMap<TaskSetId, Box<TaskSetManager>>,
    pools: Pools,
    attempts: AttemptTable,
    executors: Executors,
    /// `None` unless the application may exclude executors.
    health: Option<HealthTracker>,
    /// When the outstanding ExpireExclusions comes.
    expires_at: Option<Time>,
    /// Sets that refused an offer for a nearer one.
    delayed: Delayed,
    /// Sets that may have slow tasks.
    speculating: BTreeSet<TaskSetId>,
    checks_speculation: bool,
    unschedulable: Unschedulable,
    /// Sets with failures for which they exclude.
    excluding: BTreeSet<TaskSetId>,
    /// Sets that the present message has changed, to be settled after it.
    changed: Vec<TaskSetId>,
    has_launched_task: bool,
    watches_starvation: bool,
}

impl TaskSchedulerCore {
    /// A scheduler without tasks.
    pub fn new(config: Config) -> Self {
        TaskSchedulerCore {
            random: Random::new(config.seed),
            next_task_id: 0,
            task_sets: BTreeMap::new(),
            pools: Pools::new(&config.pools),
            attempts: AttemptTable::default(),
            executors: Executors::default(),
            health: config.exclusion.application_enabled.then(|| HealthTracker::new(&config)),
            expires_at: None,
            delayed: Delayed::default(),
            speculating: BTreeSet::new(),
            checks_speculation: false,
            unschedulable: Unschedulable::default(),
            excluding: BTreeSet::new(),
            changed: Vec::new(),
            has_launched_task: false,
            watches_starvation: false,
            config,
        }
    }

    /// Whether failures may exclude anything.
    fn may_exclude(&self) -> bool {
        self.config.exclusion.application_enabled || self.config.exclusion.task_and_stage_enabled
    }

    /// Brings all that depends on them up to date with the sets that have changed, and forgets those that are over.
    fn settle(&mut self, now: Time, out: &mut Outbox) {
        for at in 0..self.changed.len() {
            let Some(id) = self.changed.get(at).copied() else { break };
            let Some(set) = self.task_sets.get(&id) else { continue };
            let (is_schedulable, running) = (set.is_schedulable(), set.running.len() as u32);
            self.pools.settle(id, running, is_schedulable);
            if set.may_speculate() {
                self.speculating.insert(id);
            } else {
                self.speculating.remove(&id);
            }
            if !is_schedulable {
                self.delayed.remove(id);
            }
            if set.zombie {
                self.excluding.remove(&id);
                self.unschedulable.remove(id, out);
            }
            if set.is_over() {
                self.finish_set(now, id, out);
            }
        }
        self.changed.clear();
        self.watch_speculation(out);
        self.watch_exclusions(now, out);
    }

    /// A set is over, and all its attempts are.
    fn finish_set(&mut self, now: Time, id: TaskSetId, out: &mut Outbox) {
        let Some(mut set) = self.task_sets.remove(&id) else { return };
        tracing::info!("Removed TaskSet {}.{} whose tasks have all completed", id.0, id.1);
        self.pools.remove_set(id);
        set.release_hosts(&mut self.executors.hosts);
        if let (Some(health), Some(list)) = (&mut self.health, &set.exclusion)
            && set.tasks.are_all_successful()
        {
            health.update_for_successful_task_set(now, id.0, id.1, list, out);
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
            M::SubmitTasks(submit) => self.on_submit_tasks(now, submit, out),
            M::KillAllTaskAttempts(kill) => self.on_kill_all_task_attempts(&kill, out),
            M::KillTaskAttempt(kill) => self.on_kill_task_attempt(kill, out),
            M::NotifyPartitionCompletion(done) => self.on_notify_partition_completion(now, &done, out),
            M::ResourceOffers(offers) => self.on_resource_offers(now, offers, out),
            M::StatusUpdate(update) => self.on_status_update(now, update, out),
            M::HandleTaskGettingResult(getting) => self.on_getting_result(now, getting.task_id, out),
            M::HandleSuccessfulTask(success) => self.on_successful_task(now, success, out),
            M::HandleFailedTask(failed) => self.on_handle_failed_task(now, *failed, out),
            M::AbortTaskSet(abort) => self.on_abort_task_set(now, abort, out),
            M::TaskExecutorLost(lost) => self.on_executor_lost(now, lost, out),
            M::ExecutorDecommission(leaving) => self.on_executor_decommission(now, leaving, out),
            M::TaskWorkerRemoved(removed) => self.on_worker_removed(removed, out),
            M::ExecutorHeartbeatReceived(beat) => self.on_heartbeat(*beat, out),
            M::CheckStarvation(_) => self.on_check_starvation(out),
            M::CheckSpeculatableTasks(_) => self.on_check_speculatable_tasks(now, out),
            M::CheckLocality(_) => self.on_check_locality(now, out),
            M::AbortUnschedulableTaskSet(abort) => self.on_abort_unschedulable(now, abort, out),
            M::ExpireExclusions(_) => self.on_expire_exclusions(now, out),
            M::ExplainStages(question) => self.on_explain_stages(now, *question, out),
        }
        self.settle(now, out);
    }

    fn is_idle(&self) -> bool {
        self.task_sets.is_empty()
            && self.pools.is_empty()
            && self.attempts.is_empty()
            && self.executors.is_idle()
            && self.delayed.is_empty()
            && self.speculating.is_empty()
            && self.unschedulable.is_empty()
            && self.excluding.is_empty()
    }
}
