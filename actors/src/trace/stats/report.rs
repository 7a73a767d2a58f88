//! What was counted, as a table.

use std::fmt;

use serde::Serialize;

use super::Distribution;
use crate::{Time, units::short};

/// Counted messages. It prints as a table; times in it are nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatsReport {
    /// What rows are counted by.
    pub by: Vec<&'static str>,
    /// When the first counted message was handled.
    pub begin: Option<Time>,
    /// When the last one was.
    pub end: Option<Time>,
    /// All of them together.
    pub total: StatsRow,
    /// The row with most messages first.
    pub rows: Vec<StatsRow>,
}

/// Messages that have something in common.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatsRow {
    /// What they have in common, in the order of [`StatsReport::by`].
    pub names: Vec<String>,
    /// How many.
    pub count: u64,
    /// How many in a second of the time from the first counted message to the last; 0 if that is no time.
    pub per_second: f64,
    /// How long they waited from being sent to being handled; without those that an actor sends to itself, which are
    /// timers.
    pub waited: Option<Distribution>,
    /// How long they were handled, estimated: for those behind which another message was waiting, until that was handled.
    pub handling: Option<Distribution>,
}

/// The columns behind the names.
const TITLES: [&str; 12] = [
    "count",
    "per s",
    "waited: min",
    "median",
    "p95",
    "p99",
    "max",
    "handling: min",
    "median",
    "p95",
    "p99",
    "max",
];

impl fmt::Display for StatsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = vec![self.by.iter().copied().chain(TITLES).map(str::to_owned).collect::<Vec<_>>()];
        table.extend(self.rows.iter().map(|row| cells(row, &row.names)));
        if self.rows.len() > 1 {
            let all: Vec<_> = self
                .by
                .iter()
                .enumerate()
                .map(|(place, _)| if place == 0 { "all" } else { "" }.to_owned())
                .collect();
            table.push(cells(&self.total, &all));
        }
        let widths: Vec<usize> = (0..self.by.len() + TITLES.len())
            .map(|column| {
                table
                    .iter()
                    .filter_map(|row| row.get(column))
                    .map(|cell| cell.chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        for row in &table {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                line += &if column < self.by.len() {
                    format!("{cell:<width$}  ")
                } else {
                    format!("{cell:>width$}  ")
                };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        match (self.begin, self.end) {
            (Some(begin), Some(end)) => write!(f, "from {begin} s to {end} s")?,
            _ => write!(f, "no message")?,
        }
        if self.total.handling.is_some() {
            write!(f, "\nhandling is estimated: until the next message is handled, if that was waiting")?;
        }
        Ok(())
    }
}

fn cells(row: &StatsRow, names: &[String]) -> Vec<String> {
    let mut cells = names.to_vec();
    cells.push(row.count.to_string());
    cells.push(if row.per_second > 0.0 { format!("{:.1}", row.per_second) } else { "-".to_owned() });
    for distribution in [row.waited, row.handling] {
        cells.extend(match distribution {
            Some(Distribution { min, median, p95, p99, max, .. }) => [min, median, p95, p99, max].map(short),
            None => std::array::from_fn(|_| "-".to_owned()),
        });
    }
    cells
}
