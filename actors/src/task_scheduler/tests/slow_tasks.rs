//! Which tasks are slow.

use std::time::Duration;

use super::{
    MILLI, SECOND, Tasks, all, map_done, map_set,
    speculation::{config, settings},
    submit, tasks,
};
use crate::{
    ExecutorId, TaskId,
    config::Speculation,
    message::{
        CheckSpeculatableTasks, ExecutorHeartbeatReceived, SubmitTasks, TaskMetrics, TaskResult, TaskStatus,
    },
    resources::{ExecutorRequests, ProfileId, ResourceProfile, TaskRequests},
    testkit::NOTHING,
};

const CHECK: &str = "after 100ms, TaskScheduler: check speculatable tasks";

fn copies(tasks: &mut Tasks) -> Vec<String> {
    let mut sent = tasks.tell(CheckSpeculatableTasks {});
    sent.retain(|sent| sent.starts_with("DAGScheduler: copy wanted "));
    sent.iter().map(|sent| sent.rsplit(' ').next().unwrap().to_owned()).collect()
}

/// A set that runs wholly on one executor from now on.
fn running(speculation: Speculation, set: SubmitTasks) -> Tasks {
    let mut tasks = tasks(config(speculation));
    let count = set.task_set.tasks.len();
    let profile_id = set.task_set.profile.as_ref().map_or(ProfileId::DEFAULT, |profile| profile.id);
    submit(&mut tasks, set);
    let mut offer = crate::message::WorkerOffer::new(ExecutorId(1), "h1", count as u32);
    offer.profile_id = profile_id;
    let launched = super::round(&mut tasks, true, vec![offer]);
    assert_eq!(launched.iter().filter(|text| text.starts_with('t')).count(), count);
    tasks
}

/// With a profile whose executors have so many cores.
fn on_cores(mut set: SubmitTasks, cores: Option<u32>) -> SubmitTasks {
    let profile = ResourceProfile {
        id: ProfileId(1),
        executor: Some(ExecutorRequests { cores, ..ExecutorRequests::default() }),
        task: TaskRequests { cpus: None, amounts: Default::default() },
    };
    set.task_set.profile = Some(profile.into());
    set
}

/// Slow is whatever takes more than a second, also if nothing has succeeded.
fn threshold(quantile: f64) -> Speculation {
    Speculation { quantile, task_duration_threshold: Some(Duration::from_secs(1)), ..settings() }
}

#[test]
fn a_task_is_slow_beyond_a_multiple_of_the_median() {
    let mut tasks = running(settings(), map_set(0, 0, 0, 5));
    for (task, seconds) in [(0, 1), (1, 1)] {
        tasks.wait(seconds * SECOND);
        assert_eq!(map_done(&mut tasks, task, 1).len(), if task == 0 { 1 } else { 2 });
    }
    // The median of 1 s and 2 s is the upper one: slow is above 3 s.
    tasks.wait(SECOND);
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}), [CHECK]);
    tasks.wait(1);
    assert_eq!(copies(&mut tasks), ["p2", "p3", "p4"]);
    assert!(copies(&mut tasks).is_empty(), "once each");
}

#[test]
fn nobody_looks_before_enough_have_succeeded_nor_when_none_runs() {
    let mut tasks = running(Speculation { quantile: 0.75, ..settings() }, map_set(0, 0, 0, 4));
    tasks.wait(SECOND);
    assert_eq!(map_done(&mut tasks, 0, 1).len(), 1);
    assert_eq!(map_done(&mut tasks, 1, 1).len(), 1);
    assert_eq!(map_done(&mut tasks, 2, 1)[1..], [CHECK]);
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}), [CHECK]);
    assert_eq!(map_done(&mut tasks, 3, 1).len(), 1);
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}), NOTHING);
    tasks.finish();
}

#[test]
fn local_mode_and_barrier_sets_have_no_copies() {
    for (is_local, is_barrier) in [(true, false), (false, true)] {
        let mut set = map_set(0, 0, 0, 2);
        std::sync::Arc::make_mut(&mut set.task_set.stage).is_barrier = is_barrier;
        let mut tasks = tasks(crate::Config { is_local, ..config(settings()) });
        submit(&mut tasks, set);
        assert_eq!(all(&mut tasks, &[(1, "h1", 2)]).len(), 2);
        tasks.wait(SECOND);
        assert_eq!(map_done(&mut tasks, 0, 1).len(), 1);
    }
}

#[test]
fn tsm_048_with_a_threshold_nothing_need_have_succeeded_if_the_set_fits_an_executor() {
    for count in [2, 4] {
        let mut tasks = running(threshold(1.0), on_cores(map_set(0, 0, 0, count), Some(4)));
        tasks.wait(SECOND);
        assert!(copies(&mut tasks).is_empty());
        tasks.wait(1);
        assert_eq!(copies(&mut tasks).len(), count as usize);
    }
}

#[test]
fn tsm_049_without_a_threshold_there_are_none() {
    for count in [2, 4] {
        let speculation = Speculation { quantile: 1.0, ..settings() };
        let mut tasks = running(speculation, on_cores(map_set(0, 0, 0, count), Some(4)));
        tasks.wait(1_000 * SECOND);
        assert_eq!(tasks.tell(CheckSpeculatableTasks {}), NOTHING);
    }
}

#[test]
fn tsm_050_a_threshold_means_nothing_for_more_tasks_than_an_executor_has_slots() {
    let mut tasks = running(threshold(1.0), on_cores(map_set(0, 0, 0, 5), Some(4)));
    tasks.wait(1_000 * SECOND);
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}), NOTHING);
}

#[test]
fn tsm_053_an_executor_whose_cores_are_not_known_has_one_slot() {
    for (count, found) in [(1, 1), (2, 0)] {
        let mut tasks = running(threshold(1.0), on_cores(map_set(0, 0, 0, count), None));
        tasks.wait(2 * SECOND);
        assert_eq!(copies(&mut tasks).len(), found);
        let mut tasks = running(threshold(1.0), map_set(0, 0, 0, count));
        tasks.wait(2 * SECOND);
        assert_eq!(copies(&mut tasks).len(), found);
    }
}

#[test]
fn tsm_056_a_task_must_have_run_for_a_while() {
    let speculation = Speculation { min_task_runtime: Duration::from_secs(10), ..settings() };
    let mut tasks = running(speculation, map_set(0, 0, 0, 2));
    tasks.wait(SECOND);
    assert_eq!(map_done(&mut tasks, 0, 1).len(), 2);
    tasks.wait(9 * SECOND);
    assert!(copies(&mut tasks).is_empty());
    tasks.wait(1);
    assert_eq!(copies(&mut tasks), ["p1"]);
}

#[test]
fn tsm_057_a_set_of_one_task_has_a_copy_only_with_a_threshold() {
    for (speculation, found) in [(settings(), 0), (threshold(0.5), 1)] {
        let mut tasks = running(speculation, map_set(0, 0, 0, 1));
        tasks.wait(10 * SECOND);
        assert_eq!(copies(&mut tasks).len(), found);
    }
}

/// An end that read so many records in so many milliseconds.
fn read(tasks: &mut Tasks, task: u64, records: u64, millis: u64) {
    let metrics = Box::new(metrics(records, millis));
    let value = super::map_status(task, 1);
    let status = TaskStatus::Finished(Box::new(TaskResult { value, metrics, accum_updates: Vec::new() }));
    assert!(!tasks.tell(super::status(task, 1, status)).is_empty());
}

fn metrics(records: u64, millis: u64) -> TaskMetrics {
    // Input and shuffle count both.
    let (records_read, shuffle_records_read) = (records / 2, records - records / 2);
    TaskMetrics {
        records_read,
        shuffle_records_read,
        executor_run_time: millis * MILLI,
        ..TaskMetrics::default()
    }
}

fn beat(tasks: &mut Tasks, reports: &[(u64, u64, u64)]) {
    let task_metrics =
        reports.iter().map(|&(task, records, millis)| (TaskId(task), metrics(records, millis))).collect();
    assert_eq!(tasks.tell(ExecutorHeartbeatReceived { executor_id: ExecutorId(1), task_metrics }).len(), 1);
}

/// Four tasks, of which two read 1,000 records in a second each; so a second and a half is slow.
fn efficient(speculation: Speculation) -> Tasks {
    let mut tasks = running(Speculation { efficiency_enabled: true, ..speculation }, map_set(0, 0, 0, 4));
    tasks.wait(SECOND);
    read(&mut tasks, 0, 1_000, 1_000);
    read(&mut tasks, 1, 1_000, 1_000);
    tasks
}

#[test]
fn tsm_058_an_inefficient_task_must_have_run_for_a_while_too() {
    let speculation = Speculation { min_task_runtime: Duration::from_secs(5), ..settings() };
    let mut tasks = efficient(speculation);
    beat(&mut tasks, &[(2, 1, 1_000), (3, 1_000, 1_000)]);
    tasks.wait(4 * SECOND);
    assert!(copies(&mut tasks).is_empty());
    tasks.wait(1);
    assert_eq!(copies(&mut tasks), ["p2"]);
}

#[test]
fn tsm_059_a_slow_task_that_reads_three_quarters_of_the_average_rate_is_left_alone() {
    let mut tasks = efficient(settings());
    beat(&mut tasks, &[(2, 749, 1_000), (3, 750, 1_000), (99, 0, 0)]);
    tasks.wait(SECOND);
    assert_eq!(copies(&mut tasks), ["p2"]);
}

#[test]
fn a_task_that_has_told_nothing_reads_nothing() {
    let mut tasks = efficient(settings());
    beat(&mut tasks, &[(3, 1_000, 1_000)]);
    tasks.wait(SECOND);
    assert_eq!(copies(&mut tasks), ["p2"]);
}

#[test]
fn as_long_as_no_task_has_read_a_record_all_are_inefficient() {
    let speculation = Speculation { efficiency_enabled: true, ..settings() };
    let mut tasks = running(speculation, map_set(0, 0, 0, 2));
    tasks.wait(SECOND);
    read(&mut tasks, 0, 0, 1_000);
    beat(&mut tasks, &[(1, 1_000_000, 1)]);
    tasks.wait(SECOND);
    assert_eq!(copies(&mut tasks), ["p1"]);
}

#[test]
fn tsm_060_a_task_that_runs_much_too_long_is_slow_however_much_it_reads() {
    let mut tasks = efficient(settings());
    beat(&mut tasks, &[(2, 9_000, 1_000), (3, 9_000, 1_000)]);
    tasks.wait(2 * SECOND);
    assert!(copies(&mut tasks).is_empty());
    tasks.wait(1);
    assert_eq!(copies(&mut tasks), ["p2", "p3"], "beyond twice the threshold");
}
