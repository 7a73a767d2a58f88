//! The sum of each key's values: pairs are scattered by key, then each part is summed in a table of its own.

use hashbrown::HashTable;
use rayon::prelude::*;

use super::scatter::{hash, scatter};

/// Sums the pairs that `pair` makes of `0..rows`, and what `add` makes of each key and sum: keys, the sum of all sums,
/// and the wrapping sum of their digests.
pub(crate) fn reduce(
    rows: u64,
    pair: impl Fn(u64) -> (u64, u64) + Sync,
    digest: impl Fn(u64, u64) -> u64 + Sync,
) -> (u64, u64, u64) {
    let sum_up = |part: Vec<Vec<(u64, u64)>>| {
        let mut sums: HashTable<(u64, u64)> = HashTable::new();
        for (key, value) in part.into_iter().flatten() {
            sums.entry(hash(key), |known| known.0 == key, |known| hash(known.0))
                .and_modify(|known| known.1 += value)
                .or_insert((key, value));
        }
        sums.iter().fold((0, 0, 0u64), |(keys, total, digests), (key, sum)| {
            (keys + 1, total + sum, digests.wrapping_add(digest(*key, *sum)))
        })
    };
    scatter(rows, pair)
        .into_par_iter()
        .map(sum_up)
        .reduce(|| (0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2.wrapping_add(b.2)))
}
