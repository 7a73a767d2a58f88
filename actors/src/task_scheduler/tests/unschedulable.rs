//! Sets that no executor may run.

use super::{
    Tasks, all, exception,
    exclusion::{config, exclusion, fail},
    failed, lost, prefer, set, some, submit, succeed, tasks,
};
use crate::{
    Config, StageId,
    config::{Allocation, Exclusion, Locality},
    message::{AbortUnschedulableTaskSet, ExecutorLossReason},
    testkit::NOTHING,
};

const KILL: &str = "DriverEndpoint: kill executors [1] by force";
const TIMER: &str = "after 120s, TaskScheduler: abort unschedulable s0.0";
const ABORT: &str = "DAGScheduler: failed s0.0: Aborting TaskSet 0.0 because task 0 (partition 0)\ncannot run anywhere \
                     due to node and executor excludeOnFailure.\nMost recent failure:\nLost task 0.0 in \
                     stage 0.0 (TID 0) (a executor 1): panic: oh\n\nExcludeOnFailure \
                     behavior can be configured via spark.excludeOnFailure.*.";

fn abort(stage: u32, serial: u64) -> AbortUnschedulableTaskSet {
    AbortUnschedulableTaskSet { stage_id: StageId(stage), stage_attempt_id: 0, serial }
}

/// The only task of stage 0 has failed on executor 1 and may not run there again.
fn with_excluded(config: Config) -> Tasks {
    let mut tasks = tasks(config);
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1"]);
    assert!(fail(&mut tasks, 0, 1).is_empty());
    tasks
}

#[test]
fn tsi_016_a_set_is_given_up_when_all_executors_are_excluded_and_busy() {
    let mut tasks = with_excluded(config(exclusion()));
    submit(&mut tasks, set(1, 1, 0, 1));
    // The other set keeps the executor busy, so nobody would take its place.
    let sent = all(&mut tasks, &[(1, "a", 2)]);
    assert_eq!(sent, ["t1 = s1 i0.0 on 1", KILL, TIMER], "idle when the first set is asked");
    let sent = all(&mut tasks, &[(1, "a", 1)]);
    assert_eq!(sent, [ABORT], "and now it is not");
    assert_eq!(succeed(&mut tasks, 1, 1).len(), 2);
    tasks.finish();
}

#[test]
fn tsi_017_the_timer_gives_the_set_up_when_no_new_executor_comes() {
    let mut tasks = with_excluded(config(exclusion()));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), [KILL, TIMER]);
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), NOTHING, "once");
    assert_eq!(tasks.tell(abort(0, 0)), NOTHING);
    assert_eq!(tasks.tell(abort(0, 1)), [ABORT]);
    assert_eq!(tasks.tell(abort(0, 1)), NOTHING);
    tasks.finish();
}

#[test]
fn tsi_018_a_new_executor_clears_the_timer() {
    let mut tasks = with_excluded(config(exclusion()));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), [KILL, TIMER]);
    assert_eq!(tasks.tell(lost(1, ExecutorLossReason::ExecutorKilled)).len(), 2);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t1 = s0 i0.1 on 2"]);
    assert_eq!(tasks.tell(abort(0, 1)), NOTHING, "it comes too late");
    assert_eq!(succeed(&mut tasks, 1, 2).len(), 2);
    tasks.finish();
}

#[test]
fn tsi_019_any_launch_clears_the_timers_of_all_sets() {
    let mut tasks = with_excluded(config(exclusion()));
    submit(&mut tasks, set(1, 1, 0, 3));
    assert_eq!(all(&mut tasks, &[(1, "a", 0)]), [KILL, TIMER]);
    assert_eq!(all(&mut tasks, &[(2, "b", 2)]).len(), 2);
    assert!(tasks.core.unschedulable.is_empty());
    assert_eq!(tasks.tell(abort(0, 1)), NOTHING);
}

#[test]
fn tsi_020_a_set_that_only_waits_for_a_near_place_is_not_given_up() {
    let config = Config { locality: Locality::default(), ..config(exclusion()) };
    let mut tasks = tasks(config);
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    submit(&mut tasks, prefer(set(0, 0, 0, 1), &[&["a"]]));
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1 NODE_LOCAL"]);
    assert!(fail(&mut tasks, 0, 1).is_empty());
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["after 3s, TaskScheduler: check locality"]);
    assert!(tasks.core.unschedulable.is_empty());
}

#[test]
fn tsi_021_with_dynamic_allocation_listeners_are_told_and_the_timer_runs() {
    let allocation = Allocation { enabled: true, ..Allocation::default() };
    let config = Config { allocation, ..config(exclusion()) };
    let start = || {
        let mut tasks = tasks(config.clone());
        submit(&mut tasks, set(0, 0, 0, 2));
        assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
        assert!(fail(&mut tasks, 0, 1).is_empty());
        assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["DAGScheduler: unschedulable s0.0", TIMER]);
        assert_eq!(all(&mut tasks, &[(1, "a", 1)]), NOTHING);
        tasks
    };
    let mut tasks = start();
    assert_eq!(tasks.tell(abort(0, 1)), [ABORT, "DAGScheduler: schedulable s0.0"]);
    let mut tasks = start();
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t2 = s0 i0.1 on 2", "DAGScheduler: schedulable s0.0"]);
    assert_eq!(tasks.tell(abort(0, 1)), NOTHING);
}

#[test]
fn tsi_024_an_executor_that_is_not_used_but_could_be_keeps_the_set_alive() {
    let mut tasks = tasks(config(exclusion()));
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1"]);
    assert!(fail(&mut tasks, 0, 1).is_empty());
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), NOTHING);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t1 = s0 i0.1 on 2"]);
}

#[test]
fn tsi_022_exclusions_cost_the_offers_not_the_tasks_that_wait() {
    // Executors and their nodes are excluded for the stage; asking them takes no task's entry out of its list.
    let limits = Exclusion {
        stage_max_failed_tasks_per_executor: 1,
        stage_max_failed_executors_per_node: 1,
        ..exclusion()
    };
    let mut tasks = tasks(config(limits));
    submit(&mut tasks, set(0, 0, 0, 2_000));
    assert_eq!(all(&mut tasks, &[(1, "a", 1), (9, "z", 0)]), ["t0 = s0 i0.0 on 1"]);
    assert_eq!(fail(&mut tasks, 0, 1).len(), 2);
    for _ in 0..3 {
        assert!(all(&mut tasks, &[(1, "a", 4), (2, "a", 4)]).is_empty());
    }
    let set = tasks.core.task_sets.get_mut(&(StageId(0), 0)).unwrap();
    assert_eq!(set.tasks.num_waiting(), 2_000);
    // For a single task that is excluded, one entry is passed over.
    assert_eq!(set.last_waiting(), Some(0), "still on top");
    assert_eq!(all(&mut tasks, &[(9, "z", 1)]), ["t1 = s0 i0.1 on 9"]);
}

#[test]
fn instead_of_being_killed_an_executor_may_be_told_to_leave() {
    let mut tasks = with_excluded(config(Exclusion { kill_by_decommission: true, ..exclusion() }));
    let sent = all(&mut tasks, &[(1, "a", 1)]);
    assert!(sent[0].starts_with("DriverEndpoint: decommission executors [1]: "), "{sent:?}");
    assert_eq!(sent[1..], [TIMER]);
}

#[test]
fn a_failure_of_the_last_allowed_kind_still_aborts_first() {
    let mut tasks = tasks(Config { task_max_failures: 1, ..config(exclusion()) });
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
    assert_eq!(tasks.tell(failed(0, 1, exception(false))).len(), 2);
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), NOTHING);
    tasks.finish();
}
