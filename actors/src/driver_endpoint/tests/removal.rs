//! Executors that go: lost, killed, stopped.

use std::sync::Arc;

use super::{Driver, end, ready, register, remove};
use crate::{
    ExecutorId,
    message::{
        ExecutorLossReason, KillExecutors, KillExecutorsOnHost, RegisterExecutor, RemoveExecutor,
        RemoveWorker, ReviveOffers, StopExecutors,
    },
    testkit::NOTHING,
};

#[test]
fn an_executor_may_leave_while_its_cores_are_on_lease() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    driver.executor(2, 1);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    driver.0.wait(9);
    assert_eq!(
        driver.tell(remove(1)),
        [
            "Executor-1: stop",
            "TaskScheduler: executor 1 is lost: Executor killed by driver.",
            "ListenerBus: ExecutorRemoved 1 at 9: Executor killed by driver.",
        ]
    );
    // The task for it is dropped: the TaskScheduler hears of the loss after this answer.
    assert_eq!(
        driver.answer(3, &[(0, 1), (1, 2)], &[]),
        ["Executor-2: launch t1 = j0.s0.0 result/9 i1.0 1>1 on 2"]
    );
    assert_eq!(driver.tell(end(0, 1)), NOTHING);
    assert_eq!(driver.tell(end(1, 2)).len(), 2);
    assert_eq!(driver.answer(4, &[], &[(2, 1)]), NOTHING);
    driver.finish();
}

#[test]
fn an_executor_that_comes_back_during_a_round_gets_no_task_of_its_former_life() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.tell(remove(1)).len(), 3);
    assert_eq!(driver.tell(register(1, 2)).len(), 2);
    assert_eq!(driver.tell(ready(1)), NOTHING);
    assert_eq!(driver.answer(2, &[(0, 1)], &[(1, 1)]), ["TaskScheduler: round3: [1:2]"]);
    assert_eq!(driver.answer(3, &[], &[(1, 2)]), NOTHING);
    assert_eq!(driver.cores(1), (2, 0, 0));
    driver.finish();
}

#[test]
fn an_executor_that_leaves_takes_its_cores_with_it() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(2, &[(0, 1)], &[(1, 1)]).len(), 1);
    assert_eq!(driver.tell(remove(1)).len(), 3);
    assert_eq!(driver.tell(end(0, 1)), NOTHING);
    assert_eq!(driver.tell(ReviveOffers {}), NOTHING);
    driver.finish();
}

#[test]
fn all_executors_are_told_to_stop() {
    let mut driver = Driver::new();
    assert_eq!(driver.tell(StopExecutors {}), NOTHING);
    driver.executor(2, 1);
    driver.executor(1, 1);
    assert_eq!(driver.tell(StopExecutors {}), ["Executor-1: stop", "Executor-2: stop"]);
    driver.finish();
}

fn lost(executor: u32, reason: ExecutorLossReason) -> RemoveExecutor {
    RemoveExecutor { executor_id: ExecutorId(executor), reason }
}

fn kill(executors: &[u32], force: bool) -> KillExecutors {
    KillExecutors { executor_ids: executors.iter().map(|id| ExecutorId(*id)).collect(), force }
}

/// What is sent when this executor is lost for this reason.
fn loss(executor: u32, reason: &str) -> Vec<String> {
    vec![
        format!("Executor-{executor}: stop"),
        format!("TaskScheduler: executor {executor} is lost: {reason}"),
        format!("ListenerBus: ExecutorRemoved {executor} at 0: {reason}"),
    ]
}

fn ended(executors: &str) -> String {
    format!("ClusterManager: EndExecutors(EndExecutors {{ executor_ids: [{executors}] }})")
}

#[test]
fn a_loss_is_passed_on_with_its_reason() {
    let exited = ExecutorLossReason::ExecutorExited {
        exit_code: 137,
        exit_caused_by_app: true,
        reason: "out of memory".to_owned(),
    };
    let process = ExecutorLossReason::process_lost("Remote RPC client disassociated.");
    for (reason, text) in
        [(exited, "out of memory (exit code 137)"), (process, "Remote RPC client disassociated.")]
    {
        let mut driver = Driver::new();
        driver.executor(1, 1);
        assert_eq!(driver.tell(lost(1, reason)), loss(1, text));
        driver.finish();
    }
}

#[test]
fn an_executor_that_is_unknown_is_still_taken_from_listeners() {
    let mut driver = Driver::with_heartbeats();
    assert_eq!(driver.tell(remove(4)), ["ListenerBus: ExecutorRemoved 4 at 0: Executor killed by driver."]);
    assert_eq!(driver.tell(lost(4, ExecutorLossReason::LossReasonPending)), NOTHING);
    driver.finish();
}

#[test]
fn while_the_reason_is_unknown_an_executor_gets_no_offers_and_its_tasks_wait() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    driver.executor(2, 1);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(3, &[(0, 1)], &[(1, 1), (2, 1)]).len(), 1);
    let pending = lost(1, ExecutorLossReason::LossReasonPending);
    assert_eq!(driver.tell(pending.clone()), ["TaskScheduler: executor 1 is lost: Pending loss reason."]);
    assert_eq!(driver.tell(pending), NOTHING);
    assert_eq!(driver.tell(ReviveOffers {}), ["TaskScheduler: round4 of all: [2:1]"]);
    assert_eq!(driver.answer(4, &[], &[(2, 1)]), NOTHING);
    // A last word that was on its way still counts, but what it frees is not offered.
    assert_eq!(driver.tell(end(0, 1)).len(), 1);
    assert_eq!(driver.cores(1), (2, 0, 0));
    assert_eq!(driver.tell(lost(1, ExecutorLossReason::process_lost("gone"))), loss(1, "gone"));
    driver.finish();
}

#[test]
fn the_reason_may_become_unknown_while_cores_are_on_lease() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.tell(lost(1, ExecutorLossReason::LossReasonPending)).len(), 1);
    // It is still known, so the task is sent: the loss will speak for it.
    assert_eq!(driver.answer(2, &[(0, 1)], &[(1, 1)]).len(), 1);
    assert_eq!(driver.cores(1), (1, 0, 1));
    assert_eq!(driver.tell(ReviveOffers {}), NOTHING);
    assert_eq!(driver.tell(remove(1)).len(), 3);
    driver.finish();
}

#[test]
fn killed_executors_leave_at_once_and_the_cluster_manager_ends_them() {
    let mut driver = Driver::new();
    for executor in 1..=3 {
        driver.executor(executor, 1);
    }
    let mut expected = loss(3, "Executor killed by driver.");
    expected.extend(loss(1, "Executor killed by driver."));
    expected.push(ended("executor 3, executor 1"));
    assert_eq!(driver.tell(kill(&[3, 8, 1, 3], false)), expected);
    assert_eq!(driver.tell(kill(&[3, 1], true)), NOTHING);
    assert_eq!(driver.tell(ReviveOffers {}), ["TaskScheduler: round4 of all: [2:1]"]);
    assert_eq!(driver.answer(4, &[], &[(2, 1)]), NOTHING);
    driver.finish();
}

#[test]
fn a_busy_executor_is_killed_only_by_force() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(2, &[(0, 1)], &[(1, 1)]).len(), 1);
    assert_eq!(driver.tell(kill(&[1], false)), NOTHING);
    let mut expected = loss(1, "Executor killed by driver.");
    expected.push(ended("executor 1"));
    assert_eq!(driver.tell(kill(&[1], true)), expected);
    driver.finish();
}

#[test]
fn whether_an_executor_is_idle_is_seen_when_its_lease_is_over() {
    let mut driver = Driver::new();
    for executor in 1..=3 {
        driver.executor(executor, 1);
    }
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.tell(kill(&[3, 1, 2], false)), NOTHING, "tasks may have been chosen for them");
    // By force it makes no difference, and it is done with.
    let mut expected = loss(2, "Executor killed by driver.");
    expected.push(ended("executor 2"));
    assert_eq!(driver.tell(kill(&[2], true)), expected);
    assert_eq!(driver.tell(ReviveOffers {}), NOTHING);
    let mut expected = vec!["Executor-3: launch t0 = j0.s0.0 result/9 i0.0 0>0 on 3".to_owned()];
    expected.extend(loss(1, "Executor killed by driver."));
    expected.push(ended("executor 1"));
    assert_eq!(driver.answer(4, &[(0, 3)], &[(1, 1), (2, 1)]), expected);
    // The one that got a task was spared for good.
    assert_eq!(driver.tell(end(0, 3)).len(), 2);
    assert_eq!(driver.answer(5, &[], &[(3, 1)]), NOTHING);
    driver.finish();
}

#[test]
fn an_executor_that_is_lost_and_comes_back_within_a_round_is_not_killed_for_the_former_one() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.tell(kill(&[1], false)), NOTHING);
    assert_eq!(driver.tell(remove(1)).len(), 3);
    assert_eq!(driver.tell(register(1, 1)).len(), 2);
    assert_eq!(driver.tell(ready(1)), NOTHING);
    assert_eq!(driver.answer(2, &[], &[(1, 1)]), ["TaskScheduler: round3: [1:1]"]);
    assert_eq!(driver.answer(3, &[], &[(1, 1)]), NOTHING);
    driver.finish();
}

#[test]
fn all_executors_of_a_host_are_killed_even_busy_ones() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(2, &[(0, 1)], &[]).len(), 1);
    driver.executor_of(RegisterExecutor { hostname: "there".to_owned(), ..register(2, 1) });
    driver.executor(3, 1);
    let host = |host: &str| KillExecutorsOnHost { host: Arc::from(host) };
    assert_eq!(driver.tell(host("nowhere")), NOTHING);
    let mut expected = loss(1, "Executor killed by driver.");
    expected.extend(loss(3, "Executor killed by driver."));
    expected.push(ended("executor 1, executor 3"));
    assert_eq!(driver.tell(host("here")), expected);
    assert_eq!(driver.tell(host("here")), NOTHING);
    driver.finish();
}

#[test]
fn the_loss_of_a_worker_is_passed_on() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    let (worker_id, host) = (Arc::from("w1"), Arc::from("here"));
    assert_eq!(
        driver.tell(RemoveWorker { worker_id, host, message: "gone".to_owned() }),
        [
            "TaskScheduler: TaskWorkerRemoved(TaskWorkerRemoved { worker_id: \"w1\", host: \"here\", message: \"gone\" })"
        ]
    );
    driver.finish();
}
