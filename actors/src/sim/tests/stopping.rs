//! Runs and shrinking end early when they are told to, or have taken long.

use std::{
    cell::Cell,
    sync::{Arc, atomic::AtomicBool},
};

use crate::sim::{
    Profile,
    bugs::{Bug, BugKind},
    run,
    shrink::{EVENTS, Trial, shrink},
    world::World,
};

#[test]
fn a_stop_ends_a_run_within_its_seed() {
    let profile = Profile::named("default").unwrap();
    let whole = profile.run_until(0, &AtomicBool::new(false)).unwrap();
    assert_eq!(whole, Some(profile.run(0).unwrap()));
    assert_eq!(profile.run_until(0, &AtomicBool::new(true)).unwrap(), None);
}

#[test]
fn a_stop_ends_shrinking_with_what_was_found_so_far() {
    let profile = Profile::named("calm").unwrap();
    let start = |plan| {
        let mut world = World::new(plan);
        world.bug = Some(Bug { kind: BugKind::DoubleCount, chances: 0 });
        world
    };
    let plan = Arc::new(profile.plan(0));
    let violation = run::run(&mut start(plan.clone())).unwrap_err();
    let explain = |stop| run::explain(plan.clone(), violation.clone(), &AtomicBool::new(stop), start);
    let (stopped, small) = (explain(true), explain(false));
    assert!(small.size() < plan.size());
    assert_eq!(stopped.size(), plan.size());
    assert_eq!(stopped.invariant(), small.invariant());
    // It says how it went all the same.
    assert!(stopped.to_string().trim_end().lines().count() > small.size() + 5, "{stopped}");
}

#[test]
fn shrinking_begins_no_more_runs_after_many_events() {
    let plan = Profile::named("default").unwrap().plan(0);
    let tries_of = |trial: fn(u64) -> Trial| {
        let tries = Cell::new(0);
        shrink(plan.clone(), |_| {
            tries.set(tries.get() + 1);
            trial(EVENTS.div_ceil(3))
        });
        tries.get()
    };
    assert_eq!(tries_of(|events| Trial::Differs { events }), 3);
    assert_eq!(tries_of(|_| Trial::Stopped), 1);
    assert!(tries_of(|_| Trial::Differs { events: 1 }) > 3);
}
