//! Executors and nodes that the application avoids.

use super::{
    REVIVE, SECOND, Tasks, all,
    exclusion::{config, exclusion, fail},
    set, submit, succeed, tasks,
};
use crate::{
    Config, ExecutorId, ShuffleId,
    config::{Exclusion, ShuffleConfig},
    message::{ExecutorLossReason, ExpireExclusions, TaskEndReason},
    testkit::NOTHING,
};

const EXPIRE: &str = "after 3600.000000001s, TaskScheduler: expire exclusions";

/// Executor 1 on host `a` is excluded from the application, executor 2 on `b` is not.
fn with_excluded(config: Config) -> Tasks {
    let mut tasks = tasks(Config { is_local: true, ..config });
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    submit(&mut tasks, set(0, 0, 0, 2));
    for task in [0, 1] {
        assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
        assert_eq!(fail(&mut tasks, task, 1).len() as u64, task);
    }
    assert_eq!(all(&mut tasks, &[(2, "b", 2)]).len(), 2);
    assert_eq!(succeed(&mut tasks, 2, 2).len(), 2);
    assert_eq!(succeed(&mut tasks, 3, 2).len(), 3);
    tasks
}

#[test]
fn tsi_015_excluded_executors_and_nodes_get_nothing() {
    let mut tasks = with_excluded(config(exclusion()));
    submit(&mut tasks, set(1, 1, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]), NOTHING);
    assert_eq!(all(&mut tasks, &[(1, "a", 2), (2, "b", 1)]), ["t4 = s1 i0.0 on 2"]);

    // A node: it takes one executor here.
    let limits = Exclusion { application_max_failed_executors_per_node: 1, ..exclusion() };
    let mut tasks = tasks_of_node(limits);
    submit(&mut tasks, set(1, 1, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 1), (3, "a", 1)]), NOTHING, "a new executor there is no better");
    assert_eq!(all(&mut tasks, &[(3, "a", 1), (2, "b", 1)]), ["t4 = s1 i0.0 on 2"]);
}

fn tasks_of_node(limits: Exclusion) -> Tasks {
    let mut tasks = tasks(Config { is_local: true, ..config(limits) });
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    submit(&mut tasks, set(0, 0, 0, 2));
    for task in [0, 1] {
        assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
        assert_eq!(fail(&mut tasks, task, 1).len() as u64, task);
    }
    assert_eq!(all(&mut tasks, &[(2, "b", 2)]).len(), 2);
    assert_eq!(succeed(&mut tasks, 2, 2).len(), 2);
    // Executor, node, the DriverEndpoint's copy of the nodes, and the end of it.
    let sent = succeed(&mut tasks, 3, 2);
    assert_eq!(sent.len(), 6);
    assert_eq!(sent[4..], ["DriverEndpoint: excluded nodes [a]", EXPIRE]);
    tasks
}

#[test]
fn the_exclusion_of_a_node_ends_also_if_nothing_waits_and_nothing_is_offered() {
    let limits = Exclusion { application_max_failed_executors_per_node: 1, ..exclusion() };
    let mut tasks = tasks_of_node(limits);
    for executor in [1, 2] {
        assert_eq!(tasks.tell(super::lost(executor, ExecutorLossReason::ExecutorKilled)).len(), 2);
    }
    tasks.wait(3_600 * SECOND + 1);
    let sent = tasks.tell(ExpireExclusions {});
    assert!(sent[0].contains("ExecutorUnexcluded 1 ") && sent[1].contains("NodeUnexcluded a "), "{sent:?}");
    assert_eq!(
        sent[2..],
        ["DriverEndpoint: excluded nodes []"],
        "an executor there may register from now on"
    );
    tasks.finish();
}

#[test]
fn tsi_026_each_round_lifts_the_exclusions_that_have_ended() {
    let mut tasks = with_excluded(config(exclusion()));
    submit(&mut tasks, set(1, 1, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), NOTHING);
    tasks.wait(3_600 * SECOND);
    assert!(all(&mut tasks, &[(1, "a", 1)]).is_empty(), "it lasts until after its end");
    tasks.wait(1);
    let sent = all(&mut tasks, &[(1, "a", 1)]);
    assert_eq!(sent[0], "t4 = s1 i0.0 on 1");
    assert!(sent[1].contains("Unexcluded"), "{sent:?}");
}

#[test]
fn tasks_that_wait_ask_for_offers_when_an_exclusion_ends() {
    let mut tasks = with_excluded(config(exclusion()));
    assert_eq!(tasks.tell(ExpireExclusions {}), NOTHING, "nobody set this one");
    submit(&mut tasks, set(1, 1, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), NOTHING);
    assert_eq!(tasks.tell(ExpireExclusions {}), NOTHING, "nor this one");
    tasks.wait(3_600 * SECOND + 1);
    let sent = tasks.tell(ExpireExclusions {});
    assert!(sent[0].contains("Unexcluded"), "{sent:?}");
    assert_eq!(sent[1..], [REVIVE]);
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
    assert_eq!(succeed(&mut tasks, 4, 1).len(), 2);
    tasks.finish();
}

fn not_served_by(executor: u32) -> TaskEndReason {
    TaskEndReason::FetchFailed {
        executor_id: Some(ExecutorId(executor)),
        shuffle_id: ShuffleId(0),
        map_id: None,
        map_index: Some(0),
        reduce_id: 0,
        message: "gone".to_owned(),
    }
}

#[test]
fn a_failure_to_fetch_from_an_executor_that_is_gone_excludes_its_node_if_a_service_serves() {
    let limits = Exclusion { fetch_failure_enabled: true, ..exclusion() };
    let shuffle = ShuffleConfig { service_enabled: true, ..ShuffleConfig::default() };
    let mut tasks = tasks(Config { is_local: true, shuffle, ..config(limits) });
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]).len(), 1);
    assert_eq!(tasks.tell(super::lost(1, ExecutorLossReason::ExecutorKilled)).len(), 2);
    let sent = tasks.tell(super::failed(0, 2, not_served_by(1)));
    assert!(sent[0].contains("NodeExcluded a "), "{sent:?}");
    assert_eq!(sent.last().map(String::as_str), Some(EXPIRE));
    submit(&mut tasks, set(1, 1, 0, 1));
    assert_eq!(all(&mut tasks, &[(3, "a", 1)]), NOTHING, "a new executor there gets nothing");
}

#[test]
fn a_failure_to_fetch_excludes_the_executor_that_should_have_served_if_that_is_wanted() {
    for wanted in [false, true] {
        let limits = Exclusion { fetch_failure_enabled: wanted, ..exclusion() };
        let mut tasks = tasks(Config { is_local: true, ..config(limits) });
        assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
        submit(&mut tasks, set(0, 0, 0, 1));
        assert_eq!(all(&mut tasks, &[(2, "b", 1)]).len(), 1);
        let sent = tasks.tell(super::failed(0, 2, not_served_by(1)));
        assert_eq!(sent.len(), 1 + usize::from(wanted), "{sent:?}");
        submit(&mut tasks, set(1, 1, 0, 1));
        let expected: &[&str] = if wanted { &[] } else { &["t1 = s1 i0.0 on 1"] };
        assert_eq!(all(&mut tasks, &[(1, "a", 1)]), expected);
    }
}

#[test]
fn a_set_that_waits_learns_of_the_end_of_exclusions_also_if_nothing_is_offered() {
    let mut tasks = with_excluded(config(exclusion()));
    // All executors are gone, and new ones on excluded nodes are refused: no offer comes that could lift anything.
    let mut sent = tasks.tell(set(1, 1, 0, 1));
    sent.retain(|sent| !sent.ends_with("check starvation"));
    assert_eq!(sent, [super::REVIVE, EXPIRE]);
    tasks.wait(3_600 * SECOND + 1);
    let sent = tasks.tell(ExpireExclusions {});
    assert_eq!(sent.last().map(String::as_str), Some(super::REVIVE), "{sent:?}");
}
