//! The engine's side of the word count: the same work as [`baseline`](super::baseline), as an RDD program.

use std::{error::Error, path::Path, time::Instant};

use firesteel::Context;

use super::{
    answer::{Totals, WordCount},
    summary::Summary,
};

/// The words that [`WordCount`] ranks.
const TOP: usize = 20;

/// Counts the words of `file` where `master` says.
///
/// # Errors
/// Whatever ends the job.
pub(crate) fn word_count_engine(file: &Path, master: &str) -> Result<WordCount, Box<dyn Error>> {
    let begun = Instant::now();
    let context = Context::builder().master(master).start()?;
    let count = word_count_in(&context, file)?;
    Ok(WordCount { seconds: begun.elapsed().as_secs_f64(), ..count })
}

/// Counts the words of `file` in a context that is there.
///
/// # Errors
/// Whatever ends the job.
pub(crate) fn word_count_in(context: &Context, file: &Path) -> Result<WordCount, Box<dyn Error>> {
    let begun = Instant::now();
    let path = file.to_str().ok_or_else(|| format!("{} is not UTF-8", file.display()))?;
    let summary = context
        .text_file(path, 2 * context.default_parallelism())
        .flat_map(|line| line.into_words())
        .map(|word| (word, 1u64))
        .reduce_by_key(|a, b| a + b)
        .aggregate(Summary::new(TOP), |summary, (word, count)| summary.add(word, count), Summary::merge)?;
    let seconds = begun.elapsed().as_secs_f64();
    let Summary { words, distinct, sumsq, .. } = summary;
    let top = summary.top().into_iter().map(|(word, count)| (word.to_string_lossy().into_owned(), count));
    Ok(WordCount { totals: Totals { words, distinct, sumsq }, top: top.collect(), seconds })
}
