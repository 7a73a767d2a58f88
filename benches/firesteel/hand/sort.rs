//! Sorting pairs by key: one vector, sorted in parallel.

use rayon::prelude::*;

/// The pairs that `pair` makes of `0..rows`, in the order of their keys.
pub(crate) fn sort(rows: u64, pair: impl Fn(u64) -> (i64, i64) + Sync + Send) -> Vec<(i64, i64)> {
    let mut pairs: Vec<(i64, i64)> = (0..rows).into_par_iter().map(pair).collect();
    pairs.par_sort_unstable_by_key(|pair| pair.0);
    pairs
}
