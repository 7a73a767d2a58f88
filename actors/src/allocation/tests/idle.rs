//! Executors that go.

use super::*;

#[test]
fn eam_027_executors_that_are_idle_for_too_long_are_killed_unless_they_have_tasks_by_then() {
    let mut bench = adapting(|_| {});
    bench.add_executors(0..3);
    bench.harness.wait(30_000 * MILLI);
    bench.run_task(99, 0, 1);
    assert_eq!(bench.run(29_900), NOTHING);
    assert_eq!(bench.run(100), ["60000 DriverEndpoint: kill executors [0 2]"]);
    assert_eq!(bench.run(29_900), NOTHING, "told once");
    assert_eq!(bench.run(100), ["90000 DriverEndpoint: kill executors [1]"], "idle again since 30 s");
    for executor in 0..3 {
        bench.remove_executor(executor);
    }
    assert_eq!(bench.core().monitor.count(), 0);
    assert_eq!(bench.run(100_000), NOTHING);
}

#[test]
fn eam_028_an_executor_with_one_of_two_tasks_left_is_not_idle() {
    let mut bench = adapting(|_| {});
    bench.add_executors_with(0..1, 2);
    let tasks = [bench.start(98, 0, 0), bench.start(98, 1, 0)];
    bench.end(98, tasks[0], TaskEndReason::Success);
    assert_eq!(bench.run(100_000), NOTHING);
    bench.end(98, tasks[1], failure());
    assert_eq!(bench.run(59_900), NOTHING);
    assert_eq!(bench.run(100), ["160000 DriverEndpoint: kill executors [0]"]);
}

#[test]
fn eam_029_never_fewer_than_the_minimum_are_left() {
    let mut bench = adapting(|config| config.allocation.min_executors = 2);
    bench.add_executors(0..4);
    assert_eq!(bench.run(100_000), ["60000 DriverEndpoint: kill executors [0 1]"]);
    // One that is told to go does not count any more, whether or not it has gone.
    bench.remove_executor(0);
    assert_eq!(bench.run(100_000), NOTHING);
    bench.add_executors(4..5);
    assert_eq!(bench.run(100), ["200100 DriverEndpoint: kill executors [2]"], "there is one too many now");
}

#[test]
fn eam_030_never_fewer_than_the_target_are_left() {
    let mut bench = started(|config| config.allocation.initial_executors = Some(3));
    bench.add_executors(0..3);
    assert_eq!(bench.submit(0, 3), NOTHING);
    assert_eq!(bench.run(70_000), NOTHING, "three tasks wait, whatever for");
    bench.run_task(0, 0, 0);
    assert_eq!(
        bench.run(100),
        ["70100 DriverEndpoint: request 2 executors", "70100 DriverEndpoint: kill executors [1]"],
        "executor 0 has just had a task"
    );
}

#[test]
fn eam_031_an_executor_that_gets_a_task_although_it_was_told_to_go_stays() {
    let mut bench = adapting(|_| {});
    bench.add_executors(0..1);
    assert_eq!(bench.run(60_000), ["60000 DriverEndpoint: kill executors [0]"]);
    assert_eq!(bench.core().monitor.staying(), 0);
    // The kill was without force: the DriverEndpoint leaves those that are busy.
    let task = bench.start(98, 0, 0);
    assert_eq!(bench.core().monitor.staying(), 1);
    bench.end(98, task, TaskEndReason::Success);
    assert_eq!(bench.run(60_000), ["120000 DriverEndpoint: kill executors [0]"]);
}

#[test]
fn eam_032_executors_are_decommissioned_if_the_application_does_that() {
    let mut bench = adapting(|config| config.decommission.enabled = true);
    bench.add_executors(0..2);
    assert_eq!(bench.run(60_000), ["60000 DriverEndpoint: decommission executors [0 1]: spark scale down"]);
}

#[test]
fn a_decommissioned_executor_leaves_although_a_task_was_on_its_way_to_it() {
    let mut bench = adapting(|config| {
        config.decommission.enabled = true;
        config.allocation.min_executors = 1;
    });
    bench.add_executors(0..2);
    assert_eq!(bench.run(60_000), ["60000 DriverEndpoint: decommission executors [0]: spark scale down"]);
    let task = bench.start(98, 0, 0);
    assert_eq!(bench.core().monitor.staying(), 1);
    bench.end(98, task, TaskEndReason::Success);
    assert_eq!(bench.run(100_000), NOTHING, "the other one is the last that stays");
}

#[test]
fn eam_033_tasks_of_executors_that_have_left_are_nobodys() {
    let mut bench = adapting(|_| {});
    bench.add_executors(0..1);
    let task = bench.start(98, 0, 0);
    bench.remove_executor(0);
    let _late = bench.start(98, 1, 0);
    bench.end(98, task, failure());
    assert_eq!(bench.core().monitor.count(), 0);
    bench.remove_executor(0);
    assert_eq!(bench.run(100_000), NOTHING);
}

#[test]
fn eam_034_those_that_were_idle_for_longest_go_first() {
    let mut bench = adapting(|config| config.allocation.min_executors = 1);
    bench.add_executors(0..3);
    bench.harness.wait(10_000 * MILLI);
    bench.run_task(98, 0, 0);
    bench.harness.wait(10_000 * MILLI);
    bench.run_task(98, 0, 1);
    assert_eq!(
        bench.run(100_000),
        ["60000 DriverEndpoint: kill executors [2]", "70000 DriverEndpoint: kill executors [0]"]
    );
}
