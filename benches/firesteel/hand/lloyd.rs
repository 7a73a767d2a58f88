//! k-means over one vector of points.

#![allow(clippy::needless_range_loop, reason = "the same index in three arrays")]

use rayon::prelude::*;

/// Dimensions, and clusters.
pub(crate) const D: usize = 10;
/// Points that a thread takes at a time.
const CHUNK: usize = 50_000;

pub(crate) type Point = [f64; D];

/// The centre that is nearest to a point, and the square of its distance.
#[inline(always)]
pub(crate) fn nearest(point: &Point, centres: &[Point]) -> (usize, f64) {
    let mut best = (0, f64::MAX);
    for (which, centre) in centres.iter().enumerate() {
        let mut distance = 0.0;
        for d in 0..D {
            distance += (point[d] - centre[d]) * (point[d] - centre[d]);
        }
        if distance < best.1 {
            best = (which, distance);
        }
    }
    best
}

/// The centres after some rounds.
pub(crate) fn lloyd(points: &[Point], mut centres: [Point; D], iterations: u32) -> [Point; D] {
    for _ in 0..iterations {
        let (sums, counts) = points
            .par_chunks(CHUNK)
            .map(|points| sum(points, &centres))
            .reduce(|| ([[0.0; D]; D], [0u64; D]), |a, b| merge(a, &b));
        for ((centre, sums), count) in
            centres.iter_mut().zip(&sums).zip(&counts).filter(|(_, count)| **count > 0)
        {
            for d in 0..D {
                centre[d] = sums[d] / *count as f64;
            }
        }
    }
    centres
}

/// The cost of some centres.
pub(crate) fn cost(points: &[Point], centres: &[Point; D]) -> f64 {
    points
        .par_chunks(CHUNK)
        .map(|points| points.iter().map(|point| nearest(point, centres).1).sum::<f64>())
        .sum()
}

type Sums = ([Point; D], [u64; D]);

fn sum(points: &[Point], centres: &[Point; D]) -> Sums {
    let (mut sums, mut counts) = ([[0.0; D]; D], [0; D]);
    for point in points {
        let (which, _) = nearest(point, centres);
        counts[which] += 1;
        for d in 0..D {
            sums[which][d] += point[d];
        }
    }
    (sums, counts)
}

fn merge(mut a: Sums, b: &Sums) -> Sums {
    for which in 0..D {
        a.1[which] += b.1[which];
        for d in 0..D {
            a.0[which][d] += b.0[which][d];
        }
    }
    a
}
