//! Ending what is excluded, and exclusion after a fetch failure.

use super::*;
use crate::testkit::NOTHING;

fn killing() -> Config {
    let mut config = config();
    config.exclusion.kill_excluded_executors = true;
    config
}

fn fetch_failure(tracker: &mut HealthTracker, host: &str, executor: u32) -> Vec<String> {
    sent(|out| tracker.update_for_fetch_failure(at(1), &Arc::from(host), ExecutorId(executor), out))
}

fn two_executors_fail(config: &Config) -> Vec<String> {
    let mut tracker = HealthTracker::new(config);
    let mut sent = succeed(&mut tracker, at(1), 0, &[("A", 1, 0), ("A", 1, 1)]);
    sent.extend(succeed(&mut tracker, at(1), 1, &[("A", 2, 0), ("A", 2, 1)]));
    sent.retain(|text| text.starts_with("DriverEndpoint"));
    sent
}

#[test]
fn ht_012_excluded_executors_and_nodes_are_killed_after_the_list_of_nodes_was_told() {
    assert_eq!(two_executors_fail(&config()), ["DriverEndpoint: excluded nodes [A]"]);
    assert_eq!(
        two_executors_fail(&killing()),
        [
            "DriverEndpoint: kill executors [1] by force",
            "DriverEndpoint: excluded nodes [A]",
            "DriverEndpoint: kill executors [2] by force",
            "DriverEndpoint: kill executors on A",
        ]
    );
}

#[test]
fn ht_013_excluded_executors_and_nodes_are_decommissioned_if_that_is_wanted() {
    let mut config = killing();
    config.exclusion.kill_by_decommission = true;
    assert_eq!(
        two_executors_fail(&config),
        [
            "DriverEndpoint: decommission executors [1]: Killing excluded executor id 1 since \
             spark.excludeOnFailure.killExcludedExecutors is set. (actually decommissioning)",
            "DriverEndpoint: excluded nodes [A]",
            "DriverEndpoint: decommission executors [2]: Killing excluded executor id 2 since \
             spark.excludeOnFailure.killExcludedExecutors is set. (actually decommissioning)",
            "DriverEndpoint: decommission executors on A",
        ]
    );
}

#[test]
fn the_drivers_own_executor_is_not_killed() {
    let mut config = killing();
    config.is_local = true;
    assert_eq!(two_executors_fail(&config), ["DriverEndpoint: excluded nodes [A]"]);
}

#[test]
fn ht_014_a_fetch_failure_excludes_and_kills_the_executor() {
    let mut tracker = HealthTracker::new(&killing());
    assert_eq!(fetch_failure(&mut tracker, "A", 1), NOTHING, "off unless the setting says so");

    let mut config = killing();
    config.exclusion.fetch_failure_enabled = true;
    let mut tracker = HealthTracker::new(&config);
    assert_eq!(
        fetch_failure(&mut tracker, "A", 1),
        [
            "ListenerBus: ExecutorExcluded 1 after 1 failures at 1000000000",
            "DriverEndpoint: kill executors [1] by force",
        ]
    );
    assert_eq!(fetch_failure(&mut tracker, "A", 1), NOTHING, "once");
    // Another of the node does not exclude the node by itself, but adds up with those whose tasks fail.
    let _ = fetch_failure(&mut tracker, "A", 2);
    assert_eq!((excluded_executors(&tracker, 0..9), excluded_nodes(&tracker)), (vec![1, 2], vec![]));
    let _ = succeed(&mut tracker, at(2), 0, &[("A", 3, 0), ("A", 3, 1)]);
    assert_eq!(excluded_nodes(&tracker), ["A"]);
    let _ = expire(&mut tracker, at(103));
    assert_eq!((excluded_executors(&tracker, 0..9), excluded_nodes(&tracker)), (vec![], vec![]));
}

#[test]
fn ht_014_with_a_shuffle_service_a_fetch_failure_excludes_and_kills_the_node() {
    let mut config = killing();
    config.exclusion.fetch_failure_enabled = true;
    config.shuffle.service_enabled = true;
    let mut tracker = HealthTracker::new(&config);
    assert_eq!(
        fetch_failure(&mut tracker, "A", 1),
        [
            "ListenerBus: NodeExcluded A after 1 executors at 1000000000",
            "DriverEndpoint: excluded nodes [A]",
            "DriverEndpoint: kill executors on A",
        ]
    );
    assert_eq!(fetch_failure(&mut tracker, "A", 2), NOTHING, "once");
    assert_eq!((excluded_executors(&tracker, 0..9), excluded_nodes(&tracker)), (vec![], vec!["A"]));
}

#[test]
fn an_idle_executor_is_killed_for_another_whatever_the_setting() {
    let tracker = HealthTracker::new(&config());
    assert_eq!(
        sent(|out| assert!(tracker.kill_excluded_idle_executor(ExecutorId(4), out))),
        ["DriverEndpoint: kill executors [4] by force"]
    );
}

#[test]
fn the_executor_inside_the_driver_is_not_killed_for_another() {
    let tracker = HealthTracker::new(&Config { is_local: true, ..config() });
    assert_eq!(sent(|out| assert!(!tracker.kill_excluded_idle_executor(ExecutorId(4), out))), NOTHING);
}
