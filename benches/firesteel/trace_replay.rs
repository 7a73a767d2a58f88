//! `trace_replay`: how many messages of a trace are replayed in a second. A replay reads the file and compares every
//! message of an actor.

use std::{error::Error, path::Path, time::Instant};

use firesteel::actors::trace::{Setup, TraceReader, replay_trace};

use super::{
    context::{Context, Outcome},
    trace_rate::TraceRate,
};

const RATE: TraceRate = TraceRate { name: "trace_replay", tasks: 200_000, rounds: 3, pass };

/// Runs the bench and emits its report.
///
/// # Errors
/// If a child fails.
pub(crate) fn run(_context: &Context) -> Outcome {
    RATE.run()
}

/// `trace_replay FILE`: replays a trace some times.
pub(crate) fn child(arguments: &[String]) -> Outcome {
    RATE.child(arguments)
}

fn pass(file: &Path) -> Result<(u64, f64), Box<dyn Error>> {
    let setup = Setup::of_trace(&TraceReader::open(file)?)?;
    let (mut reader, begun) = (TraceReader::open(file)?, Instant::now());
    let messages = replay_trace(setup, &mut reader)?.messages;
    Ok((messages, begun.elapsed().as_secs_f64()))
}
