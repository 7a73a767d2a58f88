//! `word_count_100m`: the engine's word count of the benchmark text against the hand-written one.
//!
//! Both sides are children of this executable, timed from start to end of the process, answers checked every time.

use std::{cell::RefCell, error::Error, fs};

use super::{
    answer::{AnswerCheck, Totals, WordCount},
    child,
    compare::{self, Sample},
    context::{Context, Outcome},
    report::Report,
};

/// The bench's name.
const NAME: &str = "word_count_100m";

/// Pairs of runs. Odd, so that a median is a run that took place.
const PAIRS: usize = 15;

/// Runs the bench and emits its report.
///
/// # Errors
/// If there is no text, a side fails, or an answer is wrong.
pub(crate) fn run(context: &Context) -> Outcome {
    let text = context.text()?;
    let size = fs::metadata(text)?.len();
    let text = text.to_str().ok_or_else(|| format!("{} is not UTF-8; rename it", text.display()))?;
    let check = RefCell::new(AnswerCheck::new(Totals::known(size)));
    let run = |program: &str| -> Result<Sample, Box<dyn Error>> {
        let finished = child::run(program, &[text, &Context::THREADS.to_string()])?;
        let answer: WordCount = serde_json::from_str(&finished.stdout)?;
        check.borrow_mut().check(program, answer)?;
        Ok(Sample { seconds: finished.wall_seconds, peak_rss_bytes: finished.peak_rss_bytes })
    };
    let compare::Comparison { seconds, peak_rss_bytes } =
        compare::in_turn(NAME, PAIRS, &mut || run("word_count"), &mut || run("word_count_baseline"))?;
    Report::new(NAME, seconds.subject, "s")
        .baseline(seconds.baseline, seconds.ratio)
        .with("peak_rss_bytes", peak_rss_bytes.subject)
        .with("baseline_peak_rss_bytes", peak_rss_bytes.baseline)
        .with("peak_rss_ratio", peak_rss_bytes.ratio)
        .with("text_bytes", size)
        .with("threads", Context::THREADS)
        .with("pairs", PAIRS)
        .emit()?;
    Ok(())
}
