//! `trace_scan`: how many messages of a trace a filter looks at in a second. The filter wants the messages of one task, so
//! that a few are decoded.

use std::{error::Error, path::Path, time::Instant};

use firesteel::actors::trace::{Filter, TraceReader};

use super::{
    context::{Context, Outcome},
    trace_rate::TraceRate,
};

const RATE: TraceRate = TraceRate { name: "trace_scan", tasks: 500_000, rounds: 5, pass };

/// Runs the bench and emits its report.
///
/// # Errors
/// If a child fails.
pub(crate) fn run(_context: &Context) -> Outcome {
    RATE.run()
}

/// `trace_scan FILE`: scans a trace some times.
pub(crate) fn child(arguments: &[String]) -> Outcome {
    RATE.child(arguments)
}

fn pass(file: &Path) -> Result<(u64, f64), Box<dyn Error>> {
    let mut reader = TraceReader::open(file)?;
    let messages = reader.total()?;
    let begun = Instant::now();
    let mut filter: Filter = "task = 1000".parse()?;
    let kept = reader.filtered(|head| filter.accepts(head)).count();
    if kept == 0 {
        return Err("the filter found nothing".into());
    }
    Ok((messages, begun.elapsed().as_secs_f64()))
}
