//! `one_task_job`: from an action of one task to its result.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use firesteel::Context as Firesteel;
use serde::{Deserialize, Serialize};

use super::{
    child,
    context::{Context, Outcome},
    report::Report,
};

/// Jobs of each kind in a child.
const JOBS: usize = 3_000;
/// Children, of which the median counts.
const ROUNDS: usize = 5;

#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    back_to_back: f64,
    after_idling: f64,
}

/// `one_task MASTER`: medians in microseconds, back to back and after a millisecond of idling.
pub(crate) fn child(arguments: &[String]) -> Outcome {
    let [master] = arguments else {
        return Err(format!("expected the argument MASTER, got {arguments:?}").into());
    };
    let context = Firesteel::builder().master(master).start()?;
    let rdd = context.range(0..1, 1, 1);
    let mut medians = [0.0; 2];
    for (idle, median) in [Duration::ZERO, Duration::from_millis(1)].into_iter().zip(&mut medians) {
        let mut micros = Vec::with_capacity(JOBS);
        for _ in 0..JOBS {
            if !idle.is_zero() {
                std::thread::sleep(idle);
            }
            let begun = Instant::now();
            rdd.count()?;
            micros.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        micros.sort_by(f64::total_cmp);
        *median = micros.get(JOBS / 2).copied().unwrap_or_default();
    }
    let [back_to_back, after_idling] = medians;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &Answer { back_to_back, after_idling })?;
    writeln!(out)?;
    Ok(())
}

/// Runs the bench and emits its report.
///
/// # Errors
/// If a child fails.
pub(crate) fn run(_context: &Context) -> Outcome {
    run_on("one_task_job", "local[2]")
}

/// As [`run`], under this name and with this master.
pub(crate) fn run_on(name: &str, master: &str) -> Outcome {
    let (mut back_to_back, mut after_idling) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let answer: Answer = serde_json::from_str(&child::run("one_task", &[master])?.stdout)?;
        eprintln!(
            "{name}: {:.1} us back to back, {:.1} us after idling",
            answer.back_to_back, answer.after_idling
        );
        back_to_back.push(answer.back_to_back);
        after_idling.push(answer.after_idling);
    }
    back_to_back.sort_by(f64::total_cmp);
    after_idling.sort_by(f64::total_cmp);
    let middle = |values: &[f64]| values.get(ROUNDS / 2).copied().unwrap_or_default();
    Report::new(name, middle(&back_to_back), "us").with("after_1ms_idle_us", middle(&after_idling)).emit()?;
    Ok(())
}
