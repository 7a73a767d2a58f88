//! Some hundreds of seeds of every profile.

use crate::sim::Profile;

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
    runs("calm", 200);
}

#[test]
fn default_seeds_keep_all_invariants() {
    runs("default", 300);
}

#[test]
fn chaos_seeds_keep_all_invariants() {
    runs("chaos", 200);
}

#[test]
fn the_same_seed_gives_the_same_messages() {
    for profile in Profile::all() {
        for seed in 0..5 {
            let [first, second] = [profile.run(seed).unwrap(), profile.run(seed).unwrap()];
            assert_eq!(first, second);
        }
        assert_ne!(profile.run(1).unwrap().digest, profile.run(2).unwrap().digest);
    }
}
