//! The HeartbeatReceiver as a value: one message in, the exact messages out.

use super::HeartbeatReceiverCore;
use crate::{
    Config, ExecutorId, TaskId,
    message::{
        ExecutorRegistered, ExecutorRemoved, ExpireDeadHosts, Heartbeat, Message, TaskMetrics,
        TaskSchedulerMessage,
    },
    testkit::{Harness, NOTHING},
};

/// In nanoseconds.
const SECOND: u64 = 1_000_000_000;
const CHECK: &str = "after 60s, HeartbeatReceiver: ExpireDeadHosts(ExpireDeadHosts)";

fn receiver() -> Harness<HeartbeatReceiverCore> {
    Harness::new(HeartbeatReceiverCore::new(Config::default()))
}

fn registered(executor: u32) -> ExecutorRegistered {
    ExecutorRegistered { executor_id: ExecutorId(executor) }
}

fn removed(executor: u32) -> ExecutorRemoved {
    ExecutorRemoved { executor_id: ExecutorId(executor) }
}

fn beat(executor: u32) -> Heartbeat {
    Heartbeat { executor_id: ExecutorId(executor), task_metrics: Vec::new() }
}

/// The answer to a beat of an executor that is known.
fn seen(executor: u32) -> [String; 2] {
    [
        format!(
            "TaskScheduler: ExecutorHeartbeatReceived(ExecutorHeartbeatReceived {{ executor_id: executor {executor}, \
             task_metrics: [] }})"
        ),
        format!("Executor-{executor}: HeartbeatResponse(HeartbeatResponse {{ reregister: false }})"),
    ]
}

/// The answer to a beat of an executor that is not known.
fn unknown(executor: u32) -> [String; 1] {
    [format!("Executor-{executor}: HeartbeatResponse(HeartbeatResponse {{ reregister: true }})")]
}

fn lost(executor: u32, millis: u64) -> String {
    format!(
        "DriverEndpoint: remove {executor}: ExecutorProcessLost {{ message: \"Executor heartbeat timed out after \
         {millis} ms\", worker_host: None, caused_by_app: true }}"
    )
}

fn ended(executors: &str) -> String {
    format!("ClusterManager: EndExecutors(EndExecutors {{ executor_ids: [{executors}] }})")
}

#[test]
fn hb_021_a_beat_of_a_known_executor_is_passed_on_and_answered() {
    let mut receiver = receiver();
    assert_eq!(receiver.tell(registered(1)), [CHECK]);
    assert_eq!(receiver.tell(beat(1)), seen(1));
    receiver.finish();
}

#[test]
fn hb_022_what_running_tasks_measure_reaches_the_task_scheduler() {
    let mut receiver = receiver();
    assert_eq!(receiver.tell(registered(1)).len(), 1);
    let task_metrics = vec![(TaskId(3), TaskMetrics { records_read: 5, ..TaskMetrics::default() })];
    let sent = receiver.send(Heartbeat { executor_id: ExecutorId(1), task_metrics: task_metrics.clone() });
    match &sent[0].message {
        Message::TaskScheduler(TaskSchedulerMessage::ExecutorHeartbeatReceived(received)) => {
            assert_eq!(received.task_metrics, task_metrics);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn hb_023_one_that_never_registered_is_to_register_again_and_is_not_passed_on() {
    let mut receiver = receiver();
    assert_eq!(receiver.tell(beat(1)), unknown(1));
    // A beat alone does not make it known.
    assert_eq!(receiver.tell(beat(1)), unknown(1));
    receiver.finish();
}

#[test]
fn hb_024_one_that_was_removed_is_to_register_again() {
    let mut receiver = receiver();
    assert_eq!(receiver.tell(registered(1)).len(), 1);
    assert_eq!(receiver.tell(removed(1)), NOTHING);
    assert_eq!(receiver.tell(beat(1)), unknown(1));
    assert_eq!(receiver.tell(removed(1)), NOTHING);
    receiver.finish();
}

#[test]
fn hb_025_one_that_is_silent_for_longer_than_the_timeout_is_lost_once() {
    let mut receiver = receiver();
    assert_eq!(receiver.tell(registered(1)), [CHECK]);
    assert_eq!(receiver.tell(registered(2)), NOTHING);
    receiver.wait(60 * SECOND);
    assert_eq!(receiver.tell(beat(2)), seen(2));
    assert_eq!(receiver.tell(ExpireDeadHosts {}), [CHECK]);
    // Silent for exactly the timeout is not too long.
    receiver.wait(60 * SECOND);
    assert_eq!(receiver.tell(ExpireDeadHosts {}), [CHECK]);
    receiver.wait(7_000_000);
    assert_eq!(receiver.tell(ExpireDeadHosts {}), [lost(1, 120_007), ended("executor 1"), CHECK.to_owned()]);
    assert_eq!(receiver.tell(ExpireDeadHosts {}), [CHECK]);
    assert_eq!(receiver.tell(beat(1)), unknown(1));
    // The DriverEndpoint says so as well.
    assert_eq!(receiver.tell(removed(1)), NOTHING);
    assert_eq!(receiver.tell(beat(2)), seen(2));
    receiver.finish();
}

#[test]
fn hb_026_several_are_lost_in_the_order_of_their_ids_and_ended_together() {
    let mut receiver = receiver();
    for executor in [2, 1] {
        assert!(receiver.tell(registered(executor)).len() <= 1);
    }
    receiver.wait(180 * SECOND);
    assert_eq!(
        receiver.tell(ExpireDeadHosts {}),
        [lost(1, 180_000), lost(2, 180_000), ended("executor 1, executor 2")]
    );
    receiver.finish();
}

#[test]
fn hb_027_one_timer_is_out_while_executors_are_known_and_none_else() {
    let mut receiver = receiver();
    assert_eq!(receiver.tell(registered(1)), [CHECK]);
    assert_eq!(receiver.tell(removed(1)), NOTHING);
    // The timer is still out: it serves the next one as well.
    assert_eq!(receiver.tell(registered(2)), NOTHING);
    assert_eq!(receiver.tell(ExpireDeadHosts {}), [CHECK]);
    assert_eq!(receiver.tell(removed(2)), NOTHING);
    assert_eq!(receiver.tell(ExpireDeadHosts {}), NOTHING);
    assert_eq!(receiver.tell(registered(3)), [CHECK]);
    receiver.finish();
}

#[test]
fn hb_028_one_that_registers_again_is_known_from_then_on() {
    let mut receiver = receiver();
    assert_eq!(receiver.tell(registered(1)), [CHECK]);
    receiver.wait(121 * SECOND);
    assert_eq!(receiver.tell(ExpireDeadHosts {}).len(), 2);
    assert_eq!(receiver.tell(beat(1)), unknown(1));
    assert_eq!(receiver.tell(registered(1)), [CHECK]);
    receiver.wait(120 * SECOND);
    assert_eq!(receiver.tell(ExpireDeadHosts {}), [CHECK]);
    assert_eq!(receiver.tell(beat(1)), seen(1));
    receiver.finish();
}

#[test]
fn hb_029_interval_and_timeout_are_those_of_the_settings() {
    let mut config = Config::default();
    config.heartbeat.check_interval = std::time::Duration::from_secs(1);
    config.heartbeat.timeout = std::time::Duration::from_secs(3);
    let mut receiver = Harness::new(HeartbeatReceiverCore::new(config));
    let check = CHECK.replace("60s", "1s");
    assert_eq!(receiver.tell(registered(1)), [check.as_str()]);
    receiver.wait(3 * SECOND);
    assert_eq!(receiver.tell(ExpireDeadHosts {}), [check.as_str()]);
    receiver.wait(SECOND);
    assert_eq!(receiver.tell(ExpireDeadHosts {}), [lost(1, 4_000), ended("executor 1")]);
    receiver.finish();
}
