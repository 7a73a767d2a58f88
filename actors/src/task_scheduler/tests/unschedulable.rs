//! Sets that no executor may run.

use super::{
    REVIVE, SECOND, Tasks, all, bytes, decoded, exception,
    exclusion::{config, exclusion, fail},
    failed, finished, lost, map_done, map_set, prefer, set, some, submit, succeed, tasks,
};
use crate::{
    Config, StageId, TaskId,
    config::{Allocation, Exclusion, Locality},
    message::{
        AbortUnschedulableTaskSet, CheckLocality, ExecutorLossReason, HandleFailedTask, TaskEndReason,
    },
    testkit::{NOTHING, visits},
};

const KILL: &str = "DriverEndpoint: kill executors [1] by force";
const LOOK: &str = "after 1s, TaskScheduler: check locality";
const TIMER: &str = "after 120s, TaskScheduler: abort unschedulable s0.0 #1";
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
    let mut tasks = tasks(config(exclusion()));
    submit(&mut tasks, set(0, 0, 0, 1));
    submit(&mut tasks, set(1, 1, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
    assert!(fail(&mut tasks, 0, 1).is_empty());
    // The other set keeps the executor busy, so nobody would take its place.
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), [ABORT]);
    assert_eq!(succeed(&mut tasks, 1, 1).len(), 2);
    tasks.finish();
}

#[test]
fn an_executor_that_is_ended_for_a_set_gets_no_task_of_another_in_that_round() {
    let mut tasks = with_excluded(config(exclusion()));
    submit(&mut tasks, set(1, 1, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]), [KILL, TIMER], "the task would be lost with it");
    assert_eq!(tasks.tell(lost(1, ExecutorLossReason::ExecutorKilled)).len(), 2);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t1 = s0 i0.1 on 2"]);
}

#[test]
fn a_set_has_one_executor_ended_until_it_launches_something() {
    // No executor of host `a` may run the task, and all replacements come on host `a`.
    let limits = Exclusion { task_max_attempts_per_node: 1, ..exclusion() };
    let mut tasks = with_excluded(config(limits));
    submit(&mut tasks, map_set(1, 1, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), [KILL, TIMER]);
    assert_eq!(tasks.tell(lost(1, ExecutorLossReason::ExecutorKilled)).len(), 2);
    // The other set goes on. Each of its launches clears the timer, but no executor ends with its outputs.
    assert_eq!(all(&mut tasks, &[(2, "a", 1)]), ["t1 = s1 i0.0 on 2"]);
    assert_eq!(map_done(&mut tasks, 1, 2).len(), 1);
    assert_eq!(some(&mut tasks, &[(2, "a", 1)]), ["t2 = s1 i1.0 on 2"]);
    tasks.wait(30 * SECOND);
    assert_eq!(map_done(&mut tasks, 2, 2).len(), 1);
    assert_eq!(some(&mut tasks, &[(2, "a", 1)]), NOTHING, "the timer is still under way");
    tasks.wait(90 * SECOND);
    assert_eq!(tasks.tell(abort(0, 1)), ["after 30s, TaskScheduler: abort unschedulable s0.0 #1"]);
    tasks.wait(30 * SECOND);
    assert_eq!(tasks.tell(abort(0, 1)), [ABORT]);
    tasks.finish();
}

#[test]
fn a_set_that_has_launched_something_may_have_another_executor_ended() {
    let mut tasks = with_excluded(config(exclusion()));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), [KILL, TIMER]);
    assert_eq!(tasks.tell(lost(1, ExecutorLossReason::ExecutorKilled)).len(), 2);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t1 = s0 i0.1 on 2"]);
    assert!(fail(&mut tasks, 1, 2).is_empty());
    let sent = all(&mut tasks, &[(2, "b", 1)]);
    assert_eq!(sent, ["DriverEndpoint: kill executors [2] by force"], "the timer is under way");
}

/// Task 1 of stage 1 runs on executor 1, where the only task of stage 0 may not; that one runs on executor 2 as task 2.
/// No cores are free.
fn busy() -> Tasks {
    let mut tasks = tasks(config(exclusion()));
    submit(&mut tasks, set(0, 0, 0, 1));
    submit(&mut tasks, set(1, 1, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
    assert!(fail(&mut tasks, 0, 1).is_empty());
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t2 = s0 i0.1 on 2"]);
    tasks
}

#[test]
fn a_set_that_nobody_may_run_after_a_loss_is_seen_although_nothing_is_offered() {
    let mut tasks = busy();
    let sent = tasks.tell(lost(2, ExecutorLossReason::ExecutorKilled));
    assert_eq!(sent[2..], [REVIVE, LOOK], "the end, and the loss, before");
    tasks.wait(SECOND);
    assert_eq!(tasks.tell(CheckLocality {}), [ABORT]);
    assert_eq!(succeed(&mut tasks, 1, 1).len(), 2);
    tasks.finish();
}

#[test]
fn a_new_executor_in_time_keeps_a_set_that_nobody_may_run_alive() {
    let mut tasks = busy();
    assert_eq!(tasks.tell(lost(2, ExecutorLossReason::ExecutorKilled))[2..], [REVIVE, LOOK]);
    assert!(all(&mut tasks, &[(3, "b", 0)]).is_empty());
    tasks.wait(SECOND);
    assert_eq!(tasks.tell(CheckLocality {}), NOTHING);
    assert_eq!(all(&mut tasks, &[(3, "b", 1)]), ["t3 = s0 i0.2 on 3"]);
}

#[test]
fn a_set_that_nobody_may_run_after_the_loss_of_a_result_is_seen_although_nothing_is_offered() {
    let mut tasks = tasks(config(exclusion()));
    submit(&mut tasks, set(0, 0, 0, 1));
    submit(&mut tasks, set(1, 1, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1"]);
    assert_eq!(tasks.tell(finished(0, 1, bytes(1))).len(), 1);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t1 = s1 i0.0 on 1"]);
    let reason = TaskEndReason::TaskResultLost;
    assert_eq!(tasks.tell(HandleFailedTask { task_id: TaskId(0), reason })[1..], [REVIVE, LOOK]);
    tasks.wait(SECOND);
    assert!(tasks.tell(CheckLocality {})[0].starts_with("DAGScheduler: failed s0.0: Aborting TaskSet 0.0"));
}

#[test]
fn a_set_that_nobody_may_run_after_an_exclusion_is_seen_although_nothing_is_offered() {
    let limits = Exclusion { application_max_failed_tasks_per_executor: 1, ..exclusion() };
    let mut tasks = tasks(config(limits));
    submit(&mut tasks, set(0, 0, 0, 1));
    submit(&mut tasks, set(1, 1, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
    assert!(fail(&mut tasks, 0, 1).is_empty());
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t2 = s0 i0.1 on 2"]);
    assert_eq!(tasks.tell(finished(2, 2, bytes(1))).len(), 1);
    assert_eq!(tasks.tell(lost(2, ExecutorLossReason::ExecutorKilled)).len(), 2);
    // The set has succeeded, and its failure counts from now on. The other set waits for executor 1, which is busy.
    let sent = tasks.tell(decoded(2));
    assert!(sent[1].contains("ExecutorExcluded 1 "), "{sent:?}");
    assert_eq!(sent[2..], [LOOK, "after 3600.000000001s, TaskScheduler: expire exclusions"]);
    tasks.wait(SECOND);
    assert!(tasks.tell(CheckLocality {})[0].starts_with("DAGScheduler: failed s1.0: Aborting TaskSet 1.0"));
}

#[test]
fn tsi_017_the_timer_gives_the_set_up_when_no_new_executor_comes() {
    let mut tasks = with_excluded(config(exclusion()));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), [KILL, TIMER]);
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), NOTHING, "once");
    tasks.wait(120 * SECOND);
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
    tasks.wait(120 * SECOND);
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
    assert!(!tasks.core.unschedulable.waits((StageId(0), 0)));
    tasks.wait(120 * SECOND);
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
        tasks.wait(120 * SECOND);
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
    // The executor is excluded for the stage, or its node is.
    for stage_max_failed_executors_per_node in [9, 1] {
        let limits = Exclusion {
            stage_max_failed_tasks_per_executor: 1,
            stage_max_failed_executors_per_node,
            ..exclusion()
        };
        let cost = |waiting| {
            let mut tasks = tasks(config(limits.clone()));
            submit(&mut tasks, set(0, 0, 0, waiting));
            assert_eq!(all(&mut tasks, &[(1, "a", 1), (9, "z", 0)]), ["t0 = s0 i0.0 on 1"]);
            assert!(!fail(&mut tasks, 0, 1).is_empty());
            let ((), cost) = visits(|| {
                for _ in 0..10 {
                    assert!(all(&mut tasks, &[(1, "a", 4)]).is_empty());
                }
            });
            assert_eq!(all(&mut tasks, &[(9, "z", 1)]), ["t1 = s0 i0.1 on 9"]);
            cost
        };
        // Each round: the offer at two levels, the set, whether there are executors, and those until one may run the task.
        assert_eq!((cost(20), cost(2_000)), (60, 60));
    }
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
