//! Whoever asks why something does not run changes nothing.

use std::sync::Arc;

use crate::sim::{Profile, faults::Fault, plan::Plan, run, world::World};

/// All that there is at the end of a case.
fn end_of(plan: Plan) -> (String, usize) {
    let mut world = World::new(Arc::new(plan));
    run::run(&mut world).unwrap();
    let made: Vec<_> = world.tasks.succeeded.iter().map(|(task, made)| (task, made.makes)).collect();
    (format!("{:?}{made:?}{:?}", world.driver, world.jobs), world.tasks.succeeded.len())
}

#[test]
fn questions_change_nothing() {
    let mut asked = 0;
    for name in ["locality", "exclusion", "fair", "resources"] {
        let profile = Profile::named(name).unwrap();
        for seed in 0..25 {
            let plan = profile.plan(seed);
            let mut quiet = plan.clone();
            quiet.faults.retain(|fault| !matches!(fault, Fault::Asked { .. }));
            asked += plan.faults.len() - quiet.faults.len();
            assert_eq!(end_of(plan), end_of(quiet), "{name} {seed}");
        }
    }
    assert!(asked > 100, "{asked} questions");
}
