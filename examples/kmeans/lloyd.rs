//! Lloyd's rounds: every point goes to its nearest centre, every centre to the middle of its points.

use firesteel::{Rdd, Result, rdd::Compute};
use serde::{Deserialize, Serialize};

use super::points::Points;

/// What a round finds out about each centre's points.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Round {
    dimensions: usize,
    /// The sums of coordinates, centre by centre.
    sums: Vec<f64>,
    /// How many points each centre has.
    pub(crate) counts: Vec<u64>,
    /// The sum of all points' squared distances to their centres.
    pub(crate) cost: f64,
}

/// A round over all points: one job. Points of another space than the centres' are an error of the program.
pub(crate) fn round(points: &Rdd<impl Compute<Item = Points>>, centres: &Points) -> Result<Round> {
    let of_partitions = points.map_partitions_with(centres.clone(), |centres, blocks| {
        let mut round = Round::new(centres);
        blocks.for_each(|block| round.add(centres, &block));
        std::iter::once(round)
    });
    of_partitions.reduce(Round::merge)
}

impl Round {
    fn new(centres: &Points) -> Self {
        let (sums, counts) = (vec![0.0; centres.coordinates().len()], vec![0; centres.len()]);
        Round { dimensions: centres.dimensions(), sums, counts, cost: 0.0 }
    }

    fn add(&mut self, centres: &Points, points: &Points) {
        let (centres, points, dimensions) = (centres.coordinates(), points.coordinates(), self.dimensions);
        match dimensions {
            // The compiler unrolls loops whose length it knows.
            2 => self.add_points(centres.as_chunks::<2>().0, points.as_chunks::<2>().0),
            3 => self.add_points(centres.as_chunks::<3>().0, points.as_chunks::<3>().0),
            10 => self.add_points(centres.as_chunks::<10>().0, points.as_chunks::<10>().0),
            other => self.add_points(centres.chunks_exact(other), points.chunks_exact(other)),
        }
    }

    #[inline(always)]
    fn add_points<P: AsRef<[f64]>>(
        &mut self,
        centres: impl IntoIterator<Item = P> + Clone,
        points: impl IntoIterator<Item = P>,
    ) {
        for point in points {
            let point = point.as_ref();
            // Of two that are as near, the first.
            let (mut nearest, mut least) = (0, f64::MAX);
            for (which, centre) in centres.clone().into_iter().enumerate() {
                let distance = squared_distance(point, centre.as_ref());
                if distance < least {
                    (nearest, least) = (which, distance);
                }
            }
            let sums = &mut self.sums[nearest * point.len()..][..point.len()];
            sums.iter_mut().zip(point).for_each(|(sum, coordinate)| *sum += coordinate);
            self.counts[nearest] += 1;
            self.cost += least;
        }
    }

    fn merge(mut self, other: Round) -> Round {
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, more)| *sum += more);
        self.counts.iter_mut().zip(other.counts).for_each(|(count, more)| *count += more);
        self.cost += other.cost;
        self
    }

    /// The centres of the next round. One without points stays where it is.
    pub(crate) fn moved(&self, centres: &Points) -> Points {
        let mut moved = centres.coordinates().to_vec();
        let sums = moved.chunks_exact_mut(self.dimensions).zip(self.sums.chunks_exact(self.dimensions));
        for ((centre, sums), count) in sums.zip(&self.counts).filter(|(_, count)| **count > 0) {
            centre.iter_mut().zip(sums).for_each(|(coordinate, sum)| *coordinate = sum / *count as f64);
        }
        Points::new(self.dimensions, moved)
    }
}

/// The square of the distance of two points. Every other coordinate has a sum of its own, so that the processor adds two at
/// a time.
#[inline(always)]
fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    let square = |a: &f64, b: &f64| (a - b) * (a - b);
    let ((a, last_a), (b, last_b)) = (a.as_chunks::<2>(), b.as_chunks::<2>());
    let (mut even, mut odd) = (0.0, 0.0);
    for ([a_even, a_odd], [b_even, b_odd]) in a.iter().zip(b) {
        even += square(a_even, b_even);
        odd += square(a_odd, b_odd);
    }
    last_a.iter().zip(last_b).fold(even + odd, |sum, (a, b)| sum + square(a, b))
}
