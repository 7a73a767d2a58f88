//! The simulator is itself checked: it finds every known bug within a bounded number of seeds.

use std::sync::{Arc, atomic::AtomicBool};

use crate::sim::{
    Failure, Profile,
    bugs::{Bug, BugKind},
    run,
    world::World,
};

const SEEDS: u64 = 100;

/// The first failure that a bug leads to.
fn found(kind: BugKind, profile: &str) -> Box<Failure> {
    let profile = Profile::named(profile).unwrap();
    let start = |plan| {
        let mut world = World::new(plan);
        world.bug = Some(Bug { kind, chances: 0 });
        world
    };
    for seed in 0..SEEDS {
        let plan = Arc::new(profile.plan(seed));
        if let Err(violation) = run::run(&mut start(plan.clone())) {
            return run::explain(plan, violation, &AtomicBool::new(false), start);
        }
    }
    panic!("{kind:?} was not found with {SEEDS} seeds");
}

#[test]
fn a_lost_wake_up_is_found() {
    let failure = found(BugKind::LostWakeUp, "calm");
    assert_eq!(failure.invariant(), "liveness", "{failure}");
    assert!(failure.size() <= 4, "{failure}");
}

#[test]
fn a_stale_completion_that_is_applied_is_found() {
    let failure = found(BugKind::StaleCompletion, "default");
    assert_eq!(failure.invariant(), "exactly once", "{failure}");
    assert!(failure.size() <= 6, "{failure}");
}

#[test]
fn a_leaked_slot_is_found() {
    let failure = found(BugKind::LeakedSlot, "calm");
    assert!(["liveness", "empty tables"].contains(&failure.invariant()), "{failure}");
}

#[test]
fn a_double_count_is_found() {
    let failure = found(BugKind::DoubleCount, "calm");
    assert_eq!((failure.invariant(), failure.size()), ("exactly once", 2), "{failure}");
}

#[test]
fn a_failing_case_is_told_as_a_sequence_diagram() {
    let failure = found(BugKind::DoubleCount, "calm").to_string();
    let (_, diagram) = failure.split_once("\nas a sequence diagram:\n").unwrap();
    let lanes: String = diagram.lines().take(2).collect();
    for lane in ["DAGScheduler", "TaskScheduler", "DriverEndpoint", "Executor-"] {
        assert!(lanes.contains(lane), "{diagram}");
    }
    // The message that should not be is the last.
    let arrows: Vec<&str> = diagram.lines().filter(|line| line.contains(['>', '<'])).collect();
    assert!(diagram.lines().rev().take(2).any(|line| line.contains("TaskSucceeded")), "{diagram}");
    assert!(arrows.len() > 5 && !diagram.contains("ListenerBus"), "{diagram}");
}

#[test]
fn outputs_that_are_not_unregistered_are_found() {
    let failure = found(BugKind::OutputsNotUnregistered, "default");
    assert_eq!(failure.invariant(), "map outputs", "{failure}");
}

#[test]
fn outputs_of_an_attempt_that_was_given_up_are_found_among_those_of_the_next() {
    let failure = found(BugKind::OutputOfOldAttempt, "indeterminate");
    assert_eq!(failure.invariant(), "indeterminate", "{failure}");
}

#[test]
fn accumulators_that_count_twice_are_found() {
    let failure = found(BugKind::AccumulatorsTwice, "calm");
    assert_eq!((failure.invariant(), failure.size()), ("accumulators", 2), "{failure}");
}

#[test]
fn an_address_that_is_given_away_twice_is_found() {
    let failure = found(BugKind::AddressTwice, "resources");
    assert_eq!(failure.invariant(), "resources", "{failure}");
    assert!(failure.size() <= 4, "{failure}");
}

#[test]
fn too_many_executors_that_are_asked_for_are_found() {
    let failure = found(BugKind::TooManyExecutors, "allocation");
    assert_eq!(failure.invariant(), "allocation", "{failure}");
}

#[test]
fn an_executor_that_is_to_leave_and_is_offered_is_found() {
    let failure = found(BugKind::DecommissionUnnoticed, "leaving");
    assert_eq!(failure.invariant(), "leaving", "{failure}");
    assert!(failure.size() <= 4, "{failure}");
}

#[test]
fn a_job_that_its_tag_does_not_cancel_is_found() {
    let failure = found(BugKind::TagsLost, "chaos");
    assert_eq!(failure.invariant(), "cancellations", "{failure}");
    assert!(failure.size() <= 4, "{failure}");
}

#[test]
fn a_question_that_is_not_answered_is_found() {
    let failure = found(BugKind::QuestionLost, "default");
    assert_eq!(failure.invariant(), "explanations", "{failure}");
}
