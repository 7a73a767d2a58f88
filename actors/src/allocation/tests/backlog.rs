//! What counts as work.

use super::*;

#[test]
fn eam_015_tasks_that_wait_and_tasks_that_run_are_needed_and_tasks_that_ended_are_not() {
    let mut bench = adapting(|_| {});
    assert_eq!(bench.submit(0, 3), NOTHING);
    assert_eq!(bench.needed(), 3);
    let task = bench.start(0, 0, 1);
    assert_eq!(bench.needed(), 3);
    bench.end(0, task, TaskEndReason::Success);
    assert_eq!(bench.needed(), 2);
    assert_eq!(bench.submit(1, 4), NOTHING);
    assert_eq!(bench.needed(), 6);
}

#[test]
fn eam_016_tasks_of_a_stage_that_is_over_run_on() {
    let mut bench = adapting(|_| {});
    assert_eq!(bench.submit(0, 3), NOTHING);
    let task = bench.start(0, 0, 1);
    assert_eq!(bench.complete(0), NOTHING);
    assert_eq!(bench.needed(), 1, "the two that waited are gone");
    assert!(!bench.core().is_idle());
    bench.end(0, task, TaskEndReason::killed("Stage finished"));
    assert_eq!(bench.needed(), 0);
    assert!(bench.core().is_idle());
}

#[test]
fn eam_017_two_attempts_of_a_stage_count_each_for_itself() {
    let mut bench = adapting(|_| {});
    assert_eq!(bench.submit(0, 3), NOTHING);
    let second = StageInfo { attempt: 1, ..stage_info(0, 2, None) };
    let submitted = StageSubmitted { stage: second.clone(), properties: Properties::default() };
    assert_eq!(bench.event(submitted), NOTHING);
    assert_eq!(bench.needed(), 5);
    assert_eq!(bench.complete(0), NOTHING);
    assert_eq!(bench.needed(), 2);
    assert_eq!(bench.event(StageCompleted { stage: second }), NOTHING);
    assert_eq!(bench.needed(), 0);
}

#[test]
fn eam_018_a_failed_task_waits_again_and_starts_the_timer() {
    let mut bench = adapting(|_| {});
    assert_eq!(bench.submit(0, 2), NOTHING);
    let tasks = [bench.start(0, 0, 1), bench.start(0, 1, 2)];
    assert_eq!(bench.run(5_000), NOTHING, "none waits");
    bench.end(0, tasks[0], failure());
    assert_eq!(bench.needed(), 2);
    assert_eq!(bench.run(900), NOTHING);
    assert_eq!(bench.run(100), ["6000 DriverEndpoint: request 1 executors"]);
    assert!(!bench.core().is_idle());
}

#[test]
fn eam_019_a_killed_task_does_not_wait_again() {
    let mut bench = adapting(|_| {});
    assert_eq!(bench.submit(0, 1), NOTHING);
    let task = bench.start(0, 0, 1);
    bench.end(0, task, TaskEndReason::killed("another attempt succeeded"));
    assert_eq!(bench.needed(), 0);
    assert_eq!(bench.run(60_000), NOTHING);
}

#[test]
fn eam_020_a_task_whose_output_was_lost_waits_again_and_did_not_run() {
    let mut bench = adapting(|_| {});
    assert_eq!(bench.submit(0, 2), NOTHING);
    let done = bench.start(0, 0, 1);
    bench.end(0, done, TaskEndReason::Success);
    let _running = bench.start(0, 1, 1);
    assert_eq!(bench.needed(), 1);
    bench.end(0, done, TaskEndReason::Resubmitted);
    assert_eq!(bench.needed(), 2, "the one that runs, and this one");
    assert_eq!(
        bench.run(59_000).first().map(String::as_str),
        Some("1000 DriverEndpoint: request 1 executors")
    );
    assert_eq!(bench.core().monitor.next_deadline(), None);
}

#[test]
fn eam_021_copies_that_wait_are_needed_until_they_start_or_their_task_succeeds() {
    let mut bench = adapting(|_| {});
    assert_eq!(bench.submit(0, 3), NOTHING);
    let tasks = [bench.start(0, 0, 1), bench.start(0, 1, 2), bench.start(0, 2, 3)];
    for index in 0..2 {
        bench.speculate(0, index);
        bench.speculate(0, index);
    }
    assert_eq!(bench.needed(), 5, "each once");
    let copy = bench.start_task(0, 0, 4, true);
    assert_eq!(bench.needed(), 5);
    bench.end(0, tasks[1], TaskEndReason::Success);
    assert_eq!(bench.needed(), 3, "its copy is not launched any more");
    // A copy that fails leaves its task where it is.
    bench.end(0, copy, failure());
    assert_eq!(bench.needed(), 2);
    // A copy that starts does not make its task count as launched twice.
    bench.end(0, tasks[0], failure());
    assert_eq!(bench.needed(), 2);
}

#[test]
fn eam_022_a_copy_alone_needs_a_second_executor() {
    let mut bench = adapting(|_| {});
    bench.add_executors_with(0..1, 4);
    assert_eq!(bench.submit(0, 1), NOTHING);
    let task = bench.start(0, 0, 0);
    assert_eq!(bench.needed(), 1);
    bench.speculate(0, 0);
    assert_eq!(bench.needed(), 2);
    let _copy = bench.start_task(0, 0, 1, true);
    assert_eq!(bench.needed(), 1);
    bench.end(0, task, TaskEndReason::Success);
    assert_eq!(bench.needed(), 1);
}

#[test]
fn eam_023_copies_start_the_timer_and_those_of_a_stage_that_is_over_do_not() {
    let mut bench = adapting(|_| {});
    assert_eq!(bench.submit(0, 1), NOTHING);
    let task = bench.start(0, 0, 0);
    bench.speculate(0, 0);
    assert_eq!(bench.run(1_000), ["1000 DriverEndpoint: request 1 executors"]);
    bench.end(0, task, TaskEndReason::Success);
    assert_eq!(bench.complete(0), NOTHING);
    bench.speculate(0, 0);
    assert_eq!(bench.needed(), 0);
    assert!(bench.core().is_idle());
}

#[test]
fn eam_024_sets_that_no_executor_may_run_need_others_than_those_that_are_there() {
    let mut bench = adapting(|_| {});
    bench.add_executors_with(0..2, 4);
    assert_eq!(bench.submit(0, 4), NOTHING);
    for index in 0..3 {
        let _ = bench.start(0, index, 0);
    }
    assert_eq!(bench.needed(), 1);
    let set = |stage| UnschedulableAdded { stage_id: StageId(stage), stage_attempt_id: 0 };
    assert_eq!(bench.event(set(0)), NOTHING);
    assert_eq!(bench.event(set(0)), NOTHING);
    assert_eq!(bench.needed(), 3, "the two, and one for the set");
    assert_eq!(bench.run(2_000), ["1000 DriverEndpoint: request 3 executors",]);
    let gone = UnschedulableRemoved { stage_id: StageId(0), stage_attempt_id: 0 };
    assert_eq!(bench.event(gone), NOTHING);
    assert_eq!(bench.run(100), ["2100 DriverEndpoint: request 1 executors"]);
    // A set that ends takes its mark with it.
    assert_eq!(bench.event(set(0)), NOTHING);
    assert_eq!(bench.complete(0), NOTHING);
    assert_eq!(bench.needed(), 1, "three tasks run");
}

#[test]
fn eam_025_the_timer_is_cleared_when_no_task_waits_and_when_the_last_stage_is_over() {
    let mut bench = adapting(|_| {});
    assert_eq!(bench.submit(0, 2), NOTHING);
    bench.harness.wait(500 * MILLI);
    let _ = bench.start(0, 0, 0);
    let _ = bench.start(0, 1, 1);
    assert_eq!(bench.run(10_000), NOTHING, "all were launched in time");

    assert_eq!(bench.submit(1, 2), NOTHING);
    assert_eq!(bench.complete(0), NOTHING);
    assert_eq!(bench.complete(1), NOTHING);
    assert_eq!(bench.run(10_000), NOTHING, "the stage was given up");
}

#[test]
fn eam_026_the_end_of_one_of_two_stages_leaves_the_timer() {
    let mut bench = adapting(|_| {});
    assert_eq!(bench.submit(0, 1), NOTHING);
    bench.harness.wait(500 * MILLI);
    assert_eq!(bench.submit(1, 1), NOTHING);
    assert_eq!(bench.complete(0), NOTHING);
    assert_eq!(bench.run(500), ["1000 DriverEndpoint: request 1 executors"], "since the first was submitted");
}

#[test]
fn a_set_that_is_unschedulable_after_its_end_does_not_count() {
    let mut bench = adapting(|_| {});
    assert_eq!(bench.submit(0, 1), NOTHING);
    assert_eq!(bench.complete(0), NOTHING);
    let _ = bench.event(UnschedulableAdded { stage_id: StageId(0), stage_attempt_id: 0 });
    assert_eq!(bench.needed(), 0);
}

#[test]
fn an_executor_runs_no_more_tasks_at_once_than_its_resources_allow() {
    let whole = [(Arc::from("gpu"), ResourceAmount::ONE)];
    let mut bench = adapting(|config| config.task_resources = whole.clone().into());
    let addresses = ["0", "1"].map(|address| (Arc::from(address), ResourceAmount::ONE));
    bench.add_executor(0, 8, [(Arc::from("gpu"), addresses.into())].into());
    assert_eq!(bench.submit(0, 8), NOTHING);
    assert_eq!(bench.needed(), 4, "two gpus, so two tasks, although there are eight cores");
}
