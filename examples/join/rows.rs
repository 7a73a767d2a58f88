//! Generated rows, and a checksum of what a join makes of them.

use firesteel::{Context, Rdd, Result, rdd::Compute};

use crate::splitmix::{mix, random};

/// The sequences of the left and of the right rows' keys.
pub(crate) const SEEDS: (u64, u64) = (4, 5);

/// Rows with their number as value and one of `keys` keys, the same at every run.
pub(crate) fn generated(
    context: &Context,
    seed: u64,
    rows: u64,
    keys: u64,
    partitions: usize,
) -> Rdd<impl Compute<Item = (u64, u64)> + use<>> {
    context.range(0..rows as i64, 1, partitions).map_with((seed, keys), |(seed, keys), row| {
        let row = row as u64;
        (random(*seed, row) % keys, row)
    })
}

/// How many rows a join has, and a number that all of them go into.
pub(crate) fn checksum(joined: &Rdd<impl Compute<Item = (u64, (u64, u64))>>) -> Result<(u64, u64)> {
    joined.aggregate(
        (0, 0u64),
        |(rows, sum), (key, (left, right))| (rows + 1, sum.wrapping_add(digest(key, left, right))),
        |a, b| (a.0 + b.0, a.1.wrapping_add(b.1)),
    )
}

#[inline(always)]
pub(crate) fn digest(key: u64, left: u64, right: u64) -> u64 {
    mix(key.wrapping_add(left.wrapping_mul(3)).wrapping_add(right.wrapping_mul(5)))
}
