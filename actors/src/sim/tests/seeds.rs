//! Some hundreds of seeds of every profile.

use crate::sim::{Profile, profile::Luck};

fn runs(name: &str, seeds: u64) {
    let profile = Profile::named(name).unwrap();
    for seed in 0..seeds {
        if let Err(failure) = profile.run(seed) {
            panic!("{failure}");
        }
    }
}

#[test]
fn calm_seeds_keep_all_invariants() {
    runs("calm", 100);
}

#[test]
fn default_seeds_keep_all_invariants() {
    runs("default", 100);
}

#[test]
fn chaos_seeds_keep_all_invariants() {
    runs("chaos", 100);
}

#[test]
fn locality_seeds_keep_all_invariants() {
    runs("locality", 100);
}

#[test]
fn fair_seeds_keep_all_invariants() {
    runs("fair", 100);
}

#[test]
fn speculation_seeds_keep_all_invariants() {
    runs("speculation", 100);
}

#[test]
fn exclusion_seeds_keep_all_invariants() {
    runs("exclusion", 100);
}

#[test]
fn barrier_seeds_keep_all_invariants() {
    runs("barrier", 100);
}

#[test]
fn resources_seeds_keep_all_invariants() {
    runs("resources", 100);
}

#[test]
fn allocation_seeds_keep_all_invariants() {
    runs("allocation", 100);
}

#[test]
fn leaving_seeds_keep_all_invariants() {
    runs("leaving", 100);
}

#[test]
fn indeterminate_seeds_keep_all_invariants() {
    runs("indeterminate", 100);
}

#[test]
fn service_seeds_keep_all_invariants() {
    runs("service", 100);
}

#[test]
fn the_same_seed_gives_the_same_messages() {
    for profile in Profile::quick() {
        for seed in 0..3 {
            let [first, second] = [profile.run(seed).unwrap(), profile.run(seed).unwrap()];
            assert_eq!(first, second);
        }
        assert_ne!(profile.run(1).unwrap().digest, profile.run(2).unwrap().digest);
    }
}

#[test]
fn many_executors_and_tasks_are_an_ordinary_run() {
    let large =
        Profile { executors: (200, 200), partitions: (10_000, 10_000), ..Profile::named("large").unwrap() };
    assert_eq!(large.run(0).unwrap().tasks, 10_000);
}

#[test]
fn sets_that_are_excluded_from_the_only_host_come_to_an_end() {
    let base = Profile::named("exclusion").unwrap();
    let luck = Luck { executor_dies: 500, ..base.luck };
    let profile = Profile { hosts: 1, executors: (2, 3), luck, ..base };
    for seed in 0..100 {
        if let Err(failure) = profile.run(seed) {
            panic!("{failure}");
        }
    }
}
