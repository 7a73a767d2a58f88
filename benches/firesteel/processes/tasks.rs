//! `noop_tasks_processes`, `one_task_job_processes`: what a task costs when its executor is another process.

use super::MASTER;
use crate::{
    child,
    compare::median,
    context::{Context, Outcome},
    noop::{NoopAnswer, Recording},
    one_task_job::run_on,
    report::Report,
};

/// Tasks of one job.
const TASKS: usize = 50_000;
/// Jobs of one child, of which the median counts.
const JOBS: usize = 5;
/// Children, of which the median counts.
const ROUNDS: usize = 5;

/// No-op tasks per second.
///
/// # Errors
/// If a child fails.
pub(crate) fn noop_tasks(_context: &Context) -> Outcome {
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let off = Recording::Off.name();
        let finished = child::run("noop", &[MASTER, off, &TASKS.to_string(), &JOBS.to_string(), ""])?;
        let answer: NoopAnswer = serde_json::from_str(&finished.stdout)?;
        eprintln!("noop_tasks_processes: {:.0} tasks/s", answer.tasks_per_second);
        rates.push(answer.tasks_per_second);
    }
    Ok(Report::new("noop_tasks_processes", median(rates.into_iter()), "tasks/s").emit()?)
}

/// From an action of one task to its result.
///
/// # Errors
/// If a child fails.
pub(crate) fn one_task_job(_context: &Context) -> Outcome {
    run_on("one_task_job_processes", MASTER)
}
