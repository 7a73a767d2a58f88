//! `executor_start`: from the start of a context with two executor processes to the first task's result.

use std::time::Instant;

use firesteel::Context as Firesteel;

use super::{MASTER, print};
use crate::{
    child,
    compare::median,
    context::{Context, Outcome},
    report::Report,
};

/// Starts, of which the median counts.
const ROUNDS: usize = 15;

/// `start`: prints the milliseconds of one start.
pub(crate) fn child(_arguments: &[String]) -> Outcome {
    let begun = Instant::now();
    let context = Firesteel::builder().master(MASTER).start()?;
    context.range(0..1, 1, 1).count()?;
    print(&(begun.elapsed().as_secs_f64() * 1e3))
}

/// Runs the bench and emits its report.
///
/// # Errors
/// If a child fails.
pub(crate) fn run(_context: &Context) -> Outcome {
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..ROUNDS {
        times.push(serde_json::from_str(&child::run("start", &[])?.stdout)?);
    }
    let most = times.iter().copied().fold(0.0, f64::max);
    Ok(Report::new("executor_start", median(times.into_iter()), "ms").with("most_ms", most).emit()?)
}
