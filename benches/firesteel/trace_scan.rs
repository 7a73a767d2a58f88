//! `trace_scan`: how many messages of a trace a filter looks at in a second.
//!
//! The trace is that of no-op tasks, with what messages say; the filter wants the messages of one task, so that a few are
//! decoded. It is read once before, so that it is in memory as far as it fits.

use std::{io::Write, path::Path, time::Instant};

use firesteel::actors::trace::{Filter, TraceReader};
use serde::{Deserialize, Serialize};

use super::{
    child,
    context::{Context, Outcome},
    report::Report,
};

/// Tasks of the trace, half of them to warm up.
const TASKS: usize = 500_000;
/// Scans, of which the median counts.
const ROUNDS: usize = 5;

/// What the child tells.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    messages: u64,
    messages_per_second: f64,
}

/// Runs the bench and emits its report.
///
/// # Errors
/// If a child fails.
pub(crate) fn run(_context: &Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("scan.trace");
    let file = file.to_str().ok_or("the temporary directory's name is not UTF-8")?;
    child::run("noop", &["payload", &(TASKS / 2).to_string(), "1", file])?;
    let answer: Answer = serde_json::from_str(&child::run("trace_scan", &[file])?.stdout)?;
    Ok(Report::new("trace_scan", answer.messages_per_second, "messages/s")
        .with("messages", answer.messages)
        .with("bytes", std::fs::metadata(file)?.len())
        .emit()?)
}

/// `trace_scan FILE`: scans a trace some times.
pub(crate) fn child(arguments: &[String]) -> Outcome {
    let [file] = arguments else {
        return Err(format!("expected the argument FILE, got {arguments:?}").into());
    };
    let mut rates = Vec::with_capacity(ROUNDS);
    let mut messages = 0;
    for round in 0..=ROUNDS {
        let mut reader = TraceReader::open(Path::new(file))?;
        messages = reader.total()?;
        let begun = Instant::now();
        let mut filter: Filter = "task = 1000".parse()?;
        let kept = reader.filtered(|head| filter.accepts(head)).count();
        if kept == 0 {
            return Err("the filter found nothing".into());
        }
        if round > 0 {
            rates.push(messages as f64 / begun.elapsed().as_secs_f64());
        }
    }
    rates.sort_by(f64::total_cmp);
    let messages_per_second = rates.get(rates.len() / 2).copied().unwrap_or_default();
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &Answer { messages, messages_per_second })?;
    Ok(writeln!(out)?)
}
