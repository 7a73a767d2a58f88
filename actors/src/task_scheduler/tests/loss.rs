//! Executors that are lost while they launch or run tasks, and losses whose reasons come later.

use super::{
    REVIVE, SECOND, Tasks, all, decoded, exception, failed, finished, local, lost, map_done, map_set, set,
    some, status, submit, succeed, tasks,
};
use crate::{
    ExecutorId, TaskId,
    core::Core,
    message::{
        AbortTaskSet, ExecutorLossReason, HandleFailedTask, TaskEndReason, TaskStatus, TaskValue,
        TaskWorkerRemoved,
    },
    testkit::NOTHING,
};

fn exited(exit_caused_by_app: bool) -> ExecutorLossReason {
    ExecutorLossReason::ExecutorExited {
        exit_code: 1,
        exit_caused_by_app,
        reason: "out of memory".to_owned(),
    }
}

/// One task runs on executor 1; it has reported RUNNING or not.
fn one_task(task_max_failures: u32, has_run: bool) -> Tasks {
    let mut tasks = tasks(local(task_max_failures));
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
    if has_run {
        assert_eq!(tasks.tell(status(0, 1, TaskStatus::Running)), NOTHING);
    }
    tasks
}

#[test]
fn tsm_009_a_task_whose_result_is_lost_is_offered_again() {
    let mut tasks = one_task(4, true);
    assert_eq!(tasks.tell(finished(0, 1, super::bytes(1))).len(), 1);
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), NOTHING);
    let reason = TaskEndReason::TaskResultLost;
    assert_eq!(tasks.tell(HandleFailedTask { task_id: TaskId(0), reason })[1..], [REVIVE]);
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["t1 = s0 i0.1 on 1"]);
}

#[test]
fn tsm_010_the_fourth_loss_of_one_task_is_the_end() {
    let mut tasks = one_task(4, true);
    for task in 0..4 {
        assert_eq!(tasks.tell(finished(task, 1, super::bytes(1))).len(), 1);
        let reason = TaskEndReason::TaskResultLost;
        let sent = tasks.tell(HandleFailedTask { task_id: TaskId(task), reason });
        if task < 3 {
            assert_eq!(sent[1..], [REVIVE]);
            assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
        } else {
            assert!(sent[1].starts_with("DAGScheduler: failed s0.0: Task 0 in stage 0.0 failed 4 times"));
        }
    }
    tasks.finish();
}

#[test]
fn tsm_013_an_exit_that_no_task_caused_does_not_count_and_one_that_a_task_caused_does() {
    for (reason, has_run, counts) in [
        (exited(false), true, false),
        (ExecutorLossReason::ExecutorKilled, true, false),
        (exited(true), false, false),
        (exited(true), true, true),
        (ExecutorLossReason::process_lost("gone"), true, true),
    ] {
        let mut tasks = one_task(1, has_run);
        let sent = tasks.tell(lost(1, reason));
        assert_eq!(sent[1].starts_with("DAGScheduler: failed "), counts, "{sent:?}");
    }
}

#[test]
fn tsi_051_a_loss_while_launching_does_not_count_and_one_while_running_does() {
    for has_run in [false, true] {
        let mut tasks = one_task(1, has_run);
        let sent = tasks.tell(lost(1, ExecutorLossReason::process_lost("gone")));
        assert_eq!(tasks.core.is_idle(), has_run, "{sent:?}");
    }
}

#[test]
fn tsi_050_an_end_that_comes_after_the_loss_is_ignored() {
    let mut tasks = tasks(local(4));
    submit(&mut tasks, map_set(0, 0, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
    let sent = tasks.tell(lost(1, ExecutorLossReason::ExecutorKilled));
    assert!(sent[0].contains(" t0 ") && sent[1].contains(" t1 "), "{sent:?}");
    assert_eq!(sent[2..], ["DAGScheduler: executor 1 is lost: Executor killed by driver.", REVIVE], "once");
    assert_eq!(map_done(&mut tasks, 0, 1), NOTHING);
    assert_eq!(tasks.tell(failed(1, 1, exception(false))), NOTHING);
    // Both run once more, and each counts once.
    assert_eq!(all(&mut tasks, &[(2, "b", 3)]).len(), 2);
    assert_eq!(map_done(&mut tasks, 2, 2).len(), 1);
    assert_eq!(map_done(&mut tasks, 2, 2), NOTHING);
    assert_eq!(map_done(&mut tasks, 3, 2).len(), 1);
    tasks.finish();
}

/// The result of the only task is with executor 1, and is being fetched.
fn fetching() -> Tasks {
    let mut tasks = one_task(4, true);
    assert_eq!(tasks.tell(finished(0, 1, TaskValue::Indirect { size: 5 })).len(), 1);
    tasks
}

#[test]
fn tsi_050_a_result_that_is_to_be_fetched_is_lost_with_its_executor() {
    let mut tasks = fetching();
    let sent = tasks.tell(lost(1, ExecutorLossReason::process_lost("gone")));
    assert!(sent[0].contains(" t0 ") && sent[0].contains("ExecutorLostFailure"), "{sent:?}");
    assert_eq!(sent[1..], ["DAGScheduler: executor 1 is lost: gone", REVIVE]);
    // Whether it was fetched just before or not makes no difference any more.
    assert_eq!(tasks.tell(decoded(0)), NOTHING);
    let reason = TaskEndReason::TaskResultLost;
    assert_eq!(tasks.tell(HandleFailedTask { task_id: TaskId(0), reason }), NOTHING);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t1 = s0 i0.1 on 2"]);
    assert_eq!(succeed(&mut tasks, 1, 2).len(), 2);
    tasks.finish();
}

#[test]
fn a_result_that_was_fetched_is_not_lost() {
    let mut tasks = fetching();
    assert_eq!(tasks.tell(decoded(0)).len(), 1);
    let lost = tasks.tell(lost(1, ExecutorLossReason::process_lost("gone")));
    assert_eq!(lost, ["DAGScheduler: executor 1 is lost: gone", REVIVE]);
    tasks.finish();
}

#[test]
fn until_the_reason_of_a_loss_is_known_its_tasks_neither_fail_nor_run_again() {
    let mut tasks = one_task(1, true);
    assert_eq!(tasks.tell(lost(1, ExecutorLossReason::LossReasonPending)), [REVIVE]);
    assert_eq!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]), NOTHING);
    assert_eq!(
        tasks.tell(lost(1, exited(false)))[1..],
        ["DAGScheduler: executor 1 is lost: out of memory (exit code 1)", REVIVE]
    );
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t1 = s0 i0.1 on 2"]);
    assert_eq!(succeed(&mut tasks, 1, 2).len(), 2);
    tasks.finish();
}

#[test]
fn an_executor_whose_loss_is_pending_gets_nothing() {
    let mut tasks = tasks(local(1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), NOTHING);
    assert_eq!(tasks.tell(lost(1, ExecutorLossReason::LossReasonPending)), [REVIVE]);
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), NOTHING);
}

#[test]
fn the_loss_of_an_unknown_executor_is_no_news() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(lost(5, ExecutorLossReason::ExecutorKilled)), NOTHING);
    assert_eq!(tasks.tell(lost(5, ExecutorLossReason::LossReasonPending)), NOTHING);
}

#[test]
fn tsm_021_a_set_with_a_task_that_cannot_be_sent_is_given_up_and_launches_no_more() {
    let mut tasks = tasks(local(4));
    submit(&mut tasks, set(0, 0, 0, 4));
    submit(&mut tasks, set(1, 1, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 3)]).len(), 3);
    let too_large = |task| AbortTaskSet { task_id: TaskId(task), reason: "too large".to_owned() };
    let sent = tasks.tell(too_large(0));
    assert!(
        sent[0].starts_with("DAGScheduler: end ") && sent[0].ends_with("TaskKilled (too large)"),
        "{sent:?}"
    );
    assert_eq!(sent[1..], ["DAGScheduler: failed s0.0: too large"]);
    assert!(tasks.core.task_sets[&(crate::StageId(0), 0)].zombie, "it only waits for what runs");
    assert_eq!(tasks.tell(too_large(1)).len(), 1, "it is given up once");
    // The cores go to others, although tasks of this set waited, and nothing of it is tried again.
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]), ["t3 = s1 i0.0 on 1"]);
    assert_eq!(tasks.tell(failed(2, 1, exception(false))).len(), 1);
    assert_eq!(succeed(&mut tasks, 3, 1).len(), 2);
    tasks.finish();
}

#[test]
fn tsm_062_the_end_of_a_fatal_failure_is_told_before_the_set_gives_up() {
    let mut tasks = one_task(4, true);
    let sent = tasks.tell(failed(0, 1, exception(true)));
    assert!(sent[0].starts_with("DAGScheduler: end j0.s0.0"), "{sent:?}");
    assert!(
        sent[1].starts_with("DAGScheduler: failed s0.0: Task 0 in stage 0.0 (TID 0) had a not"),
        "{sent:?}"
    );
    tasks.finish();
}

#[test]
fn tsi_011_a_zombie_gets_no_tasks_and_the_next_attempt_does() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, set(0, 0, 0, 3));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1"]);
    tasks.wait(SECOND);
    submit(&mut tasks, set(0, 0, 1, 3));
    let sent = all(&mut tasks, &[(1, "a", 1)]);
    assert_eq!(sent, ["t1 = s0 i0.0 on 1"]);
    assert_eq!(tasks.core.attempts.get(TaskId(1)).unwrap().set.1, 1);
    assert_eq!(succeed(&mut tasks, 0, 1).len(), 2);
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
}

#[test]
fn a_set_that_comes_twice_is_taken_once() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
    assert_eq!(tasks.tell(set(0, 0, 0, 1)), NOTHING);
    assert_eq!(succeed(&mut tasks, 0, 1).len(), 2);
    tasks.finish();
}

#[test]
fn tsm_036_the_names_of_sets_are_their_stages_and_attempts() {
    let mut tasks = tasks(local(1));
    for (stage, attempt) in [(0, 0), (0, 1), (1, 1)] {
        submit(&mut tasks, set(0, stage, attempt, 1));
    }
    // The first one is gone: replaced by the second before anything ran.
    let ids: Vec<_> = tasks.core.task_sets.keys().map(|(stage, attempt)| (stage.0, *attempt)).collect();
    assert_eq!(ids, [(0, 1), (1, 1)]);
}

#[test]
fn the_end_of_a_worker_is_passed_on() {
    let mut tasks = tasks(local(1));
    let removed = TaskWorkerRemoved { worker_id: "w1".into(), host: "a".into(), message: "gone".to_owned() };
    let sent = tasks.tell(removed);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains("WorkerRemoved"), "{sent:?}");
    let _ = ExecutorId(1);
}
