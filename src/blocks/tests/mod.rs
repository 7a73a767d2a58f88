mod cluster;
mod operators;

use cluster::Cluster;

/// splitmix64 of a number.
fn mix(number: u64) -> u64 {
    crate::random::Random::new(number).next_u64()
}
