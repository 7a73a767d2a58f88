//! An ExecutorBackend as a value: one message in, the exact messages out.

use std::sync::Arc;

use super::ExecutorBackendCore;
use crate::{
    ExecutorId, JobId, StageId, TaskId, Time,
    core::{Core, Outbox},
    message::{
        KillTask, LaunchTask, Properties, RegisterExecutorFailed, RegisteredExecutor, StageTask,
        StatusUpdate, StopExecutor, TaskDescription, TaskEndReason, TaskKind, TaskStatus,
    },
    testkit::{Harness, NOTHING, brief},
};

const EXECUTOR: ExecutorId = ExecutorId(1);

fn backend() -> Harness<ExecutorBackendCore> {
    Harness::new(ExecutorBackendCore::new(EXECUTOR, "here", 2))
}

fn registered() -> Harness<ExecutorBackendCore> {
    let mut backend = backend();
    assert_eq!(backend.tell(RegisteredExecutor {}), ["DriverEndpoint: executor 1 is ready"]);
    backend
}

fn launch(id: u64) -> LaunchTask {
    let stage = StageTask {
        job_id: JobId(0),
        stage_id: StageId(0),
        stage_attempt_id: 0,
        kind: TaskKind::Result,
        num_partitions: 1,
        binary: Vec::new().into(),
        properties: Properties::default(),
        epoch: 0,
        is_barrier: false,
    };
    let task = TaskDescription {
        task_id: TaskId(id),
        attempt_number: 0,
        executor_id: EXECUTOR,
        index: 0,
        partition_id: 0,
        output_id: 0,
        cpus: 1,
        resources: Default::default(),
        addresses: Default::default(),
        stage: Arc::new(stage),
        partition: Vec::new().into(),
    };
    LaunchTask { task }
}

fn kill(id: u64) -> KillTask {
    KillTask {
        task_id: TaskId(id),
        executor_id: EXECUTOR,
        interrupt_thread: false,
        reason: "slow".to_owned(),
    }
}

fn update(id: u64, status: TaskStatus) -> StatusUpdate {
    StatusUpdate { executor_id: EXECUTOR, task_id: TaskId(id), status, task_cpus: 1 }
}

fn failed() -> TaskStatus {
    TaskStatus::Failed(Box::new(TaskEndReason::UnknownReason))
}

#[test]
fn it_registers_when_it_starts() {
    let mut core = ExecutorBackendCore::new(EXECUTOR, "here", 2);
    let mut out = Outbox::new();
    core.start(Time::ZERO, &mut out);
    let sent: Vec<String> = out.sendings().iter().map(brief).collect();
    assert_eq!(sent, ["DriverEndpoint: register 1 on here with 2"]);
    assert!(core.is_idle());
}

#[test]
fn it_is_ready_once() {
    let mut backend = registered();
    assert_eq!(backend.tell(RegisteredExecutor {}), NOTHING);
    backend.finish();
}

#[test]
fn a_task_runs_and_says_its_last_word_once() {
    let mut backend = registered();
    assert_eq!(backend.tell(launch(0)), ["TaskRunner-1: launch t0 = j0.s0.0 result/1 i0.0 0>0 on 1"]);
    assert_eq!(backend.tell(update(0, TaskStatus::Running)), ["DriverEndpoint: t0 on 1 x1 RUNNING"]);
    assert_eq!(backend.tell(kill(0)), ["TaskRunner-1: kill t0 on 1: slow"]);
    assert_eq!(backend.tell(update(0, failed())), ["DriverEndpoint: t0 on 1 x1 FAILED UnknownReason"]);
    // What comes after that is not passed on.
    assert_eq!(backend.tell(update(0, failed())), NOTHING);
    assert_eq!(backend.tell(update(0, TaskStatus::Running)), NOTHING);
    assert_eq!(backend.tell(kill(0)), NOTHING);
    backend.finish();
}

#[test]
fn updates_and_kills_of_tasks_it_never_got_are_dropped() {
    let mut backend = registered();
    assert_eq!(backend.tell(update(5, failed())), NOTHING);
    assert_eq!(backend.tell(update(5, TaskStatus::Running)), NOTHING);
    assert_eq!(backend.tell(kill(5)), NOTHING);
    backend.finish();
}

#[test]
fn work_before_it_has_registered_ends_it_and_the_driver_is_told() {
    let gone = |what| {
        format!(
            "DriverEndpoint: remove 1: ExecutorExited {{ exit_code: 1, exit_caused_by_app: false, reason: \"Received \
             {what} command but executor was null\" }}"
        )
    };
    let mut early = backend();
    assert_eq!(early.tell(launch(0)), ["TaskRunner-1: stop".to_owned(), gone("LaunchTask")]);
    assert_eq!(early.tell(RegisteredExecutor {}), NOTHING);
    early.finish();
    let mut early = backend();
    assert_eq!(early.tell(kill(0)), ["TaskRunner-1: stop".to_owned(), gone("KillTask")]);
    early.finish();
}

#[test]
fn one_that_is_refused_ends_quietly() {
    let mut backend = backend();
    let refused = RegisterExecutorFailed { message: "Duplicate executor ID: 1".to_owned() };
    assert_eq!(backend.tell(refused.clone()), ["TaskRunner-1: stop"]);
    assert_eq!(backend.tell(refused), NOTHING);
    assert_eq!(backend.tell(launch(0)), NOTHING);
    backend.finish();
}

#[test]
fn a_refusal_does_not_end_one_that_was_accepted() {
    let mut backend = registered();
    let refused = RegisterExecutorFailed { message: "Duplicate executor ID: 1".to_owned() };
    assert_eq!(backend.tell(refused), NOTHING);
    assert_eq!(backend.tell(launch(0)).len(), 1);
    assert_eq!(backend.tell(update(0, failed())).len(), 1);
    backend.finish();
}

#[test]
fn one_that_is_told_to_stop_takes_no_more_tasks_and_passes_on_the_last_words_of_those_it_has() {
    let mut backend = registered();
    assert_eq!(backend.tell(launch(0)).len(), 1);
    assert_eq!(backend.tell(StopExecutor {}), ["TaskRunner-1: stop"]);
    assert_eq!(backend.tell(StopExecutor {}), NOTHING);
    assert_eq!(backend.tell(launch(1)), NOTHING);
    assert_eq!(backend.tell(RegisteredExecutor {}), NOTHING);
    assert_eq!(backend.tell(update(0, failed())), ["DriverEndpoint: t0 on 1 x1 FAILED UnknownReason"]);
    backend.finish();
}
