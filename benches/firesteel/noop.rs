//! A job of tasks that do nothing: what the control plane alone costs.

use std::{error::Error, io::Write, path::Path, time::Instant};

use firesteel::{
    Context, ContextBuilder,
    actors::trace::{RecordOptions, TraceReader},
};
use serde::{Deserialize, Serialize};

use super::context::Outcome;

/// What the recorder does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recording {
    /// Nobody observes.
    Off,
    /// The head of every message goes to a file.
    Heads,
    /// Every message goes to a file with what it says.
    Payload,
}

impl Recording {
    /// Its name as an argument.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Recording::Off => "off",
            Recording::Heads => "heads",
            Recording::Payload => "payload",
        }
    }
}

/// What the child tells.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NoopAnswer {
    /// Tasks per second, the median of the jobs.
    pub(crate) tasks_per_second: f64,
    /// Messages that were recorded, all jobs together.
    pub(crate) messages: u64,
    /// Bytes of the trace.
    pub(crate) bytes: u64,
    /// Tasks, all jobs together.
    pub(crate) tasks: u64,
}

/// Has a context recorded as an argument says.
pub(crate) fn record(
    builder: ContextBuilder,
    recording: &str,
    file: &str,
) -> Result<ContextBuilder, Box<dyn Error>> {
    match recording {
        "off" => Ok(builder),
        "heads" => Ok(builder.record(file, RecordOptions::heads())),
        "payload" => Ok(builder.record(file, RecordOptions::payloads())),
        other => Err(format!("no recording {other}").into()),
    }
}

/// `noop MASTER RECORDING TASKS JOBS FILE`: some jobs of no-op tasks one after the other, after one to warm up.
pub(crate) fn child(arguments: &[String]) -> Outcome {
    let [master, recording, tasks, jobs, file] = arguments else {
        return Err(
            format!("expected the arguments MASTER RECORDING TASKS JOBS FILE, got {arguments:?}").into()
        );
    };
    let (tasks, jobs): (usize, usize) = (tasks.parse()?, jobs.parse()?);
    let context = record(Context::builder().master(master), recording, file)?.start()?;
    let rdd = context.range(0..tasks as i64, 1, tasks);
    let mut rates = Vec::with_capacity(jobs);
    for job in 0..=jobs {
        let begun = Instant::now();
        rdd.for_each(|_| {})?;
        if job > 0 {
            rates.push(tasks as f64 / begun.elapsed().as_secs_f64());
        }
    }
    context.stop();
    let is_recorded = recording != Recording::Off.name();
    let messages = if is_recorded { TraceReader::open(Path::new(file))?.total()? } else { 0 };
    let bytes = if is_recorded { std::fs::metadata(file)?.len() } else { 0 };
    rates.sort_by(f64::total_cmp);
    let answer = NoopAnswer {
        tasks_per_second: rates.get(rates.len() / 2).copied().unwrap_or_default(),
        messages,
        bytes,
        tasks: ((jobs + 1) * tasks) as u64,
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &answer)?;
    writeln!(out)?;
    Ok(())
}
