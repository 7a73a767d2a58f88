//! Tasks near their data: which list a task comes from, and which levels a set has.

use super::{
    MILLI, REVIVE, SECOND, Tasks, all, failed, killed, local, lost, map_done, map_set, prefer, set, some,
    submit, succeed, tasks,
};
use crate::{
    Config, ExecutorId,
    config::Locality,
    lineage::TaskLocation,
    message::{ExecutorLossReason, TaskEndReason, TaskLocality as L},
};

/// With these executors, one core of each met in an empty round, and a set whose tasks prefer these places.
fn with(executors: &[(u32, &str)], locations: &[&[&str]]) -> Tasks {
    let mut tasks = tasks(local(4));
    let offers: Vec<_> = executors.iter().map(|(id, host)| (*id, *host, 1)).collect();
    assert!(all(&mut tasks, &offers).is_empty());
    submit(&mut tasks, prefer(set(0, 0, 0, locations.len() as u32), locations));
    tasks
}

fn levels(tasks: &Tasks) -> &[L] {
    tasks.core.task_sets[&(crate::StageId(0), 0)].delay.levels()
}

const CHECK: &str = "after 3s, TaskScheduler: check locality";

#[test]
fn tsm_002_a_task_without_preference_launches_on_any_offer() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(all(&mut tasks, &[(7, "anywhere", 1)]), ["t0 = s0 i0.0 on 7"]);
    assert_eq!(succeed(&mut tasks, 0, 7).len(), 2);
    tasks.finish();
}

#[test]
fn tsm_003_three_offers_take_three_tasks_and_the_set_is_over_when_all_succeeded() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, set(0, 0, 0, 3));
    for task in 0..3 {
        assert_eq!(some(&mut tasks, &[(1, "a", 1)]), [format!("t{task} = s0 i{task}.0 on 1")]);
    }
    assert!(some(&mut tasks, &[(1, "a", 1)]).is_empty());
    for task in 0..3 {
        assert!(!crate::core::Core::is_idle(&tasks.core));
        assert_eq!(succeed(&mut tasks, task, 1).len(), 2);
    }
    tasks.finish();
}

#[test]
fn tsm_004_levels_without_executors_are_skipped_at_once() {
    // It prefers an executor that there is not, on a host that has another.
    let mut tasks = with(&[(1, "a"), (2, "b")], &[&["executor_a_9"]]);
    assert_eq!(levels(&tasks), [L::NodeLocal, L::Any]);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), [CHECK]);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1 NODE_LOCAL"]);
}

#[test]
fn tsm_005_near_places_first_then_tasks_without_preference_then_after_the_wait_any_place() {
    let mut tasks = with(&[(1, "a"), (2, "b")], &[&["a"], &["b"], &["c"], &[], &["b"]]);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1 NODE_LOCAL"]);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t1 = s0 i3.0 on 1"]);
    // Nothing near `a` is left: that is refused until the wait is over.
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), [CHECK]);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["t2 = s0 i1.0 on 2 NODE_LOCAL"]);
    tasks.wait(3 * SECOND);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t3 = s0 i2.0 on 1 ANY", REVIVE]);
}

#[test]
fn tsm_006_tasks_without_preference_wait_for_nothing() {
    let mut tasks = with(&[(1, "a"), (2, "b")], &[&[], &[], &[]]);
    assert_eq!(
        all(&mut tasks, &[(1, "a", 3)]),
        ["t0 = s0 i0.0 on 1", "t1 = s0 i1.0 on 1", "t2 = s0 i2.0 on 1"]
    );
}

#[test]
fn tsm_012_levels_follow_executors_that_come_and_go() {
    let mut tasks = with(&[], &[&["executor_a_1"], &["executor_b_2"], &[]]);
    assert_eq!(levels(&tasks), [L::NoPref, L::Any]);
    // Refused or taken does not matter here: only who is there.
    let meet = |tasks: &mut Tasks, id, host| assert!(all(tasks, &[(id, host, 0)]).is_empty());
    meet(&mut tasks, 4, "d");
    assert_eq!(levels(&tasks), [L::NoPref, L::Any]);
    meet(&mut tasks, 1, "a");
    assert_eq!(levels(&tasks), [L::ProcessLocal, L::NodeLocal, L::NoPref, L::Any]);
    assert_eq!(tasks.tell(lost(1, ExecutorLossReason::ExecutorKilled)).len(), 2);
    assert_eq!(levels(&tasks), [L::NoPref, L::Any]);
    meet(&mut tasks, 3, "b");
    assert_eq!(levels(&tasks), [L::NodeLocal, L::NoPref, L::Any]);
    meet(&mut tasks, 2, "b");
    assert_eq!(levels(&tasks), [L::ProcessLocal, L::NodeLocal, L::NoPref, L::Any]);
    assert_eq!(tasks.tell(lost(2, ExecutorLossReason::LossReasonPending)), [REVIVE]);
    assert_eq!(levels(&tasks), [L::NodeLocal, L::NoPref, L::Any]);
}

#[test]
fn tsm_014_a_set_goes_back_to_a_nearer_level_that_has_become_possible() {
    // Both prefer hosts without executors: any place will do.
    let mut tasks = with(&[(1, "a")], &[&["b"], &["c"]]);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1 ANY"]);
    // An executor on `c` comes together with a free core on `a`: the set waits for the former again.
    let launched = all(&mut tasks, &[(1, "a", 1), (3, "c", 1)]);
    assert_eq!(launched, ["t1 = s0 i1.0 on 3 NODE_LOCAL"]);
}

#[test]
fn tsm_028_when_nothing_waits_for_an_executor_hosts_have_their_turn_at_once() {
    let mut tasks = with(&[(1, "a"), (2, "a")], &[&["executor_a_1"], &["executor_a_1"]]);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1"]);
    // One still waits for executor 1; its host alone is not near enough.
    assert_eq!(some(&mut tasks, &[(2, "a", 1)]), [CHECK]);
    tasks.wait(3 * SECOND);
    assert_eq!(some(&mut tasks, &[(2, "a", 1)]), ["t1 = s0 i1.0 on 2 NODE_LOCAL"]);

    // A task that waits for a host only does not wait for executors.
    let mut tasks = with(&[(1, "a"), (2, "b")], &[&["executor_a_1"], &["b"]]);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1"]);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["t1 = s0 i1.0 on 2 NODE_LOCAL"]);
}

#[test]
fn tsm_030_a_set_is_usable_after_levels_are_added() {
    let mut tasks = tasks(local(4));
    submit(&mut tasks, prefer(set(0, 0, 0, 2), &[&["executor_a_1"], &["executor_b_2", "b"]]));
    // Of three levels there is only the last, then all, then the last again.
    assert_eq!(some(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).len(), 2);
    assert!(some(&mut tasks, &[(3, "c", 1)]).is_empty());
    for (task, executor) in [(0, 1), (1, 2)] {
        let executor = match tasks.core.attempts.get(crate::TaskId(task)).unwrap().info.executor_id {
            ExecutorId(there) if there != executor => there,
            _ => executor,
        };
        assert_eq!(tasks.tell(killed(task, executor)).len(), 2);
    }
    for executor in [1, 2] {
        assert_eq!(tasks.tell(lost(executor, ExecutorLossReason::ExecutorKilled)).len(), 2);
    }
    assert_eq!(some(&mut tasks, &[(3, "c", 2)]).len(), 2);
}

#[test]
fn tsm_031_the_cache_of_a_host_is_as_near_as_each_of_its_executors() {
    let mut tasks = with(&[(1, "a"), (2, "a"), (3, "b")], &[&["hdfs_cache_a"], &["hdfs_cache_a"], &["b"]]);
    assert_eq!(some(&mut tasks, &[(2, "a", 1)]), ["t0 = s0 i0.0 on 2"]);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t1 = s0 i1.0 on 1"]);
}

#[test]
fn tsm_032_locations_are_written_in_sparks_way() {
    let executor = |host: &str, id| TaskLocation::Executor { host: host.into(), executor_id: ExecutorId(id) };
    assert_eq!(TaskLocation::parse("host1"), TaskLocation::Host("host1".into()));
    assert_eq!(TaskLocation::parse("hdfs_cache_host1"), TaskLocation::HdfsCache("host1".into()));
    assert_eq!(TaskLocation::parse("executor_host1_3"), executor("host1", 3));
    assert_eq!(
        TaskLocation::parse("executor_some.host1_executor_task_3").host(),
        "executor_some.host1_executor_task_3"
    );
}

#[test]
fn a_list_gives_low_indices_first_and_a_failed_task_before_all() {
    let mut tasks = with(&[(1, "a")], &[&["a"], &["a"], &["a"]]);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1 NODE_LOCAL"]);
    assert_eq!(tasks.tell(failed(0, 1, TaskEndReason::UnknownReason)).len(), 2);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t1 = s0 i0.1 on 1 NODE_LOCAL"]);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t2 = s0 i1.0 on 1 NODE_LOCAL"]);
}

#[test]
fn near_places_on_all_offers_come_before_farther_ones_on_any() {
    for seed in 0..20 {
        let mut tasks = tasks(Config { seed, locality: no_wait(), ..local(1) });
        assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
        submit(&mut tasks, prefer(set(0, 0, 0, 2), &[&["executor_b_2"], &["b"]]));
        let mut launched = all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]);
        launched.sort();
        // Without a wait even the far core is used, but not by the one whose own executor is free.
        assert_eq!(launched, ["t0 = s0 i0.0 on 2", "t1 = s0 i1.0 on 1 ANY"], "seed {seed}");
    }
}

fn no_wait() -> Locality {
    Locality { wait: std::time::Duration::ZERO, ..Locality::default() }
}

#[test]
fn tsi_029_without_a_wait_any_level_is_taken_at_once() {
    let mut tasks = tasks(Config { locality: no_wait(), ..local(1) });
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    submit(&mut tasks, prefer(set(0, 0, 0, 2), &[&["executor_a_1", "a"], &["executor_a_1", "a"]]));
    // No timer either.
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t0 = s0 i0.0 on 2 ANY"]);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t1 = s0 i1.0 on 1"]);
    assert_eq!(succeed(&mut tasks, 0, 2).len(), 2);
    assert_eq!(succeed(&mut tasks, 1, 1).len(), 2);
    tasks.finish();
}

#[test]
fn each_level_has_a_wait_of_its_own() {
    let ms = std::time::Duration::from_millis;
    let locality = Locality { wait_process: Some(ms(5)), wait_node: Some(ms(20)), ..Locality::default() };
    let mut tasks = tasks(Config { locality, ..local(1) });
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    submit(&mut tasks, prefer(map_set(0, 0, 0, 1), &[&["executor_a_1"]]));
    let check = |after: &str| vec![format!("after {after}, TaskScheduler: check locality")];
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), check("5ms"));
    tasks.wait(5 * MILLI);
    assert_eq!(tasks.tell(crate::message::CheckLocality {}), [REVIVE]);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), check("20ms"));
    tasks.wait(20 * MILLI);
    assert_eq!(tasks.tell(crate::message::CheckLocality {}), [REVIVE]);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t0 = s0 i0.0 on 2 ANY"]);
    assert_eq!(map_done(&mut tasks, 0, 2).len(), 1);
    tasks.finish();
}
