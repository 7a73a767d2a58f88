mod cluster;
mod failures;
mod fake;
mod fuzzed;
mod limits;
mod links;
mod locations;
mod operators;
mod servers;
mod values;

use cluster::Cluster;

/// splitmix64 of a number.
fn mix(number: u64) -> u64 {
    crate::random::Random::new(number).next_u64()
}
