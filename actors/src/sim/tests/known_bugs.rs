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
fn outputs_that_are_not_unregistered_are_found() {
    let failure = found(BugKind::OutputsNotUnregistered, "default");
    assert_eq!(failure.invariant(), "map outputs", "{failure}");
}
