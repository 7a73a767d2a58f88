//! The policy as a value: listener events go in; requests, kills and timers come out.

mod backlog;
mod idle;
mod shuffles;
mod target;
mod timer;

use super::*;
use crate::{
    JobId, ShuffleId, StageId, TaskId,
    message::{
        AllocationEvent, AttemptCause, ExecutorLossReason, JobEnd, JobStart, Properties, RequestAcknowledged,
        SparkListenerExecutorAdded, SparkListenerExecutorRemoved, SpeculativeTask, StageCompleted, StageInfo,
        StageSubmitted, TaskInfo, TaskLocality, TaskStart, UnregisterShuffle, UnschedulableAdded,
        UnschedulableRemoved,
    },
    resources::{ProfileId, Resources},
    testkit::{Harness, NOTHING, brief},
};

const MILLI: u64 = 1_000_000;

/// A system with the policy alone: carries its timers, and takes every request unless told otherwise.
struct Bench {
    harness: Harness<ExecutorAllocationCore>,
    next_task: u64,
    takes_requests: bool,
}

/// What is sent besides timers, with the time in milliseconds.
type Sent = Vec<String>;

fn config(set: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    config.allocation.enabled = true;
    config.allocation.shuffle_tracking_enabled = false;
    set(&mut config);
    config
}

/// A started system; its first request was taken.
fn started(set: impl FnOnce(&mut Config)) -> Bench {
    let core = ExecutorAllocationCore::new(config(set));
    let mut bench = Bench { harness: Harness::new(core), next_task: 0, takes_requests: true };
    let mut out = Outbox::new();
    bench.harness.core.start(Time::ZERO, &mut out);
    for total in out.drain().map(|sending| total_of(&brief(&sending)).expect("a request")) {
        let _ = bench.acknowledge(total, true);
    }
    bench
}

/// One that has a stage behind it, so that it adapts.
fn adapting(set: impl FnOnce(&mut Config)) -> Bench {
    let mut bench = started(set);
    assert_eq!(bench.submit(99, 0), NOTHING);
    assert_eq!(bench.complete(99), NOTHING);
    bench
}

fn total_of(text: &str) -> Option<u32> {
    text.strip_prefix("DriverEndpoint: request ")?.strip_suffix(" executors")?.parse().ok()
}

impl Bench {
    fn core(&self) -> &ExecutorAllocationCore {
        &self.harness.core
    }

    fn now_millis(&self) -> u64 {
        self.harness.now.0 / MILLI
    }

    /// Handles a message; the timers that it sets are carried by [`run`](Self::run).
    fn tell(&mut self, message: impl Into<ExecutorAllocationMessage>) -> Sent {
        let mut sent = Vec::new();
        for text in self.harness.tell(message) {
            if text.contains("ExecutorAllocation: schedule") {
                continue;
            }
            sent.push(format!("{} {text}", self.now_millis()));
            if let Some(total) = total_of(&text) {
                sent.extend(self.acknowledge(total, self.takes_requests));
            }
        }
        sent
    }

    fn acknowledge(&mut self, total: u32, accepted: bool) -> Sent {
        self.tell(RequestAcknowledged { total, accepted })
    }

    /// Puts the clock forward, with the timers on the way.
    fn run(&mut self, millis: u64) -> Sent {
        let end = self.harness.now + Duration::from_millis(millis);
        let mut sent = Vec::new();
        while let Some(timer) = self.core().timers.first().copied().filter(|timer| *timer <= end) {
            self.harness.now = timer;
            sent.extend(self.tell(Schedule {}));
        }
        self.harness.now = end;
        sent
    }

    fn event(&mut self, event: impl Into<SparkListenerEvent>) -> Sent {
        self.tell(AllocationEvent { event: event.into() })
    }

    fn submit(&mut self, stage: u32, tasks: u32) -> Sent {
        let properties = Properties::default();
        self.event(StageSubmitted { stage: stage_info(stage, tasks, None), properties })
    }

    fn complete(&mut self, stage: u32) -> Sent {
        self.event(StageCompleted { stage: stage_info(stage, 0, None) })
    }

    /// Task `index` of a stage starts on an executor.
    fn start(&mut self, stage: u32, index: u32, executor: u32) -> TaskInfo {
        self.start_task(stage, index, executor, false)
    }

    fn start_task(&mut self, stage: u32, index: u32, executor: u32, speculative: bool) -> TaskInfo {
        self.next_task += 1;
        let task_info = TaskInfo {
            task_id: TaskId(self.next_task),
            index,
            attempt_number: 0,
            partition_id: index,
            executor_id: ExecutorId(executor),
            locality: TaskLocality::Any,
            speculative,
            launch_time: self.harness.now,
            getting_result_time: None,
            finish_time: None,
            outcome: None,
        };
        let start = TaskStart { stage_id: StageId(stage), stage_attempt_id: 0, task_info };
        assert_eq!(self.event(start), NOTHING);
        task_info
    }

    fn end(&mut self, stage: u32, task_info: TaskInfo, reason: TaskEndReason) {
        let (stage_id, stage_attempt_id, metrics) = (StageId(stage), 0, Box::default());
        let end = TaskEnd { stage_id, stage_attempt_id, reason, task_info, metrics };
        assert_eq!(self.event(end), NOTHING);
    }

    /// A task runs to its end without taking time.
    fn run_task(&mut self, stage: u32, index: u32, executor: u32) {
        let task = self.start(stage, index, executor);
        self.end(stage, task, TaskEndReason::Success);
    }

    fn add_executors(&mut self, executors: impl IntoIterator<Item = u32>) {
        self.add_executors_with(executors, 1);
    }

    fn add_executors_with(&mut self, executors: impl IntoIterator<Item = u32>, cores: u32) {
        for executor in executors {
            self.add_executor(executor, cores, Resources::new());
        }
    }

    fn add_executor(&mut self, executor: u32, cores: u32, resources: Resources) {
        let time = self.harness.now;
        let (executor_id, hostname) = (ExecutorId(executor), "here".to_owned());
        let added = SparkListenerExecutorAdded { executor_id, hostname, cores, resources, time };
        assert_eq!(self.event(added), NOTHING);
    }

    fn remove_executor(&mut self, executor: u32) {
        let (executor_id, time) = (ExecutorId(executor), self.harness.now);
        let reason = ExecutorLossReason::ExecutorKilled;
        assert_eq!(self.event(SparkListenerExecutorRemoved { executor_id, reason, time }), NOTHING);
    }

    fn speculate(&mut self, stage: u32, index: u32) {
        let stage_id = StageId(stage);
        let task = SpeculativeTask { stage_id, stage_attempt_id: 0, index, partition_id: index };
        assert_eq!(self.event(task), NOTHING);
    }

    /// How many executors the tasks of now could use.
    fn needed(&self) -> u32 {
        self.core().needed()
    }

    fn total(&self) -> u32 {
        self.core().target.total()
    }
}

fn stage_info(stage: u32, num_tasks: u32, shuffle: Option<u32>) -> StageInfo {
    StageInfo {
        stage_id: StageId(stage),
        attempt: 0,
        name: "stage".into(),
        num_tasks,
        parents: Vec::new(),
        submission_time: None,
        completion_time: None,
        failure_reason: None,
        cause: AttemptCause::FirstAttempt,
        profile_id: ProfileId::DEFAULT,
        shuffle_id: shuffle.map(ShuffleId),
    }
}

fn failure() -> TaskEndReason {
    TaskEndReason::UnknownReason
}
