//! `trace_replay`, `trace_seek`: how many messages of a trace are replayed in a second, and how long it takes to reach any
//! moment of it.
//!
//! The trace is that of no-op tasks, with what messages say. A replay reads the file and compares every message of an
//! actor; moments are reached from snapshots, which one way through the trace leaves behind.

use std::{io::Write, path::Path, time::Instant};

use firesteel::actors::trace::{Setup, Timeline, TraceReader, replay_trace};
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
/// Moments that are reached.
const MOMENTS: u64 = 200;

/// What the child tells.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    messages: u64,
    messages_per_second: f64,
    median_seek_ms: f64,
    longest_seek_ms: f64,
}

/// Runs the benches and emits their reports.
///
/// # Errors
/// If a child fails.
pub(crate) fn run(_context: &Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("replay.trace");
    let file = file.to_str().ok_or("the temporary directory's name is not UTF-8")?;
    child::run("noop", &["payload", &(TASKS / 2).to_string(), "1", file])?;
    let finished = child::run("trace_replay", &[file])?;
    let answer: Answer = serde_json::from_str(&finished.stdout)?;
    Report::new("trace_replay", answer.messages_per_second, "messages/s")
        .with("messages", answer.messages)
        .emit()?;
    Ok(Report::new("trace_seek", answer.longest_seek_ms, "ms")
        .with("messages", answer.messages)
        .with("median_ms", answer.median_seek_ms)
        .with("peak_rss_bytes", finished.peak_rss_bytes)
        .emit()?)
}

/// `trace_replay FILE`: replays a trace some times, and reaches moments of it.
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
    let mut timeline = Timeline::new(setup, open()?);
    timeline.at_end()?;
    let mut times = Vec::new();
    for moment in 0..MOMENTS {
        // Spread over the whole trace, in no order.
        let place = moment.wrapping_mul(0x9E37_79B9_7F4A_7C15) % messages.max(1);
        let begun = Instant::now();
        timeline.after(place)?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let middle = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    let answer = Answer {
        messages,
        messages_per_second: middle(&mut rates),
        median_seek_ms: middle(&mut times),
        longest_seek_ms: times.last().copied().unwrap_or_default(),
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &answer)?;
    Ok(writeln!(out)?)
}
