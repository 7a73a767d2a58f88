//! The ExecutorAllocation: decides how many executors there should be (`spark-semantics` section 17).
//!
//! Hears listener events (AllocationEvent), that a shuffle is gone (UnregisterShuffle), whether the cluster manager took
//! a request (RequestAcknowledged), and its own timer (Schedule). Talks to the DriverEndpoint: RequestExecutors, with the
//! total that there should be, and KillExecutors or DecommissionExecutors for those that are idle. Off unless
//! `spark.dynamicAllocation.enabled`, and for the executor inside the driver.
//!
//! - `backlog`: how many tasks wait and run, and how many executors these need.
//! - `target`: the total that is asked for: lowered at once, raised step by step while tasks wait.
//! - `idle`: which executors have nothing to do, and since when; `shuffles`: which outputs active jobs need.
//!
//! Spark looks at all this every 100 ms. Here a timer is set for the next of these moments at which there is something
//! to do, and none if there is nothing, so that a quiet system is quiet. A timer that was set too early by what has
//! changed since finds nothing to do.
//!
//! What it does not know: cached blocks (no listener event tells of them, so `cachedExecutorIdleTimeout` has no effect
//! yet), and resource profiles (all stages and executors count as of the default profile).

mod backlog;
mod idle;
mod shuffles;
mod target;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use crate::{
    ActorId, Config, ExecutorId, Time,
    core::{Core, Outbox},
    message::{
        DecommissionExecutors, DriverEndpoint, ExecutorAllocation, ExecutorAllocationMessage, KillExecutors,
        RequestExecutors, Schedule, SparkListenerEvent, TaskEnd, TaskEndReason,
    },
    resources::{ResourceAmount, allocator},
};
use backlog::Backlog;
use idle::ExecutorMonitor;
use target::Target;

/// How often Spark looks.
const INTERVAL: Duration = Duration::from_millis(100);

/// The ExecutorAllocation's state.
#[derive(Clone, Debug)]
pub struct ExecutorAllocationCore {
    is_enabled: bool,
    decommissions: bool,
    task_cpus: u32,
    /// What a task takes beyond cores.
    task_resources: BTreeMap<Arc<str>, ResourceAmount>,
    /// Tasks that an executor runs at once, as the latest to register can; one until then.
    tasks_per_executor: u32,
    backlog: Backlog,
    monitor: ExecutorMonitor,
    target: Target,
    /// When timers come. A new one is set only if it comes before all of them, so they are a few.
    timers: BTreeSet<Time>,
}

impl ExecutorAllocationCore {
    /// One that knows no executor and no stage.
    pub fn new(config: Config) -> Self {
        ExecutorAllocationCore {
            is_enabled: config.has_dynamic_allocation(),
            decommissions: config.decommission.enabled,
            task_cpus: config.task_cpus,
            task_resources: config.task_resources.clone(),
            tasks_per_executor: 1,
            backlog: Backlog::new(config.allocation.executor_allocation_ratio),
            monitor: ExecutorMonitor::new(&config),
            target: Target::new(&config.allocation, config.heartbeat.timeout),
            timers: BTreeSet::new(),
        }
    }

    fn on_event(&mut self, now: Time, event: SparkListenerEvent) {
        use SparkListenerEvent as E;
        match event {
            E::JobStart(start) => self.monitor.job_started(&start),
            E::JobEnd(end) => self.monitor.job_ended(end.job_id),
            E::StageSubmitted(submitted) => {
                self.backlog.add_stage(&submitted.stage);
                self.target.set_initialized();
                self.target.on_backlog(now);
            }
            E::StageCompleted(completed) => {
                self.backlog.remove_stage(completed.stage.stage_id, completed.stage.attempt);
                if self.backlog.has_no_stage() {
                    self.target.on_queue_empty();
                }
            }
            E::TaskStart(start) => {
                self.backlog.task_started(start.stage_id, start.stage_attempt_id, &start.task_info);
                self.monitor.task_started(start.task_info.executor_id);
                if !self.backlog.has_pending() {
                    self.target.on_queue_empty();
                }
            }
            E::TaskEnd(end) => self.on_task_end(now, &end),
            E::SpeculativeTask(task) => {
                self.backlog.add_speculative(task.stage_id, task.stage_attempt_id, task.index);
                if self.backlog.has_pending() {
                    self.target.on_backlog(now);
                }
            }
            E::UnschedulableAdded(set) => {
                self.backlog.add_unschedulable(set.stage_id, set.stage_attempt_id);
                self.target.on_backlog(now);
            }
            E::UnschedulableRemoved(set) => {
                self.backlog.remove_unschedulable(set.stage_id, set.stage_attempt_id);
            }
            E::SparkListenerExecutorAdded(added) => {
                let by_cores = added.cores / self.task_cpus.max(1);
                let by_resources = allocator::slots(&self.task_resources, &added.resources);
                self.tasks_per_executor = by_cores.min(by_resources).max(1);
                self.monitor.executor_added(now, added.executor_id);
            }
            E::SparkListenerExecutorRemoved(removed) => self.monitor.executor_removed(removed.executor_id),
            _ => {}
        }
    }

    fn on_task_end(&mut self, now: Time, end: &TaskEnd) {
        // A failed task comes again: it waits, as after its stage was submitted (SPARK-8366).
        if self.backlog.task_ended(end) {
            self.target.on_backlog(now);
        }
        // A task whose output was lost ended long ago.
        if end.reason != TaskEndReason::Resubmitted {
            let succeeded = end.reason == TaskEndReason::Success;
            self.monitor.task_ended(now, end.task_info.executor_id, succeeded.then_some(end.stage_id));
        }
    }

    /// How many executors the tasks of now could use.
    fn needed(&self) -> u32 {
        self.backlog.executors_needed(self.tasks_per_executor, self.monitor.count())
    }

    /// What Spark does every 100 ms: asks for another total, then gives up executors that are idle.
    fn schedule(&mut self, now: Time, out: &mut Outbox) {
        if self.monitor.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.target.set_initialized();
        }
        if let Some(total) = self.target.update(now, self.needed(), self.monitor.count()) {
            out.send(DriverEndpoint, RequestExecutors { total });
        }
        let executor_ids = self.monitor.take_timed_out(now, self.spare_executors());
        if !executor_ids.is_empty() {
            self.remove(executor_ids, out);
        }
    }

    /// How many executors may go: never below the target, which is never below the least that is wanted.
    fn spare_executors(&self) -> u32 {
        self.monitor.staying().saturating_sub(self.target.total())
    }

    fn remove(&self, executor_ids: Vec<ExecutorId>, out: &mut Outbox) {
        let ids = executor_ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        tracing::info!("Executors {ids} removed due to idle timeout.");
        if self.decommissions {
            let reason = "spark scale down".to_owned();
            out.send(DriverEndpoint, DecommissionExecutors { executor_ids, worker_host: None, reason });
        } else {
            out.send(DriverEndpoint, KillExecutors { executor_ids, force: false });
        }
    }

    /// The next moment at which there is something to do; one that is over means the next of the moments at which
    /// Spark looks.
    fn next_due(&self, now: Time) -> Option<Time> {
        let target = self.target.next_due(now, self.needed(), self.monitor.count());
        let may_remove = self.target.is_initializing() || self.spare_executors() > 0;
        let idle = self.monitor.next_deadline().filter(|_| may_remove);
        target.into_iter().chain(idle).min()
    }

    /// Sets the timer, unless one comes early enough.
    fn set_timer(&mut self, now: Time, out: &mut Outbox) {
        let Some(due) = self.next_due(now) else { return };
        let tick = next_tick(now, due);
        if self.timers.first().is_none_or(|first| tick < *first) {
            self.timers.insert(tick);
            out.send_after(tick.since(now), ExecutorAllocation, Schedule {});
        }
    }
}

/// The first moment after `now`, and not before `due`, at which Spark looks.
fn next_tick(now: Time, due: Time) -> Time {
    let interval = INTERVAL.as_nanos() as u64;
    let after_now = (now.0 / interval).saturating_add(1);
    let at_due = due.0.div_ceil(interval);
    Time(after_now.max(at_due).saturating_mul(interval))
}

impl Core for ExecutorAllocationCore {
    type Message = ExecutorAllocationMessage;

    fn actor(&self) -> ActorId {
        ActorId::ExecutorAllocation
    }

    fn start(&mut self, now: Time, out: &mut Outbox) {
        if self.is_enabled {
            out.send(DriverEndpoint, RequestExecutors { total: self.target.request_initial(now) });
        }
    }

    fn handle(&mut self, now: Time, message: ExecutorAllocationMessage, out: &mut Outbox) {
        use ExecutorAllocationMessage as M;
        if !self.is_enabled {
            return;
        }
        match message {
            M::AllocationEvent(event) => self.on_event(now, event.event),
            M::Schedule(_) => {
                self.timers = self.timers.split_off(&(now + Duration::from_nanos(1)));
                self.schedule(now, out);
            }
            M::RequestAcknowledged(answer) => self.target.on_acknowledged(answer.total, answer.accepted),
            M::UnregisterShuffle(shuffle) => self.monitor.shuffle_removed(shuffle.shuffle_id),
        }
        self.set_timer(now, out);
    }

    /// Executors outlive jobs, and so do the outputs that they hold.
    fn is_idle(&self) -> bool {
        self.backlog.is_empty() && self.monitor.has_no_job()
    }
}
