//! Points, many in one element: made from numbers or read from lines of text.

use std::{ops::Range, sync::Arc};

use firesteel::{
    Context, Rdd,
    rdd::Compute,
    task::{TaskContext, TaskError},
    text::Text,
};
use serde::{Deserialize, Serialize};

use crate::splitmix::unit;

/// Dimensions of generated points.
pub(crate) const DIMENSIONS: usize = 10;
/// Clusters that generated points scatter around.
const CLUSTERS: u64 = 10;
/// The sequences of what scatters, and of the clusters' places.
const SEEDS: (u64, u64) = (8, 9);
/// Points in one element, so that a task's inner loop runs over a flat slice.
const BLOCK: u64 = 1024;

/// The largest coordinate: sums of squares of more would not be numbers.
const LARGEST: f64 = 1e100;

/// Some points of one space, one behind the other. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Points {
    dimensions: usize,
    coordinates: Arc<[f64]>,
}

impl Points {
    pub(crate) fn new(dimensions: usize, coordinates: Vec<f64>) -> Self {
        Points { dimensions: dimensions.max(1), coordinates: coordinates.into() }
    }

    /// At least one.
    pub(crate) fn dimensions(&self) -> usize {
        self.dimensions
    }

    pub(crate) fn coordinates(&self) -> &[f64] {
        &self.coordinates
    }

    pub(crate) fn len(&self) -> usize {
        self.coordinates.len() / self.dimensions
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.coordinates.chunks_exact(self.dimensions)
    }

    /// Each as an element of its own.
    pub(crate) fn into_rows(self) -> impl Iterator<Item = Vec<f64>> {
        (0..self.len()).map(move |row| self.coordinates[row * self.dimensions..][..self.dimensions].to_vec())
    }

    fn generated(points: Range<u64>) -> Self {
        let size = (points.end - points.start) as usize * DIMENSIONS;
        let mut coordinates = Vec::with_capacity(size);
        for point in points {
            let (own, of_cluster) = (point * DIMENSIONS as u64, (point % CLUSTERS) * DIMENSIONS as u64);
            coordinates.extend(
                (0..DIMENSIONS as u64).map(|d| unit(SEEDS.0, own + d) + 2.0 * unit(SEEDS.1, of_cluster + d)),
            );
        }
        Points::new(DIMENSIONS, coordinates)
    }
}

/// Points around ten centres, the same at every run.
pub(crate) fn generated(
    context: &Context,
    points: u64,
    partitions: usize,
) -> Rdd<impl Compute<Item = Points> + use<>> {
    let blocks = points.div_ceil(BLOCK);
    context.range(0..blocks as i64, 1, partitions).map_with(points, |points, block| {
        let first = block as u64 * BLOCK;
        Points::generated(first..(first + BLOCK).min(*points))
    })
}

/// The points of text files: one per line, its coordinates with white space or commas between. Empty lines are skipped.
pub(crate) fn read(
    context: &Context,
    paths: &str,
    min_partitions: usize,
) -> Rdd<impl Compute<Item = Points> + use<>> {
    context.text_file(paths, min_partitions).map_partitions_with_index(|_, lines, task| Blocks {
        lines,
        task,
        row: Vec::new(),
    })
}

/// Puts lines together to blocks of points with one number of dimensions.
struct Blocks<I> {
    lines: I,
    task: Arc<TaskContext>,
    /// Read already, of the next block.
    row: Vec<f64>,
}

impl<I: Iterator<Item = Text>> Blocks<I> {
    fn next_row(&mut self) -> Option<Vec<f64>> {
        let line = self.lines.find(|line| !line.trim().is_empty())?;
        let text = line.to_string_lossy();
        let numbers = text.split([' ', '\t', ',']).filter(|number| !number.trim().is_empty());
        let row: Result<Vec<f64>, _> = numbers.map(|number| number.trim().parse::<f64>()).collect();
        match row {
            Ok(row) if row.iter().all(|number| number.abs() <= LARGEST) => Some(row),
            Ok(row) if row.iter().all(|number| number.is_finite()) => {
                self.task.fail(TaskError::User(format!("a coordinate is beyond {LARGEST:e}: {text:?}")))
            }
            _ => self.task.fail(TaskError::User(format!("not a point, which is numbers: {text:?}"))),
        }
    }
}

impl<I: Iterator<Item = Text>> Iterator for Blocks<I> {
    type Item = Points;

    fn next(&mut self) -> Option<Points> {
        let first = if self.row.is_empty() { self.next_row()? } else { std::mem::take(&mut self.row) };
        let dimensions = first.len();
        let mut coordinates = first;
        while coordinates.len() / dimensions < BLOCK as usize {
            match self.next_row() {
                Some(row) if row.len() == dimensions => coordinates.extend(row),
                Some(row) => {
                    self.row = row;
                    break;
                }
                None => break,
            }
        }
        Some(Points::new(dimensions, coordinates))
    }
}
