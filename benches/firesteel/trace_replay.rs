//! `trace_replay`: how many messages of a trace are replayed in a second.
//!
//! The trace is that of no-op tasks, with what messages say. A replay reads the file and compares every message of an
//! actor.

use std::{io::Write, path::Path, time::Instant};

use firesteel::actors::trace::{Setup, TraceReader, replay_trace};
use serde::{Deserialize, Serialize};

use super::{
    child,
    context::{Context, Outcome},
    report::Report,
};

/// Tasks of the trace, half of them to warm up.
const TASKS: usize = 200_000;
/// Replays, of which the median counts.
const ROUNDS: usize = 3;

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
    let file = dir.path().join("replay.trace");
    let file = file.to_str().ok_or("the temporary directory's name is not UTF-8")?;
    child::run("noop", &["payload", &(TASKS / 2).to_string(), "1", file])?;
    let answer: Answer = serde_json::from_str(&child::run("trace_replay", &[file])?.stdout)?;
    Ok(Report::new("trace_replay", answer.messages_per_second, "messages/s")
        .with("messages", answer.messages)
        .emit()?)
}

/// `trace_replay FILE`: replays a trace some times.
pub(crate) fn child(arguments: &[String]) -> Outcome {
    let [file] = arguments else {
        return Err(format!("expected the argument FILE, got {arguments:?}").into());
    };
    let open = || TraceReader::open(Path::new(file));
    let setup = Setup::of_trace(&open()?)?;
    let mut rates = Vec::with_capacity(ROUNDS);
    let mut messages = 0;
    for _ in 0..ROUNDS {
        let (mut reader, begun) = (open()?, Instant::now());
        messages = replay_trace(setup.clone(), &mut reader)?.messages;
        rates.push(messages as f64 / begun.elapsed().as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    let messages_per_second = rates.get(rates.len() / 2).copied().unwrap_or_default();
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &Answer { messages, messages_per_second })?;
    Ok(writeln!(out)?)
}
