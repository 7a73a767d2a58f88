//! A job of tasks that do nothing: what the control plane alone costs.

use std::{io::Write, path::Path, time::Instant};

use firesteel::{
    Context,
    actors::{carrier::Observed, trace::TraceWriter},
};
use serde::{Deserialize, Serialize};

use super::context::Outcome;

/// What the recorder does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recording {
    /// Nobody observes.
    Off,
    /// An observer looks at every envelope.
    Heads,
    /// Every message goes to a file with its payload.
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
    /// Messages that an observer saw, all jobs together; 0 without one.
    pub(crate) messages: u64,
    /// Tasks, all jobs together.
    pub(crate) tasks: u64,
}

/// `noop RECORDING TASKS JOBS FILE`: some jobs of no-op tasks one after the other with two threads, after one to
/// warm up.
pub(crate) fn child(arguments: &[String]) -> Outcome {
    let [recording, tasks, jobs, file] = arguments else {
        return Err(format!("expected the arguments RECORDING TASKS JOBS FILE, got {arguments:?}").into());
    };
    let (tasks, jobs): (usize, usize) = (tasks.parse()?, jobs.parse()?);
    let messages = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let mut builder = Context::builder().master("local[2]");
    match recording.as_str() {
        "off" => {}
        "heads" => {
            let seen = messages.clone();
            let latest = std::sync::atomic::AtomicU64::new(0);
            builder = builder.observer(move |observed: Observed<'_>| {
                seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                // Something of the envelope is used, so that reading it is not optimised away.
                let wait = observed.handled.since(observed.head.sent).as_nanos() as u64;
                latest.store(wait ^ observed.head.to.code(), std::sync::atomic::Ordering::Relaxed);
            });
        }
        "payload" => {
            let trace = TraceWriter::create(Path::new(file), false)?;
            let seen = messages.clone();
            builder = builder.observer(move |observed: Observed<'_>| {
                seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                firesteel::actors::carrier::Observer::message(&trace, observed);
            });
        }
        other => return Err(format!("no recording {other}").into()),
    }
    let context = builder.start()?;
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
    rates.sort_by(f64::total_cmp);
    let answer = NoopAnswer {
        tasks_per_second: rates.get(rates.len() / 2).copied().unwrap_or_default(),
        messages: messages.load(std::sync::atomic::Ordering::Relaxed),
        tasks: ((jobs + 1) * tasks) as u64,
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &answer)?;
    writeln!(out)?;
    Ok(())
}
