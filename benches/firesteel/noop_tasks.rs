//! `noop_tasks`, `trace_heads`, `trace_payload`: no-op tasks per second, and what recording costs them.
//!
//! The three recordings run in turn, each in a child of its own; memory is told by a larger job's peak.

use std::error::Error;

use super::{
    child,
    context::{Context, Outcome},
    noop::{NoopAnswer, Recording},
    report::Report,
};

/// Where tasks run.
const MASTER: &str = "local[2]";
/// Tasks of one job.
const TASKS: usize = 100_000;
/// Jobs of one child, of which the median counts.
const JOBS: usize = 5;
/// Rounds of children, of which the median counts.
const ROUNDS: usize = 5;
/// Tasks of the job whose memory is measured.
const MANY: usize = 1_000_000;

const RECORDINGS: [Recording; 3] = [Recording::Off, Recording::Heads, Recording::Payload];

/// Runs the benches and emits their reports.
///
/// # Errors
/// If a child fails.
pub(crate) fn run(_context: &Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("noop.trace");
    let file = file.to_str().ok_or("the temporary directory's name is not UTF-8")?;
    let start =
        |recording: Recording, tasks: usize, jobs: usize| -> Result<(NoopAnswer, u64), Box<dyn Error>> {
            let arguments = [MASTER, recording.name(), &tasks.to_string(), &jobs.to_string(), file];
            let finished = child::run("noop", &arguments)?;
            Ok((serde_json::from_str(&finished.stdout)?, finished.peak_rss_bytes))
        };
    let mut rates = [const { Vec::new() }; 3];
    let mut messages_per_task = 0.0;
    let mut bytes_per_message = [0.0; 3];
    for _ in 0..ROUNDS {
        for ((recording, rates), bytes) in RECORDINGS.into_iter().zip(&mut rates).zip(&mut bytes_per_message)
        {
            let (answer, _) = start(recording, TASKS, JOBS)?;
            eprintln!("noop {}: {:.0} tasks/s", recording.name(), answer.tasks_per_second);
            rates.push(answer.tasks_per_second);
            *bytes = answer.bytes as f64 / answer.messages.max(1) as f64;
            messages_per_task = answer.messages as f64 / answer.tasks as f64;
        }
    }
    let [off, heads, payload] = rates.map(median);
    let (_, few) = start(Recording::Off, 100, 0)?;
    let (_, many) = start(Recording::Off, MANY, 0)?;
    let bytes_per_task = many.saturating_sub(few) as f64 / MANY as f64;
    Report::new("noop_tasks", off, "tasks/s")
        .with("bytes_per_task", bytes_per_task)
        .with("messages_per_task", messages_per_task)
        .emit()?;
    let [_, heads_bytes, payload_bytes] = bytes_per_message;
    for (name, rate, bytes) in
        [("trace_heads", heads, heads_bytes), ("trace_payload", payload, payload_bytes)]
    {
        // One thread handles all messages, so its time per task is what a task takes.
        let extra = (1e9 / rate - 1e9 / off) / messages_per_task;
        Report::new(name, rate, "tasks/s")
            .baseline(off, rate / off)
            .with("extra_nanoseconds_per_message", extra)
            .with("bytes_per_message", bytes)
            .emit()?;
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
