//! Executors that are to leave.

use std::sync::Arc;

use super::{Driver, end, ready, register, remove};
use crate::{
    ExecutorId,
    core::Sending,
    message::{
        DecommissionExecutors, DecommissionExecutorsOnHost, ExecutorDecommissioning, ExecutorLossReason,
        KillExecutors, Message, RegisterExecutor, RemoveExecutor, ReviveOffers, TaskSchedulerMessage,
    },
    testkit::NOTHING,
};

fn decommission(executors: &[u32]) -> DecommissionExecutors {
    let executor_ids = executors.iter().map(|id| ExecutorId(*id)).collect();
    DecommissionExecutors { executor_ids, worker_host: None, reason: "spot".to_owned() }
}

/// What is sent when this executor is to leave.
fn told(executor: u32, reason: &str) -> [String; 2] {
    [
        format!("TaskScheduler: executor {executor} leaves: {reason}"),
        format!("Executor-{executor}: DecommissionExecutor(DecommissionExecutor)"),
    ]
}

fn finished(executor: u32) -> RemoveExecutor {
    let reason = ExecutorLossReason::ExecutorExited {
        exit_code: 0,
        exit_caused_by_app: false,
        reason: "Finished decommissioning".to_owned(),
    };
    RemoveExecutor { executor_id: ExecutorId(executor), reason }
}

#[test]
fn an_executor_that_is_to_leave_finishes_its_tasks_and_gets_no_more() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    driver.executor(2, 1);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(3, &[(0, 1)], &[(1, 1), (2, 1)]).len(), 1);
    assert_eq!(driver.tell(decommission(&[1])), told(1, "spot"));
    assert_eq!(driver.tell(decommission(&[1])), NOTHING);
    assert_eq!(driver.tell(ReviveOffers {}), ["TaskScheduler: round4 of all: [2:1]"]);
    assert_eq!(driver.answer(4, &[], &[(2, 1)]), NOTHING);
    assert_eq!(driver.tell(end(0, 1)), ["TaskScheduler: t0 on 1 x1 KILLED TaskKilled (x)"]);
    assert_eq!(driver.cores(1), (2, 0, 0));
    // Whatever is seen of its end: it left because it was to.
    assert_eq!(
        driver.tell(finished(1)),
        [
            "Executor-1: stop",
            "TaskScheduler: executor 1 is lost: Executor decommission: spot",
            "ListenerBus: ExecutorRemoved 1 at 0: Executor decommission: spot",
        ]
    );
    driver.finish();
}

#[test]
fn one_that_was_to_leave_and_is_killed_is_killed() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    assert_eq!(driver.tell(decommission(&[1])).len(), 2);
    let kill = KillExecutors { executor_ids: vec![ExecutorId(1)], force: true };
    assert_eq!(driver.tell(kill)[1], "TaskScheduler: executor 1 is lost: Executor killed by driver.");
    driver.finish();
}

/// The host that the TaskScheduler is told of with an executor that left.
fn lost_host(sent: &[Sending]) -> Option<Arc<str>> {
    let mut lost = sent.iter().filter_map(|sending| match &sending.message {
        Message::TaskScheduler(TaskSchedulerMessage::TaskExecutorLost(lost)) => Some(&lost.reason),
        _ => None,
    });
    match lost.next().unwrap() {
        ExecutorLossReason::ExecutorDecommission { worker_host, .. } => worker_host.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_host_that_leaves_with_its_executors_is_told_with_them() {
    let host = Some(Arc::from("here"));
    // Known when it was to leave, or found when it had left.
    for (before, after) in [(&host, &None), (&None, &host), (&None, &None)] {
        let mut driver = Driver::new();
        driver.executor(1, 1);
        let sent = driver.tell(DecommissionExecutors { worker_host: before.clone(), ..decommission(&[1]) });
        assert_eq!(sent[0].contains("leaves with here: "), before.is_some(), "{sent:?}");
        let reason = ExecutorLossReason::ExecutorProcessLost {
            message: "gone".to_owned(),
            worker_host: after.clone(),
            caused_by_app: true,
        };
        let sent = driver.0.send(RemoveExecutor { executor_id: ExecutorId(1), reason });
        assert_eq!(lost_host(&sent), before.clone().or(after.clone()));
        driver.finish();
    }
}

#[test]
fn a_lease_that_was_given_before_still_holds() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.tell(decommission(&[1])).len(), 2);
    assert_eq!(
        driver.answer(2, &[(0, 1)], &[(1, 1)]),
        ["Executor-1: launch t0 = j0.s0.0 result/9 i0.0 0>0 on 1"]
    );
    assert_eq!(driver.tell(ReviveOffers {}), NOTHING);
    assert_eq!(driver.tell(end(0, 1)).len(), 1);
    assert_eq!(driver.cores(1), (2, 0, 0));
    driver.finish();
}

#[test]
fn all_executors_of_a_host_are_to_leave() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    driver.executor_of(RegisterExecutor { hostname: "there".to_owned(), ..register(2, 1) });
    driver.executor(3, 1);
    let reason = "Decommissioning all executors on here.";
    let expected = [told(1, reason), told(3, reason)].concat();
    assert_eq!(driver.tell(DecommissionExecutorsOnHost { host: Arc::from("here") }), expected);
    assert_eq!(driver.tell(DecommissionExecutorsOnHost { host: Arc::from("here") }), NOTHING);
    assert_eq!(driver.tell(ReviveOffers {}), ["TaskScheduler: round4 of all: [2:1 on there]"]);
    assert_eq!(driver.answer(4, &[], &[(2, 1)]), NOTHING);
    driver.finish();
}

#[test]
fn an_executor_that_was_told_from_outside_is_answered() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    let leaves = ExecutorDecommissioning { executor_id: ExecutorId(1) };
    assert_eq!(driver.tell(leaves.clone()), told(1, "Executor 1 is decommissioned."));
    assert_eq!(driver.tell(leaves), NOTHING);
    driver.finish();
}

#[test]
fn one_whose_end_is_known_but_not_why_is_not_told_to_leave() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    let reason = ExecutorLossReason::LossReasonPending;
    assert_eq!(driver.tell(RemoveExecutor { executor_id: ExecutorId(1), reason }).len(), 1);
    assert_eq!(driver.tell(decommission(&[1])), NOTHING);
    driver.finish();
}

#[test]
fn cgsb_011_a_request_from_before_registration_is_delivered_after_it() {
    let mut driver = Driver::new();
    assert_eq!(driver.tell(decommission(&[1])), NOTHING);
    assert_eq!(driver.tell(decommission(&[1])), NOTHING);
    let sent = driver.tell(register(1, 2));
    assert_eq!(sent[1], "Executor-1: registered");
    assert_eq!(sent[2..], told(1, "spot"));
    assert_eq!(driver.tell(ready(1)), NOTHING);
    assert_eq!(driver.cores(1), (2, 0, 0));
    assert_eq!(driver.tell(remove(1)).len(), 3);
    // Once: the next executor of this id is another.
    assert_eq!(driver.tell(register(1, 2)).len(), 2);
    driver.finish();
}

#[test]
fn requests_from_before_registration_are_bounded_and_the_oldest_goes_first() {
    let mut driver = Driver::new();
    for executor in 0..=1_000 {
        assert_eq!(driver.tell(decommission(&[executor])), NOTHING);
    }
    assert_eq!(driver.0.core.early_decommissions.len(), 1_000);
    assert_eq!(driver.tell(register(0, 1)).len(), 2);
    assert_eq!(driver.tell(register(1, 1)).len(), 4);
    driver.finish();
}
