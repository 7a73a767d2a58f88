//! `word_count_processes`: word count with two executor processes of a thread each, against two threads of one process.

use std::{cell::RefCell, error::Error, fs};

use super::LARGE_MASTER;
use crate::{
    answer::{AnswerCheck, Totals, WordCount},
    child,
    compare::{self, Sample},
    context::{Context, Outcome},
    data,
    report::Report,
};

/// Pairs of runs with the whole text, or with the smaller one if that is not there.
const PAIRS: usize = 5;

/// Runs the bench and emits its report.
///
/// # Errors
/// If there is no text, a side fails, or an answer is wrong.
pub(crate) fn run(context: &Context) -> Outcome {
    let whole = data::whole();
    let text = if whole.is_file() { whole } else { context.text()?.to_owned() };
    let size = fs::metadata(&text)?.len();
    let text = text.to_str().ok_or_else(|| format!("{} is not UTF-8; rename it", text.display()))?;
    let check = RefCell::new(AnswerCheck::new(Totals::known(size)));
    let run = |master: &str| -> Result<Sample, Box<dyn Error>> {
        let finished = child::run("word_count", &[text, master])?;
        let answer: WordCount = serde_json::from_str(&finished.stdout)?;
        check.borrow_mut().check(master, answer)?;
        Ok(Sample { seconds: finished.wall_seconds, peak_rss_bytes: finished.peak_rss_bytes })
    };
    let name = "word_count_processes";
    let compared = compare::in_turn(name, PAIRS, &mut || run(LARGE_MASTER), &mut || run("local[2]"))?;
    let seconds = compared.seconds;
    Report::new(name, seconds.subject, "s")
        .baseline(seconds.baseline, seconds.ratio)
        .with("text_bytes", size)
        .with("pairs", PAIRS)
        .emit()?;
    Ok(())
}
