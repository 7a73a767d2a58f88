//! How many of some points in the unit square lie within the quarter circle.

use firesteel::{Context, Result};

use crate::splitmix::unit;

/// The sequence that the points' coordinates come from, two after two.
const SEED: u64 = 10;

/// Counts in as many tasks as there are partitions.
pub(crate) fn count_inside(context: &Context, samples: u64, partitions: usize) -> Result<u64> {
    context
        .range(0..samples as i64, 1, partitions)
        .map(|sample| u64::from(is_inside(sample as u64)))
        .fold(0, |a, b| a + b)
}

#[inline(always)]
fn is_inside(sample: u64) -> bool {
    let (x, y) = (unit(SEED, 2 * sample), unit(SEED, 2 * sample + 1));
    x * x + y * y <= 1.0
}
