//! Executors that come, and those that are refused.

use std::{collections::BTreeSet, sync::Arc};

use super::{Driver, end, ready, register, remove};
use crate::{
    message::{ExcludedNodesChanged, RegisterExecutor, ReviveOffers, Secret, UpdateDelegationTokens},
    testkit::NOTHING,
};

#[test]
fn an_executor_has_cores_only_once_it_is_ready() {
    let mut driver = Driver::new();
    driver.0.wait(6);
    assert_eq!(
        driver.tell(register(1, 2)),
        ["ListenerBus: ExecutorAdded 1 on here with 2 at 6", "Executor-1: registered"]
    );
    assert_eq!(driver.tell(ReviveOffers {}), NOTHING);
    assert_eq!(driver.tell(ready(1)), ["TaskScheduler: round1: [1:2]"]);
    assert_eq!(driver.cores(1), (0, 2, 0));
    assert_eq!(driver.answer(1, &[], &[(1, 2)]), NOTHING);
    // Said twice, or by one that is not there: nothing.
    assert_eq!(driver.tell(ready(1)), NOTHING);
    assert_eq!(driver.tell(ready(9)), NOTHING);
    assert_eq!(driver.cores(1), (2, 0, 0));
    driver.finish();
}

#[test]
fn a_second_executor_of_an_id_is_refused() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(register(1, 8)), ["Executor-1: refused: Duplicate executor ID: 1"]);
    assert_eq!(driver.cores(1), (2, 0, 0));
    driver.finish();
}

fn excluded(nodes: &[&str]) -> ExcludedNodesChanged {
    let nodes: BTreeSet<Arc<str>> = nodes.iter().map(|node| Arc::from(*node)).collect();
    ExcludedNodesChanged { nodes }
}

#[test]
fn an_executor_on_an_excluded_node_is_refused_until_the_node_is_not() {
    let mut driver = Driver::new();
    assert_eq!(driver.tell(excluded(&["bad", "here"])), NOTHING);
    let elsewhere = RegisterExecutor { hostname: "good".to_owned(), ..register(2, 1) };
    assert_eq!(driver.tell(elsewhere)[1], "Executor-2: registered");
    let refused = ["Executor-1: refused: Executor is excluded due to failures: 1"];
    assert_eq!(driver.tell(register(1, 2)), refused);
    assert_eq!(driver.tell(excluded(&["bad"])), NOTHING);
    assert_eq!(driver.tell(register(1, 2))[1], "Executor-1: registered");
    // The id that is taken is the first thing that is looked at.
    assert_eq!(driver.tell(excluded(&["here"])), NOTHING);
    assert_eq!(driver.tell(register(1, 2)), ["Executor-1: refused: Duplicate executor ID: 1"]);
    driver.finish();
}

#[test]
fn the_heartbeat_receiver_hears_who_comes_and_goes_if_there_are_heartbeats() {
    let mut driver = Driver::with_heartbeats();
    assert_eq!(
        driver.tell(register(1, 2)),
        [
            "ListenerBus: ExecutorAdded 1 on here with 2 at 0",
            "Executor-1: registered",
            "HeartbeatReceiver: ExecutorRegistered(ExecutorRegistered { executor_id: executor 1 })",
        ]
    );
    assert_eq!(driver.tell(register(1, 2)).len(), 1);
    assert_eq!(
        driver.tell(remove(1)),
        [
            "Executor-1: stop",
            "TaskScheduler: executor 1 is lost: Executor killed by driver.",
            "ListenerBus: ExecutorRemoved 1 at 0: Executor killed by driver.",
            "HeartbeatReceiver: ExecutorRemoved(ExecutorRemoved { executor_id: executor 1 })",
        ]
    );
    driver.finish();
}

#[test]
fn one_that_was_given_up_and_registers_again_starts_anew() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(2, &[(0, 1)], &[(1, 1)]).len(), 1);
    assert_eq!(driver.tell(remove(1)).len(), 3);
    assert_eq!(driver.tell(register(1, 2)).len(), 2);
    assert_eq!(driver.tell(ready(1)), ["TaskScheduler: round3: [1:2]"]);
    // The end of a task from before frees nothing: it took nothing of this one.
    assert_eq!(driver.tell(end(0, 1)), ["TaskScheduler: t0 on 1 x1 KILLED TaskKilled (x)"]);
    assert_eq!(driver.answer(3, &[], &[(1, 2)]), NOTHING);
    assert_eq!(driver.cores(1), (2, 0, 0));
    driver.finish();
}

#[test]
fn credentials_go_to_all_executors_also_to_those_that_come_later() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    driver.executor(2, 1);
    let sent = |executor| {
        format!(
            "Executor-{executor}: UpdateDelegationTokens(UpdateDelegationTokens {{ tokens: Secret(4 bytes) }})"
        )
    };
    assert_eq!(driver.tell(UpdateDelegationTokens { tokens: Secret::new(*b"hush") }), [sent(1), sent(2)]);
    assert_eq!(driver.tell(register(3, 1))[1..], ["Executor-3: registered".to_owned(), sent(3)]);
    driver.finish();
}
