//! Numbers that look random and are the same everywhere: splitmix64 by counter, so that any partition can make its own
//! part of the data.
#![allow(dead_code, reason = "not every program needs all of it")]

/// Scrambles a number; different numbers stay different.
#[inline(always)]
pub(crate) const fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The number `index` of the sequence of `seed`.
#[inline(always)]
pub(crate) const fn random(seed: u64, index: u64) -> u64 {
    mix(seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

/// The same as a fraction, from 0 to below 1.
#[inline(always)]
pub(crate) fn unit(seed: u64, index: u64) -> f64 {
    (random(seed, index) >> 11) as f64 / (1u64 << 53) as f64
}
