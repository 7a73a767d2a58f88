//! Exclusion from the application.

use super::*;
use crate::testkit::NOTHING;

#[test]
fn ht_001_few_failures_in_each_of_many_stages_exclude_and_later_successes_do_not_undo_it() {
    let mut tracker = HealthTracker::new(&config());
    assert_eq!(succeed(&mut tracker, at(1), 0, &[("A", 1, 0)]), NOTHING);
    assert_eq!(excluded_executors(&tracker, 0..9), [] as [u32; 0]);
    assert_eq!(
        succeed(&mut tracker, at(2), 1, &[("A", 1, 0)]),
        ["ListenerBus: ExecutorExcluded 1 after 2 failures at 2000000000"]
    );
    for stage in 2..9 {
        assert_eq!(succeed(&mut tracker, at(3), stage, &[]), NOTHING);
        assert_eq!(excluded_executors(&tracker, 0..9), [1]);
    }
    assert_eq!(excluded_nodes(&tracker), [] as [&str; 0]);
}

#[test]
fn ht_002_failures_of_sets_that_fail_never_count() {
    let config = config();
    let mut tracker = HealthTracker::new(&config);
    for stage in 0..9 {
        let mut set = list(&config, stage);
        for index in 0..4 {
            let _ = fail(&mut set, at(1), "A", 1, index);
        }
        assert!(set.is_executor_excluded_for_set(ExecutorId(1)));
        // The set fails, so the tracker is not told of it.
    }
    assert_eq!(succeed(&mut tracker, at(2), 9, &[("A", 1, 0)]), NOTHING);
    assert_eq!(excluded_executors(&tracker, 0..9), [] as [u32; 0]);
}

#[test]
fn ht_003_failures_count_for_the_application_once_their_set_has_succeeded() {
    let config = config();
    let mut tracker = HealthTracker::new(&config);
    let mut set = list(&config, 0);
    for index in 0..2 {
        let _ = fail(&mut set, at(1), "A", 1, index);
    }
    assert!(set.is_executor_excluded_for_set(ExecutorId(1)));
    assert!(!tracker.is_executor_excluded(ExecutorId(1)));
    assert_eq!(
        report(&mut tracker, at(2), 0, &set),
        ["ListenerBus: ExecutorExcluded 1 after 2 failures at 2000000000"]
    );
    assert_eq!(excluded_executors(&tracker, 0..9), [1]);
}

#[test]
fn ht_004_executors_and_nodes_are_back_after_the_timeout() {
    let mut tracker = HealthTracker::new(&config());
    assert_eq!(tracker.next_expiry(), None);
    let _ = succeed(&mut tracker, at(1), 0, &[("A", 1, 0), ("A", 1, 1)]);
    assert_eq!(
        succeed(&mut tracker, at(11), 1, &[("A", 2, 0), ("A", 2, 1)]),
        [
            "ListenerBus: ExecutorExcluded 2 after 2 failures at 11000000000",
            "ListenerBus: NodeExcluded A after 2 executors at 11000000000",
            "DriverEndpoint: excluded nodes [A]",
        ]
    );
    assert_eq!((excluded_executors(&tracker, 0..9), excluded_nodes(&tracker)), (vec![1, 2], vec!["A"]));
    assert_eq!(tracker.executor_excluded_until(ExecutorId(1)), Some(at(101)));
    assert_eq!(tracker.node_excluded_until("A"), Some(at(111)));

    assert_eq!(tracker.next_expiry(), Some(at(101)));
    assert_eq!(expire(&mut tracker, at(101)), NOTHING, "it ends after that moment, not at it");
    assert_eq!(expire(&mut tracker, at(102)), ["ListenerBus: ExecutorUnexcluded 1 at 102000000000"]);
    assert_eq!((excluded_executors(&tracker, 0..9), excluded_nodes(&tracker)), (vec![2], vec!["A"]));

    assert_eq!(tracker.next_expiry(), Some(at(111)));
    assert_eq!(
        expire(&mut tracker, at(112)),
        [
            "ListenerBus: ExecutorUnexcluded 2 at 112000000000",
            "ListenerBus: NodeUnexcluded A at 112000000000",
            "DriverEndpoint: excluded nodes []",
        ]
    );
    assert_eq!((excluded_executors(&tracker, 0..9), excluded_nodes(&tracker)), (vec![], vec![]));
    assert_eq!(tracker.next_expiry(), None);

    // Nothing is remembered: it takes as much again to exclude them.
    assert_eq!(succeed(&mut tracker, at(113), 2, &[("A", 1, 0)]), NOTHING);
    assert_eq!(
        succeed(&mut tracker, at(114), 3, &[("A", 1, 0)]),
        ["ListenerBus: ExecutorExcluded 1 after 2 failures at 114000000000"]
    );
}

#[test]
fn ht_005_executors_that_were_lost_still_add_up_to_their_node() {
    let mut tracker = HealthTracker::new(&config());
    let _ = succeed(&mut tracker, at(1), 0, &[("A", 1, 0), ("A", 1, 1)]);
    tracker.executor_removed(ExecutorId(1), None);
    assert_eq!(excluded_executors(&tracker, 0..9), [1], "it is excluded until its time is over");
    let _ = succeed(&mut tracker, at(2), 1, &[("A", 2, 0), ("A", 2, 1)]);
    assert_eq!(excluded_nodes(&tracker), ["A"]);
    tracker.executor_removed(ExecutorId(2), None);
    let _ = expire(&mut tracker, at(103));
    assert_eq!((excluded_executors(&tracker, 0..9), excluded_nodes(&tracker)), (vec![], vec![]));
    // Once their time is over they no longer add up.
    let _ = succeed(&mut tracker, at(104), 2, &[("A", 3, 0), ("A", 3, 1)]);
    assert_eq!((excluded_executors(&tracker, 0..9), excluded_nodes(&tracker)), (vec![3], vec![]));
}

#[test]
fn a_lost_executors_failures_are_forgotten() {
    let mut tracker = HealthTracker::new(&config());
    let _ = succeed(&mut tracker, at(1), 0, &[("A", 1, 0)]);
    tracker.executor_removed(ExecutorId(1), None);
    assert_eq!(succeed(&mut tracker, at(2), 1, &[("A", 1, 0)]), NOTHING);
}

#[test]
fn ht_006_failures_expire_one_by_one_and_two_within_the_time_exclude() {
    let mut tracker = HealthTracker::new(&config());
    assert_eq!(succeed(&mut tracker, at(1), 0, &[("A", 1, 0)]), NOTHING);
    // The first has expired by now.
    assert_eq!(succeed(&mut tracker, at(102), 1, &[("A", 1, 0)]), NOTHING);
    assert_eq!(excluded_executors(&tracker, 0..9), [] as [u32; 0]);
    // The second has not.
    assert_eq!(
        succeed(&mut tracker, at(202), 2, &[("A", 1, 0)]),
        ["ListenerBus: ExecutorExcluded 1 after 2 failures at 202000000000"]
    );
}

#[test]
fn ht_007_a_failure_that_expired_before_its_set_succeeded_does_not_count() {
    let config = config();
    let mut tracker = HealthTracker::new(&config);
    let mut set = list(&config, 0);
    let _ = fail(&mut set, at(1), "A", 1, 0);
    let _ = fail(&mut set, at(90), "A", 1, 1);
    assert_eq!(report(&mut tracker, at(102), 0, &set), NOTHING);
    assert_eq!(excluded_executors(&tracker, 0..9), [] as [u32; 0]);
    assert_eq!(
        succeed(&mut tracker, at(103), 1, &[("A", 1, 0)]),
        ["ListenerBus: ExecutorExcluded 1 after 2 failures at 103000000000"]
    );
}

#[test]
fn a_task_that_fails_twice_on_an_executor_counts_once_and_from_its_latest_failure() {
    let config = config();
    let mut tracker = HealthTracker::new(&config);
    let mut set = list(&config, 0);
    let _ = fail(&mut set, at(1), "A", 1, 0);
    let _ = fail(&mut set, at(50), "A", 1, 0);
    assert_eq!(report(&mut tracker, at(51), 0, &set), NOTHING);
    assert_eq!(
        succeed(&mut tracker, at(140), 1, &[("A", 1, 0)]),
        ["ListenerBus: ExecutorExcluded 1 after 2 failures at 140000000000"]
    );
}

#[test]
fn an_excluded_executor_is_not_excluded_again_for_longer() {
    let mut tracker = HealthTracker::new(&config());
    let _ = succeed(&mut tracker, at(1), 0, &[("A", 1, 0), ("A", 1, 1)]);
    assert_eq!(succeed(&mut tracker, at(50), 1, &[("A", 1, 0), ("A", 1, 1)]), NOTHING);
    assert_eq!(expire(&mut tracker, at(102)), ["ListenerBus: ExecutorUnexcluded 1 at 102000000000"]);
}

#[test]
fn nothing_is_kept_for_ever() {
    let mut tracker = HealthTracker::new(&config());
    let empty = format!("{tracker:?}");
    let _ = succeed(&mut tracker, at(1), 0, &[("A", 1, 0), ("A", 1, 1), ("A", 2, 0), ("A", 2, 1)]);
    let _ = succeed(&mut tracker, at(2), 1, &[("B", 3, 0), ("B", 4, 0)]);
    // A set succeeds after its executor has left.
    tracker.executor_removed(ExecutorId(4), None);
    let _ = succeed(&mut tracker, at(3), 2, &[("B", 4, 0)]);
    let _ = expire(&mut tracker, at(104));
    assert!(tracker.take_news());
    assert_eq!(format!("{tracker:?}"), empty);
}
