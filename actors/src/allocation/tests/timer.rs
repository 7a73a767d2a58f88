//! Timers: only when something can be due.

use super::*;

/// The timer for the case that a request is not answered.
const UNANSWERED: &str = "after 120s, ExecutorAllocation: schedule";

fn at(bench: &mut Bench, millis: u64) {
    bench.harness.now = Time(millis * MILLI);
}

fn submitted(stage: u32, tasks: u32) -> AllocationEvent {
    let properties = Properties::default();
    AllocationEvent { event: StageSubmitted { stage: stage_info(stage, tasks, None), properties }.into() }
}

#[test]
fn eam_043_without_the_setting_and_in_local_mode_nothing_is_sent_and_nothing_is_kept() {
    for (enabled, local) in [(false, false), (true, true)] {
        let config = config(|config| {
            config.allocation.enabled = enabled;
            config.allocation.initial_executors = Some(3);
            config.is_local = local;
        });
        let mut core = ExecutorAllocationCore::new(config);
        let mut out = Outbox::new();
        core.start(Time::ZERO, &mut out);
        assert_eq!(out.sendings(), []);
        let mut harness = Harness::new(core);
        assert_eq!(harness.tell(submitted(0, 10)), NOTHING);
        assert_eq!(harness.tell(Schedule {}), NOTHING);
        harness.finish();
    }
}

#[test]
fn eam_044_a_quiet_system_has_no_timer() {
    let mut bench = started(|config| config.allocation.min_executors = 2);
    assert!(bench.core().timers.is_empty());
    bench.add_executors(0..2);
    assert_eq!(bench.run(60_000), NOTHING, "the end of the first wait for a job");
    assert!(bench.core().timers.is_empty(), "the least that is wanted stays, however idle");
    assert_eq!(bench.submit(0, 2), NOTHING);
    let tasks = [bench.start(0, 0, 0), bench.start(0, 1, 1)];
    assert_eq!(bench.run(10_000), NOTHING);
    assert!(bench.core().timers.is_empty(), "tasks run, none waits");
    for task in tasks {
        bench.end(0, task, TaskEndReason::Success);
    }
    assert_eq!(bench.complete(0), NOTHING);
    assert!(bench.core().timers.is_empty());
}

#[test]
fn eam_045_timers_come_at_the_moments_at_which_spark_looks() {
    let mut bench = started(|_| {});
    at(&mut bench, 1_234);
    assert_eq!(bench.harness.tell(submitted(0, 5)), ["after 1.066s, ExecutorAllocation: schedule"]);
    at(&mut bench, 2_300);
    assert_eq!(bench.harness.tell(Schedule {}), ["DriverEndpoint: request 1 executors", UNANSWERED]);
    at(&mut bench, 2_310);
    let accepted = RequestAcknowledged { total: 1, accepted: true };
    assert_eq!(bench.harness.tell(accepted), ["after 990ms, ExecutorAllocation: schedule"]);
}

#[test]
fn eam_046_what_is_due_at_once_waits_for_the_next_of_these_moments_and_is_asked_for_once() {
    let mut bench = started(|config| config.allocation.initial_executors = Some(9));
    at(&mut bench, 1_250);
    assert_eq!(bench.harness.tell(submitted(0, 5)), ["after 50ms, ExecutorAllocation: schedule"]);
    assert_eq!(bench.harness.tell(submitted(1, 2)), NOTHING, "a timer is on its way");
    at(&mut bench, 1_300);
    assert_eq!(bench.harness.tell(Schedule {}), ["DriverEndpoint: request 7 executors", UNANSWERED]);
}

#[test]
fn eam_047_a_timer_that_was_set_for_something_else_does_nothing() {
    let mut bench = started(|_| {});
    assert_eq!(bench.harness.tell(submitted(0, 1)), ["after 1s, ExecutorAllocation: schedule"]);
    let _ = bench.start(0, 0, 0);
    at(&mut bench, 500);
    assert_eq!(bench.harness.tell(submitted(1, 1)), NOTHING, "the timer at 1 s is early enough");
    at(&mut bench, 1_000);
    assert_eq!(bench.harness.tell(Schedule {}), ["after 500ms, ExecutorAllocation: schedule"]);
    at(&mut bench, 1_500);
    assert_eq!(bench.harness.tell(Schedule {}), ["DriverEndpoint: request 1 executors", UNANSWERED]);
}

#[test]
fn eam_048_timers_do_not_pile_up() {
    let mut bench = adapting(|config| config.allocation.min_executors = 1);
    bench.add_executors(0..4);
    for round in 0..1_000 {
        assert_eq!(bench.submit(round, 1), NOTHING);
        bench.run_task(round, 0, round % 4);
        assert_eq!(bench.complete(round), NOTHING);
        assert_eq!(bench.run(1_010), NOTHING);
        assert!(bench.core().timers.len() <= 2, "{:?}", bench.core().timers);
    }
}
