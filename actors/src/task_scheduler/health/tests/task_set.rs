//! Exclusion from a task, and from a stage.

use super::*;
use crate::testkit::NOTHING;

/// Executors 0 and 1 are on host A, 2 and 3 on host B.
fn host_of(executor: u32) -> &'static str {
    if executor < 2 { "A" } else { "B" }
}

fn fail_on(set: &mut TaskSetExcludelist, executor: u32, index: u32) -> Vec<String> {
    fail(set, at(1), host_of(executor), executor, index)
}

#[test]
fn tse_001_a_task_a_stage_an_executor_and_a_node_are_excluded_step_by_step() {
    let mut set = list(&config(), 0);
    assert_eq!(fail_on(&mut set, 0, 0), NOTHING);
    for executor in 0..4 {
        let first = executor == 0;
        assert_eq!(set.is_executor_excluded_for_task(ExecutorId(executor), 0), first);
        assert!(!set.is_executor_excluded_for_task(ExecutorId(executor), 1));
        assert!(!set.is_executor_excluded_for_set(ExecutorId(executor)));
    }
    assert!(!set.is_node_excluded_for_task("A", 0));

    // A second task of the set on the same executor: out for the stage.
    assert_eq!(
        fail_on(&mut set, 0, 1),
        ["ListenerBus: ExecutorExcludedForStage 0 after 2 failures for s0.0 at 1000000000"]
    );
    assert!(set.is_executor_excluded_for_set(ExecutorId(0)));
    assert!(!set.is_node_excluded_for_set("A") && !set.is_node_excluded_for_task("A", 1));
    assert_eq!(fail_on(&mut set, 0, 2), NOTHING, "told once");

    // The task that fails on both executors of the node is out there.
    assert_eq!(fail_on(&mut set, 1, 0), NOTHING);
    assert!(set.is_node_excluded_for_task("A", 0) && !set.is_node_excluded_for_task("A", 1));
    assert!(!set.is_node_excluded_for_task("B", 0) && !set.is_node_excluded_for_set("A"));

    // The second excluded executor takes the node with it.
    assert_eq!(
        fail_on(&mut set, 1, 1),
        [
            "ListenerBus: ExecutorExcludedForStage 1 after 2 failures for s0.0 at 1000000000",
            "ListenerBus: NodeExcludedForStage A after 2 executors for s0.0 at 1000000000",
        ]
    );
    assert!(set.is_node_excluded_for_set("A") && !set.is_node_excluded_for_set("B"));
    assert_eq!(fail_on(&mut set, 1, 2), NOTHING, "told once");
    assert_eq!(set.latest_failure_reason(), "oh");
}

#[test]
fn tse_002_a_node_counts_attempts_and_a_stage_counts_tasks() {
    let mut config = config();
    config.exclusion.task_max_attempts_per_executor = 3;
    config.exclusion.task_max_attempts_per_node = 3;
    let mut set = list(&config, 0);
    // The same task fails again and again on one executor: one task for the stage, three attempts for the node.
    assert_eq!(fail_on(&mut set, 0, 7), NOTHING);
    assert_eq!(fail_on(&mut set, 0, 7), NOTHING);
    assert!(!set.is_executor_excluded_for_task(ExecutorId(0), 7) && !set.is_node_excluded_for_task("A", 7));
    assert_eq!(fail_on(&mut set, 0, 7), NOTHING);
    assert!(set.is_executor_excluded_for_task(ExecutorId(0), 7) && set.is_node_excluded_for_task("A", 7));
    assert_eq!(set.failed_tasks_on(ExecutorId(0)), 1);
    assert!(!set.is_executor_excluded_for_set(ExecutorId(0)));
    // Attempts on the node's other executor add up as well.
    assert_eq!(
        fail_on(&mut set, 0, 8),
        ["ListenerBus: ExecutorExcludedForStage 0 after 2 failures for s0.0 at 1000000000"]
    );
    assert_eq!(fail_on(&mut set, 1, 8), NOTHING);
    assert_eq!(fail_on(&mut set, 1, 8), NOTHING);
    assert!(set.is_node_excluded_for_task("A", 8) && !set.is_executor_excluded_for_task(ExecutorId(1), 8));
}

#[test]
fn a_node_is_not_excluded_for_a_stage_by_executors_of_another_node() {
    let mut set = list(&config(), 0);
    for executor in [0, 2] {
        for index in 0..2 {
            let _ = fail_on(&mut set, executor, index);
        }
        assert!(set.is_executor_excluded_for_set(ExecutorId(executor)));
    }
    assert!(!set.is_node_excluded_for_set("A") && !set.is_node_excluded_for_set("B"));
}

#[test]
fn tsm_063_a_task_set_excludes_without_the_application() {
    let mut config = config();
    config.exclusion.application_enabled = false;
    let mut set = list(&config, 3);
    assert_eq!(fail_on(&mut set, 0, 0), NOTHING);
    assert!(set.is_executor_excluded_for_task(ExecutorId(0), 0));
    assert_eq!(
        fail_on(&mut set, 0, 1),
        ["ListenerBus: ExecutorExcludedForStage 0 after 2 failures for s3.0 at 1000000000"]
    );
    assert!(set.is_executor_excluded_for_set(ExecutorId(0)));
}

#[test]
fn tsm_064_with_the_application_alone_failures_are_kept_and_exclude_nobody_from_the_set() {
    let mut config = config();
    config.exclusion.task_and_stage_enabled = false;
    let mut set = list(&config, 0);
    for executor in 0..2 {
        for index in 0..3 {
            assert_eq!(fail_on(&mut set, executor, index), NOTHING, "nobody is told of what is not so");
        }
    }
    assert!(!set.is_executor_excluded_for_task(ExecutorId(0), 0) && !set.is_node_excluded_for_task("A", 0));
    assert!(!set.is_executor_excluded_for_set(ExecutorId(0)) && !set.is_node_excluded_for_set("A"));
    let mut tracker = HealthTracker::new(&config);
    let _ = report(&mut tracker, at(2), 0, &set);
    assert_eq!(excluded_executors(&tracker, 0..4), [0, 1], "the application learns of them all the same");
}
