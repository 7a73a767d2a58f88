//! How the total moves.

use super::*;

#[test]
fn eam_001_the_first_request_is_the_largest_of_the_three_initial_numbers() {
    for (min, initial, instances, total) in
        [(0, None, 0, 0), (3, None, 0, 3), (1, Some(5), 2, 5), (1, Some(2), 6, 6), (4, Some(2), 0, 4)]
    {
        let config = config(|config| {
            config.allocation.min_executors = min;
            config.allocation.initial_executors = initial;
            config.allocation.executor_instances = instances;
        });
        let mut core = ExecutorAllocationCore::new(config);
        let mut out = Outbox::new();
        core.start(Time::ZERO, &mut out);
        let sent: Vec<String> = out.drain().map(|sending| brief(&sending)).collect();
        assert_eq!(sent, [format!("DriverEndpoint: request {total} executors")]);
    }
}

#[test]
fn eam_002_steps_double_while_each_is_needed_in_full() {
    let mut bench = started(|_| {});
    assert_eq!(bench.submit(0, 1_000), NOTHING);
    assert_eq!(bench.run(999), NOTHING);
    assert_eq!(
        bench.run(5_000),
        [
            "1000 DriverEndpoint: request 1 executors",
            "2000 DriverEndpoint: request 3 executors",
            "3000 DriverEndpoint: request 7 executors",
            "4000 DriverEndpoint: request 15 executors",
            "5000 DriverEndpoint: request 31 executors",
        ]
    );
}

#[test]
fn eam_003_the_total_is_never_above_the_maximum_and_begins_with_one_again_there() {
    let mut bench = started(|config| config.allocation.max_executors = 10);
    assert_eq!(bench.submit(0, 1_000), NOTHING);
    assert_eq!(
        bench.run(60_000),
        [
            "1000 DriverEndpoint: request 1 executors",
            "2000 DriverEndpoint: request 3 executors",
            "3000 DriverEndpoint: request 7 executors",
            "4000 DriverEndpoint: request 10 executors",
        ]
    );
}

#[test]
fn eam_004_the_total_is_never_above_what_is_needed() {
    let mut bench = started(|_| {});
    assert_eq!(bench.submit(0, 5), NOTHING);
    assert_eq!(
        bench.run(60_000),
        [
            "1000 DriverEndpoint: request 1 executors",
            "2000 DriverEndpoint: request 3 executors",
            "3000 DriverEndpoint: request 5 executors",
        ]
    );
    // The last step was cut short: the next begins with one, at once, as the time to add is over.
    assert_eq!(bench.submit(1, 10), NOTHING);
    assert_eq!(
        bench.run(2_000),
        ["60100 DriverEndpoint: request 6 executors", "61100 DriverEndpoint: request 8 executors",]
    );
}

#[test]
fn eam_005_later_steps_wait_for_the_sustained_timeout() {
    let mut bench = started(|config| {
        config.allocation.scheduler_backlog_timeout = Duration::from_secs(2);
        config.allocation.sustained_scheduler_backlog_timeout = Some(Duration::from_secs(5));
    });
    assert_eq!(bench.submit(0, 1_000), NOTHING);
    assert_eq!(
        bench.run(12_000),
        [
            "2000 DriverEndpoint: request 1 executors",
            "7000 DriverEndpoint: request 3 executors",
            "12000 DriverEndpoint: request 7 executors",
        ]
    );
}

#[test]
fn eam_006_executors_that_are_there_count_although_they_were_not_asked_for() {
    let mut bench = started(|_| {});
    bench.add_executors(0..8);
    assert_eq!(bench.submit(0, 1_000), NOTHING);
    // From 8, not from 0; that is more than one step, so the next is one again.
    assert_eq!(
        bench.run(2_000),
        ["1000 DriverEndpoint: request 9 executors", "2000 DriverEndpoint: request 10 executors",]
    );
}

#[test]
fn eam_007_what_is_not_needed_any_more_is_cancelled_at_once() {
    let mut bench = started(|config| config.allocation.min_executors = 2);
    assert_eq!(bench.submit(0, 20), NOTHING);
    assert_eq!(bench.run(3_000).len(), 3);
    assert_eq!(bench.total(), 9);
    for index in 0..14 {
        bench.run_task(0, index, 0);
    }
    assert_eq!(bench.run(100), ["3100 DriverEndpoint: request 6 executors"]);
    for index in 14..20 {
        bench.run_task(0, index, 0);
    }
    assert_eq!(bench.complete(0), NOTHING);
    assert_eq!(bench.run(100), ["3200 DriverEndpoint: request 2 executors"]);
    assert_eq!(bench.run(100_000), NOTHING, "never below the minimum");
}

#[test]
fn eam_008_after_it_was_lowered_the_total_grows_by_one_again() {
    let mut bench = started(|_| {});
    assert_eq!(bench.submit(0, 20), NOTHING);
    assert_eq!(bench.run(3_000).len(), 3);
    for index in 0..16 {
        bench.run_task(0, index, 0);
    }
    assert_eq!(bench.run(100), ["3100 DriverEndpoint: request 4 executors"]);
    assert_eq!(bench.submit(1, 100), NOTHING);
    assert_eq!(
        bench.run(2_000),
        ["4000 DriverEndpoint: request 5 executors", "5000 DriverEndpoint: request 7 executors",]
    );
}

#[test]
fn eam_009_the_first_total_stays_until_there_is_a_stage() {
    let mut bench = started(|config| config.allocation.initial_executors = Some(5));
    bench.add_executors(0..5);
    assert_eq!(bench.run(59_000), NOTHING);
    assert_eq!(bench.submit(0, 3), NOTHING);
    assert_eq!(bench.run(100), ["59100 DriverEndpoint: request 3 executors"]);
}

#[test]
fn eam_010_the_first_total_stays_until_an_executor_was_idle_for_too_long() {
    let mut bench = started(|config| config.allocation.initial_executors = Some(2));
    bench.add_executors(0..2);
    assert_eq!(bench.run(59_999), NOTHING);
    assert_eq!(
        bench.run(1),
        ["60000 DriverEndpoint: request 0 executors", "60000 DriverEndpoint: kill executors [0 1]",]
    );
}

#[test]
fn eam_011_a_request_that_is_not_taken_is_made_again_and_its_step_does_not_double() {
    let mut bench = started(|_| {});
    bench.takes_requests = false;
    assert_eq!(bench.submit(0, 1_000), NOTHING);
    assert_eq!(
        bench.run(1_200),
        [
            "1000 DriverEndpoint: request 1 executors",
            "1100 DriverEndpoint: request 1 executors",
            "1200 DriverEndpoint: request 1 executors",
        ]
    );
    assert_eq!(bench.total(), 0);
    bench.takes_requests = true;
    assert_eq!(
        bench.run(1_100),
        ["1300 DriverEndpoint: request 1 executors", "2300 DriverEndpoint: request 3 executors",]
    );
}

#[test]
fn eam_012_nothing_is_asked_for_while_an_answer_is_awaited() {
    let mut bench = started(|_| {});
    assert_eq!(bench.submit(0, 1_000), NOTHING);
    bench.harness.now = Time(1_000 * MILLI);
    let sent = bench.harness.tell(Schedule {});
    assert_eq!(
        sent,
        ["DriverEndpoint: request 1 executors", "after 120s, ExecutorAllocation: schedule"],
        "and a timer for the case that none comes"
    );
    assert_eq!(bench.run(10_000), NOTHING);
    assert_eq!(bench.acknowledge(77, true), NOTHING, "an answer to something else");
    assert_eq!(bench.run(10_000), NOTHING);
    // The step doubles as if the answer had come at once.
    assert_eq!(bench.acknowledge(1, true), NOTHING);
    assert_eq!(bench.run(100), ["21100 DriverEndpoint: request 3 executors"]);
}

#[test]
fn a_request_that_is_never_answered_is_made_again_after_the_network_timeout() {
    let mut bench = started(|config| config.heartbeat.timeout = Duration::from_secs(30));
    assert_eq!(bench.submit(0, 1_000), NOTHING);
    bench.harness.now = Time(1_000 * MILLI);
    assert_eq!(bench.harness.tell(Schedule {})[0], "DriverEndpoint: request 1 executors");
    assert_eq!(bench.run(29_999), NOTHING);
    assert_eq!(bench.run(1), ["31000 DriverEndpoint: request 1 executors"]);
    assert_eq!(bench.run(1_000), ["32000 DriverEndpoint: request 3 executors"], "this one was answered");
}

#[test]
fn eam_013_executors_run_as_many_tasks_as_they_have_cores_for() {
    let mut bench = adapting(|config| config.task_cpus = 2);
    assert_eq!(bench.submit(0, 10), NOTHING);
    assert_eq!(bench.needed(), 10, "one each as long as none is known");
    bench.add_executors_with(0..1, 8);
    assert_eq!(bench.needed(), 3);
    bench.add_executors_with(1..2, 1);
    assert_eq!(bench.needed(), 10, "at least one");
}

#[test]
fn eam_014_the_allocation_ratio_asks_for_less() {
    for (ratio, needed) in [(1.0, 10), (0.5, 5), (0.33, 4), (0.1, 1), (0.01, 1)] {
        let mut bench = adapting(|config| config.allocation.executor_allocation_ratio = ratio);
        assert_eq!(bench.submit(0, 10), NOTHING);
        assert_eq!(bench.needed(), needed, "{ratio}");
    }
}
