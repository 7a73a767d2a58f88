//! Signs of life, what they carry, and what happens when nobody answers.

use std::{collections::BTreeSet, time::Duration};

use super::{EXECUTOR, failed, launch, registered, update};
use crate::{
    ExecutorId, TaskId,
    config::HeartbeatConfig,
    core::Core,
    executor_backend::ExecutorBackendCore,
    message::{
        DecommissionExecutor, HeartbeatReceiverMessage, HeartbeatResponse, Message, RegisterExecutorFailed,
        RegisteredExecutor, SendHeartbeat, StopExecutor, TaskMetrics, TaskMetricsReport,
    },
    testkit::{Harness, NOTHING},
};

const BEAT: [&str; 2] = [
    "HeartbeatReceiver: Heartbeat(Heartbeat { executor_id: executor 1, task_metrics: [] })",
    "after 10s, Executor-1: SendHeartbeat(SendHeartbeat)",
];
const REGISTER: [&str; 1] = ["DriverEndpoint: register 1 on here with 2"];

fn config(max_failures: u32) -> HeartbeatConfig {
    HeartbeatConfig { enabled: true, max_failures, ..HeartbeatConfig::default() }
}

fn beating(max_failures: u32) -> Harness<ExecutorBackendCore> {
    let core = ExecutorBackendCore::new(EXECUTOR, "here", 2).with_heartbeats(config(max_failures));
    let mut backend = Harness::new(core);
    assert_eq!(backend.tell(RegisteredExecutor {}).len(), 2);
    backend
}

fn answer(reregister: bool) -> HeartbeatResponse {
    HeartbeatResponse { reregister }
}

fn report(tasks: &[u64]) -> TaskMetricsReport {
    let metrics = |id: &u64| (TaskId(*id), TaskMetrics { records_read: *id + 1, ..TaskMetrics::default() });
    TaskMetricsReport { task_metrics: tasks.iter().map(metrics).collect() }
}

/// The tasks whose metrics the next heartbeat carries, with the records that they read.
fn reported(backend: &mut Harness<ExecutorBackendCore>) -> Vec<(u64, u64)> {
    match &backend.send(SendHeartbeat {})[0].message {
        Message::HeartbeatReceiver(HeartbeatReceiverMessage::Heartbeat(beat)) => {
            beat.task_metrics.iter().map(|(id, metrics)| (id.0, metrics.records_read)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn hb_001_the_first_comes_between_one_and_two_intervals_after_registration() {
    let mut firsts = BTreeSet::new();
    for executor in (0..50).chain([ExecutorId::DRIVER.0]) {
        let core = ExecutorBackendCore::new(ExecutorId(executor), "here", 2).with_heartbeats(config(60));
        let mut backend = Harness::new(core);
        let sent = backend.send(RegisteredExecutor {});
        let first = sent[0].after.unwrap();
        assert!(first >= Duration::from_secs(10) && first < Duration::from_secs(20), "{first:?}");
        firsts.insert(first);
    }
    assert_eq!(firsts.len(), 51, "executors that start together do not beat together");
}

#[test]
fn hb_002_it_beats_each_interval_while_it_is_answered() {
    let mut backend = beating(2);
    for _ in 0..5 {
        assert_eq!(backend.tell(SendHeartbeat {}), BEAT);
        assert_eq!(backend.tell(answer(false)), NOTHING);
    }
    backend.finish();
}

#[test]
fn hb_003_without_an_answer_to_so_many_it_ends_itself() {
    let mut backend = beating(2);
    assert_eq!(backend.tell(SendHeartbeat {}), BEAT);
    assert_eq!(backend.tell(SendHeartbeat {}), BEAT);
    assert_eq!(backend.tell(answer(false)), NOTHING);
    // An answer starts the count anew.
    assert_eq!(backend.tell(SendHeartbeat {}), BEAT);
    assert_eq!(backend.tell(SendHeartbeat {}), BEAT);
    assert_eq!(
        backend.tell(SendHeartbeat {}),
        [
            "TaskRunner-1: stop",
            "DriverEndpoint: remove 1: ExecutorExited { exit_code: 56, exit_caused_by_app: false, reason: \"Unable \
             to send heartbeats to driver.\" }",
        ]
    );
    assert_eq!(backend.tell(SendHeartbeat {}), NOTHING);
    backend.finish();
}

#[test]
fn hb_004_one_that_has_stopped_beats_no_more() {
    let mut backend = beating(2);
    assert_eq!(backend.tell(StopExecutor {}), ["TaskRunner-1: stop"]);
    assert_eq!(backend.tell(SendHeartbeat {}), NOTHING);
    assert_eq!(backend.tell(answer(true)), NOTHING);
    backend.finish();
}

#[test]
fn hb_005_one_that_was_not_told_to_does_not_beat() {
    let core = ExecutorBackendCore::new(EXECUTOR, "here", 2).with_heartbeats(HeartbeatConfig::default());
    for mut backend in [Harness::new(core), Harness::new(ExecutorBackendCore::new(EXECUTOR, "here", 2))] {
        assert_eq!(backend.tell(RegisteredExecutor {}), ["DriverEndpoint: executor 1 is ready"]);
        assert_eq!(backend.tell(SendHeartbeat {}), NOTHING);
        assert_eq!(backend.tell(launch(0)).len(), 1);
        assert_eq!(backend.tell(report(&[0])), NOTHING);
        assert_eq!(backend.tell(update(0, failed())).len(), 1);
        backend.finish();
    }
}

#[test]
fn hb_006_a_beat_carries_the_latest_metrics_of_tasks_that_run() {
    let mut backend = beating(9);
    for task in [4, 5] {
        assert_eq!(backend.tell(launch(task)).len(), 1);
    }
    assert_eq!(reported(&mut backend), []);
    assert_eq!(backend.tell(report(&[4])), NOTHING);
    // Task 6 is not here.
    assert_eq!(backend.tell(report(&[4, 5, 6])), NOTHING);
    assert_eq!(reported(&mut backend), [(4, 5), (5, 6)]);
    assert_eq!(backend.tell(update(4, failed())).len(), 1);
    assert_eq!(reported(&mut backend), [(5, 6)]);
    assert!(!backend.core.is_idle());
    assert_eq!(backend.tell(update(5, failed())).len(), 1);
    assert_eq!(reported(&mut backend), []);
    backend.finish();
}

#[test]
fn hb_007_one_that_the_driver_does_not_know_registers_again_and_its_tasks_are_killed() {
    let mut backend = beating(9);
    assert_eq!(backend.tell(launch(0)).len(), 1);
    assert_eq!(backend.tell(SendHeartbeat {}), BEAT);
    assert_eq!(backend.tell(answer(true)), REGISTER);
    assert_eq!(
        backend.tell(RegisteredExecutor {}),
        [
            "TaskRunner-1: kill t0 on 1 interrupting: its executor was given up by the driver",
            "DriverEndpoint: executor 1 is ready",
        ]
    );
    // It is ready once, and has one timer.
    assert_eq!(backend.tell(RegisteredExecutor {}), NOTHING);
    assert_eq!(backend.tell(launch(1)).len(), 1);
    assert_eq!(backend.tell(update(0, failed())).len(), 1);
    assert_eq!(backend.tell(update(1, failed())).len(), 1);
    assert_eq!(backend.tell(SendHeartbeat {}), BEAT);
    backend.finish();
}

#[test]
fn hb_008_one_that_is_refused_when_it_registers_again_goes_on() {
    let mut backend = beating(9);
    let refused = RegisterExecutorFailed { message: "Duplicate executor ID: 1".to_owned() };
    for _ in 0..2 {
        assert_eq!(backend.tell(answer(true)), REGISTER);
        assert_eq!(backend.tell(refused.clone()), NOTHING);
    }
    assert_eq!(backend.tell(SendHeartbeat {}), BEAT);
    backend.finish();
}

#[test]
fn hb_009_one_that_is_to_leave_does_not_register_again() {
    let mut backend = beating(9);
    assert_eq!(backend.tell(DecommissionExecutor {}).len(), 1);
    assert_eq!(backend.tell(answer(true)), NOTHING);
    backend.finish();
}

#[test]
fn hb_010_answers_to_one_that_does_not_beat_mean_nothing() {
    let mut backend = registered();
    assert_eq!(backend.tell(answer(true)), NOTHING);
    backend.finish();
}
