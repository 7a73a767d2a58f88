//! `executor_loss`: from the kill of an executor to the launch of its task on another. `word_count_killed`: what it costs a
//! word count to lose one of two executors half way.

use std::{
    error::Error,
    path::Path,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use firesteel::{
    Context as Firesteel, SparkListener,
    actors::{ExecutorId, message::SparkListenerEvent},
};
use serde::{Deserialize, Serialize};

use super::{LARGE_MASTER, MASTER, print};
use crate::{
    child,
    compare::median,
    context::{Context, Outcome},
    data,
    engine_word_count::word_count_in,
    report::Report,
};

/// Losses, of which the median counts.
const ROUNDS: usize = 7;
/// Nothing that is waited for takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Tells of tasks that start: where, when, and of which partition.
struct Starts(std::sync::Mutex<mpsc::Sender<(ExecutorId, u32, Instant)>>);

impl SparkListener for Starts {
    fn on_event(&self, event: &SparkListenerEvent) {
        if let SparkListenerEvent::TaskStart(start) = event
            && let Ok(starts) = self.0.lock()
        {
            starts.send((start.task_info.executor_id, start.task_info.partition_id, Instant::now())).ok();
        }
    }
}

/// Ends an executor without a word.
fn kill(context: &Firesteel, executor_id: ExecutorId) -> Result<Instant, Box<dyn Error>> {
    let executor = context.executors().into_iter().find(|executor| executor.executor_id == executor_id);
    let process_id = executor.ok_or("the executor is gone already")?.process_id;
    let process = i32::try_from(process_id).ok().and_then(rustix::process::Pid::from_raw);
    let killed = Instant::now();
    rustix::process::kill_process(process.ok_or("no process")?, rustix::process::Signal::KILL)?;
    Ok(killed)
}

/// `loss`: prints the milliseconds from a kill to the relaunch.
pub(crate) fn child(_arguments: &[String]) -> Outcome {
    let (sender, starts) = mpsc::channel();
    let listener = Arc::new(Starts(std::sync::Mutex::new(sender)));
    let context = Firesteel::builder().master(MASTER).listener(listener).start()?;
    let job = context.range(0..2, 1, 2).map_partitions(|rows| {
        // Until its job is cancelled, or its process killed.
        let task = firesteel::task::TaskContext::get();
        while task.as_ref().is_some_and(|task| !task.is_interrupted()) {
            std::thread::sleep(Duration::from_millis(1));
        }
        rows
    });
    let waits = std::thread::spawn(move || job.count().is_err());
    let (first, partition, _) = starts.recv_timeout(LIMIT)?;
    starts.recv_timeout(LIMIT)?;
    let killed = kill(&context, first)?;
    let relaunched = loop {
        let (executor, of, at) = starts.recv_timeout(LIMIT)?;
        if of == partition && executor != first {
            break at;
        }
    };
    context.cancel_all_jobs()?;
    waits.join().map_err(|_| "the waiting thread panicked")?;
    print(&(relaunched.duration_since(killed).as_secs_f64() * 1e3))
}

/// Runs the bench and emits its report.
///
/// # Errors
/// If a child fails.
pub(crate) fn run(_context: &Context) -> Outcome {
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..ROUNDS {
        times.push(serde_json::from_str(&child::run("loss", &[])?.stdout)?);
    }
    let most = times.iter().copied().fold(0.0, f64::max);
    Ok(Report::new("executor_loss", median(times.into_iter()), "ms").with("most_ms", most).emit()?)
}

/// A word count that lost an executor.
#[derive(Debug, Serialize, Deserialize)]
struct Killed {
    undisturbed: f64,
    killed: f64,
}

/// `word_count_killed FILE`: prints the seconds of a word count, and of one that loses one of two executors half way. The
/// answers must be the same.
pub(crate) fn killed_child(arguments: &[String]) -> Outcome {
    let [file] = arguments else {
        return Err(format!("expected the argument FILE, got {arguments:?}").into());
    };
    let context = Firesteel::builder().master(LARGE_MASTER).start()?;
    context.range(0..64, 1, 64).count()?;
    let undisturbed = word_count_in(&context, Path::new(file))?;
    let half = Duration::from_secs_f64(undisturbed.seconds / 2.0);
    let victim = context.executors().first().ok_or("there is no executor")?.executor_id;
    let killing = context.clone();
    let killer = std::thread::spawn(move || {
        std::thread::sleep(half);
        kill(&killing, victim).map_err(|error| error.to_string())
    });
    let disturbed = word_count_in(&context, Path::new(file))?;
    killer.join().map_err(|_| "the killing thread panicked")??;
    if (&disturbed.totals, &disturbed.top) != (&undisturbed.totals, &undisturbed.top) {
        return Err("the answer is another when an executor is lost".into());
    }
    print(&Killed { undisturbed: undisturbed.seconds, killed: disturbed.seconds })
}

/// What it costs to lose one of two executors half way.
///
/// # Errors
/// If there is no text, or a child fails.
pub(crate) fn killed(context: &Context) -> Outcome {
    let whole = data::whole();
    let text = if whole.is_file() { whole } else { context.text()?.to_owned() };
    let text = text.to_str().ok_or("the name of the text is not UTF-8")?;
    let (mut killed, mut undisturbed) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let answer: Killed = serde_json::from_str(&child::run("word_count_killed", &[text])?.stdout)?;
        killed.push(answer.killed);
        undisturbed.push(answer.undisturbed);
    }
    let ratio = median(killed.iter().zip(&undisturbed).map(|(killed, undisturbed)| killed / undisturbed));
    let (killed, undisturbed) = (median(killed.into_iter()), median(undisturbed.into_iter()));
    Ok(Report::new("word_count_killed", killed, "s").baseline(undisturbed, ratio).emit()?)
}
