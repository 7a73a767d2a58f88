//! Dividing generated pairs by the hash of their key, so that each part can be worked on alone.

use std::ops::Range;

use rayon::prelude::*;

use crate::splitmix::mix;

/// How many parts: more than threads, so that a part's table stays in cache.
const PARTS: usize = 64;

/// A key's hash. The tables use its lowest and highest bits; parts are chosen by bits between.
#[inline(always)]
pub(super) fn hash(key: u64) -> u64 {
    mix(key ^ 0x5851_F42D_4C95_7F2D)
}

/// `0..count` in as many runs as there are threads.
pub(super) fn shares(count: u64) -> Vec<Range<u64>> {
    let threads = rayon::current_num_threads() as u64;
    (0..threads).map(|share| count * share / threads..count * (share + 1) / threads).collect()
}

/// The pairs that `pair` makes of `0..count`, by part; each part in one vector per thread.
pub(super) fn scatter(count: u64, pair: impl Fn(u64) -> (u64, u64) + Sync) -> Vec<Vec<Vec<(u64, u64)>>> {
    let scattered: Vec<Vec<Vec<(u64, u64)>>> = shares(count)
        .into_par_iter()
        .map(|share| {
            let expected = (share.end - share.start) as usize / PARTS;
            let mut parts: Vec<_> = (0..PARTS).map(|_| Vec::with_capacity(expected + expected / 8)).collect();
            for index in share {
                let (key, value) = pair(index);
                parts[(hash(key) >> 40) as usize % PARTS].push((key, value));
            }
            parts
        })
        .collect();
    let mut by_part: Vec<Vec<Vec<(u64, u64)>>> = (0..PARTS).map(|_| Vec::new()).collect();
    for parts in scattered {
        by_part.iter_mut().zip(parts).for_each(|(same, part)| same.push(part));
    }
    by_part
}
