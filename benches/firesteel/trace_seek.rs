//! `trace_seek`: how long it takes to reach any moment of a trace of 10 million messages.
//!
//! The trace is that of no-op tasks, with what messages say. One way through it leaves snapshots behind and learns the
//! names of messages; its time is a figure of its own. Then moments are reached by number, by time and by name.

use std::{error::Error, io::Write, path::Path, time::Instant};

use firesteel::actors::trace::{Record, Setup, Timeline, TraceReader};
use serde::{Deserialize, Serialize};

use super::{
    child,
    context::{Context, Outcome},
    report::Report,
};

/// Messages that the trace has at least.
const MESSAGES: u64 = 10_000_000;
/// Tasks of each of its jobs. A state is as large as the job that runs.
const TASKS: usize = 20_000;
/// Messages of a task that are counted on, rather too few.
const MESSAGES_PER_TASK: usize = 13;
/// Moments that are reached, each in three ways.
const MOMENTS: u64 = 200;

/// What the child tells, in milliseconds: the longest of each way.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    messages: u64,
    first_pass_seconds: f64,
    by_number: f64,
    by_time: f64,
    by_id: f64,
    median: f64,
}

/// Runs the bench and emits its report.
///
/// # Errors
/// If a child fails, or the trace is too short.
pub(crate) fn run(_context: &Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("seek.trace");
    let file = file.to_str().ok_or("the temporary directory's name is not UTF-8")?;
    let jobs = MESSAGES as usize / MESSAGES_PER_TASK / TASKS;
    child::run("noop", &["local[2]", "payload", &TASKS.to_string(), &jobs.to_string(), file])?;
    let finished = child::run("trace_seek", &[file])?;
    let answer: Answer = serde_json::from_str(&finished.stdout)?;
    if answer.messages < MESSAGES {
        return Err(format!("the trace has only {} messages", answer.messages).into());
    }
    let longest = answer.by_number.max(answer.by_time).max(answer.by_id);
    Report::new("trace_seek", longest, "ms")
        .with("messages", answer.messages)
        .with("tasks_per_job", TASKS)
        .with("by_number_ms", answer.by_number)
        .with("by_time_ms", answer.by_time)
        .with("by_id_ms", answer.by_id)
        .with("median_ms", answer.median)
        .with("peak_rss_bytes", finished.peak_rss_bytes)
        .emit()?;
    Ok(Report::new("trace_first_pass", answer.first_pass_seconds, "s")
        .with("messages", answer.messages)
        .emit()?)
}

/// `trace_seek FILE`: goes through a trace once, and reaches moments of it.
pub(crate) fn child(arguments: &[String]) -> Outcome {
    let [file] = arguments else {
        return Err(format!("expected the argument FILE, got {arguments:?}").into());
    };
    let mut reader = TraceReader::open(Path::new(file))?;
    let messages = reader.total()?;
    let mut timeline = Timeline::new(Setup::of_trace(&reader)?, TraceReader::open(Path::new(file))?);
    let begun = Instant::now();
    timeline.at_end()?;
    let first_pass_seconds = begun.elapsed().as_secs_f64();
    let (mut longest, mut all) = ([0.0; 3], Vec::new());
    for moment in 0..MOMENTS {
        // Spread over the whole trace, in no order.
        let place = moment.wrapping_mul(0x9E37_79B9_7F4A_7C15) % messages.max(1);
        let Record { number, head, handled, .. } = head_at(&mut reader, place)?;
        let mut timed = |way: usize, reach: &mut dyn FnMut() -> Outcome| -> Outcome {
            let begun = Instant::now();
            reach()?;
            let took = begun.elapsed().as_secs_f64() * 1e3;
            all.push(took);
            if let Some(longest) = longest.get_mut(way) {
                *longest = took.max(*longest);
            }
            Ok(())
        };
        timed(0, &mut || timeline.after(number).map(drop).map_err(Into::into))?;
        timed(1, &mut || timeline.at(handled).map(drop).map_err(Into::into))?;
        timed(2, &mut || {
            let place = timeline.place(head.id)?;
            timeline.after(place + 1).map(drop).map_err(Into::into)
        })?;
    }
    all.sort_by(f64::total_cmp);
    let median = all.get(all.len() / 2).copied().unwrap_or_default();
    let [by_number, by_time, by_id] = longest;
    let answer = Answer { messages, first_pass_seconds, by_number, by_time, by_id, median };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &answer)?;
    Ok(writeln!(out)?)
}

/// The head at a place.
fn head_at(reader: &mut TraceReader, place: u64) -> Result<Record, Box<dyn Error>> {
    reader.seek(place)?;
    Ok(reader.heads().next().ok_or("the trace is shorter than its index says")??)
}
