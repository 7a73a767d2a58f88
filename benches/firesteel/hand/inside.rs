//! Counting, in pieces.

use rayon::prelude::*;

/// Pieces of the work.
const PIECES: u64 = 64;

/// How many of `0..samples` are inside.
pub(crate) fn count_inside(samples: u64, is_inside: impl Fn(u64) -> bool + Sync + Send) -> u64 {
    let count = |piece: u64| {
        let (begin, end) = (samples * piece / PIECES, samples * (piece + 1) / PIECES);
        let mut inside = 0;
        for sample in begin..end {
            inside += u64::from(is_inside(sample));
        }
        inside
    };
    (0..PIECES).into_par_iter().map(count).sum()
}
