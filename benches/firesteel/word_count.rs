//! `word_count_100m`, `word_count_1g`: the engine's word count of the benchmark text against the hand-written one.
//!
//! Both sides are children of this executable, timed from start to end of the process, answers checked every time.

use std::{cell::RefCell, error::Error, fs, path::Path};

use super::{
    answer::{AnswerCheck, Totals, WordCount},
    child,
    compare::{self, Sample},
    context::{Context, Outcome},
    data,
    report::Report,
};

/// Counts the text of about 100 MiB, in 15 pairs of runs: odd, so that a median is a run that took place.
///
/// # Errors
/// If there is no text, a side fails, or an answer is wrong.
pub(crate) fn run_100m(context: &Context) -> Outcome {
    run("word_count_100m", context.text()?, 15)
}

/// Counts the whole text of 1.2 GB, in 5 pairs of runs. Without that text there is nothing to report.
///
/// # Errors
/// If a side fails, or an answer is wrong.
pub(crate) fn run_1g(_context: &Context) -> Outcome {
    let text = data::whole();
    if !text.is_file() {
        eprintln!(
            "word_count_1g: skipped, for there is no {}; docs/benchmarks.md says what it is",
            text.display()
        );
        return Ok(());
    }
    run("word_count_1g", &text, 5)
}

fn run(name: &str, text: &Path, pairs: usize) -> Outcome {
    let size = fs::metadata(text)?.len();
    let text = text.to_str().ok_or_else(|| format!("{} is not UTF-8; rename it", text.display()))?;
    let check = RefCell::new(AnswerCheck::new(Totals::known(size)));
    let (threads, master) = (Context::THREADS.to_string(), format!("local[{}]", Context::THREADS));
    let run = |program: &str, how: &str| -> Result<Sample, Box<dyn Error>> {
        let finished = child::run(program, &[text, how])?;
        let answer: WordCount = serde_json::from_str(&finished.stdout)?;
        check.borrow_mut().check(program, answer)?;
        Ok(Sample { seconds: finished.wall_seconds, peak_rss_bytes: finished.peak_rss_bytes })
    };
    let compare::Comparison { seconds, peak_rss_bytes } =
        compare::in_turn(name, pairs, &mut || run("word_count", &master), &mut || {
            run("word_count_baseline", &threads)
        })?;
    Report::new(name, seconds.subject, "s")
        .baseline(seconds.baseline, seconds.ratio)
        .with("peak_rss_bytes", peak_rss_bytes.subject)
        .with("baseline_peak_rss_bytes", peak_rss_bytes.baseline)
        .with("peak_rss_ratio", peak_rss_bytes.ratio)
        .with("text_bytes", size)
        .with("threads", Context::THREADS)
        .with("pairs", pairs)
        .emit()?;
    Ok(())
}
