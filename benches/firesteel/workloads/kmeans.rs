//! Ten rounds over points that are in memory already, and ten centres.

use std::{error::Error, time::Instant};

use firesteel::Context as Firesteel;
use rayon::prelude::*;

use super::{Answer, Workload};
use crate::{
    hand::lloyd::{D, Point, cost, lloyd},
    programs::{
        lloyd::round,
        points::{Points, generated},
    },
    splitmix::unit,
};

const ITERATIONS: u32 = 10;

pub(super) const WORKLOAD: Workload = Workload {
    name: "kmeans",
    rows: 1_000_000,
    expected: "cost=832156.2537 c0[0]=1.865005231 c9[9]=1.501203235",
    pairs: 9,
    engine,
    hand,
};

/// Timed are the rounds: the points have been made and counted before.
fn engine(rows: u64, threads: usize) -> Result<Answer, Box<dyn Error>> {
    let context = Firesteel::builder().master(&format!("local[{threads}]")).start()?;
    let points = generated(&context, rows, 2 * threads).cache();
    points.count()?;
    let first = points.flat_map(Points::into_rows).take(D)?;
    let mut centres = Points::new(D, first.concat());
    let begun = Instant::now();
    for _ in 0..ITERATIONS {
        centres = round(&points, &centres)?.moved(&centres);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let cost = round(&points, &centres)?.cost;
    let corners = centres.coordinates();
    Ok(Answer { found: show(cost, corners[0], corners[D * D - 1]), seconds })
}

fn hand(rows: u64, threads: usize) -> Result<Answer, Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let answer = pool.install(|| {
        let points: Vec<Point> = (0..rows).into_par_iter().map(point).collect();
        let first = std::array::from_fn(|which| point(which as u64));
        let begun = Instant::now();
        let centres = lloyd(&points, first, ITERATIONS);
        let seconds = begun.elapsed().as_secs_f64();
        let cost = cost(&points, &centres);
        Answer { found: show(cost, centres[0][0], centres[D - 1][D - 1]), seconds }
    });
    Ok(answer)
}

fn point(index: u64) -> Point {
    let (own, of_cluster) = (index * D as u64, (index % D as u64) * D as u64);
    std::array::from_fn(|d| unit(8, own + d as u64) + 2.0 * unit(9, of_cluster + d as u64))
}

fn show(cost: f64, first: f64, last: f64) -> String {
    format!("cost={cost:.4} c0[0]={first:.9} c9[9]={last:.9}")
}
