//! What is printed of the counts: totals, and the most frequent words.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io::{self, Write},
};

use firesteel::text::Text;
use serde::{Deserialize, Serialize};

/// A word with its count, ordered by frequency: more is greater, and of equal ones the first in byte order.
type Ranked = (u64, Reverse<Text>);

/// Totals, and the most frequent words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Summary {
    most: usize,
    /// All words.
    pub(crate) words: u64,
    /// Different words.
    pub(crate) distinct: u64,
    /// The sum of the squares of all counts: a cheap check of the whole answer.
    pub(crate) sumsq: u64,
    top: BinaryHeap<Reverse<Ranked>>,
}

impl Summary {
    /// Of nothing yet; the `most` most frequent words will be kept.
    pub(crate) fn new(most: usize) -> Self {
        Summary { most, words: 0, distinct: 0, sumsq: 0, top: BinaryHeap::new() }
    }

    /// With one more word.
    pub(crate) fn add(mut self, word: Text, count: u64) -> Self {
        self.words += count;
        self.distinct += 1;
        self.sumsq = self.sumsq.wrapping_add(count.wrapping_mul(count));
        self.offer((count, Reverse(word)));
        self
    }

    /// Of the words of both.
    pub(crate) fn merge(mut self, other: Summary) -> Self {
        self.words += other.words;
        self.distinct += other.distinct;
        self.sumsq = self.sumsq.wrapping_add(other.sumsq);
        other.top.into_iter().for_each(|Reverse(ranked)| self.offer(ranked));
        self
    }

    fn offer(&mut self, ranked: Ranked) {
        if self.top.len() < self.most {
            self.top.push(Reverse(ranked));
        } else if let Some(mut least) = self.top.peek_mut()
            && least.0 < ranked
        {
            *least = Reverse(ranked);
        }
    }

    /// The most frequent words with their counts, most frequent first.
    pub(crate) fn top(&self) -> Vec<(&Text, u64)> {
        let mut top: Vec<&Ranked> = self.top.iter().map(|Reverse(ranked)| ranked).collect();
        top.sort_by(|a, b| b.cmp(a));
        top.into_iter().map(|(count, Reverse(word))| (word, *count)).collect()
    }

    /// For people.
    pub(crate) fn print(&self, seconds: f64, out: &mut impl Write) -> io::Result<()> {
        for (word, count) in self.top() {
            writeln!(out, "{count:>12}  {word}")?;
        }
        writeln!(out, "{} words, {} distinct, {seconds:.3} s", self.words, self.distinct)
    }

    /// For programs: one line.
    pub(crate) fn print_json(&self, seconds: f64, out: &mut impl Write) -> io::Result<()> {
        let top: Vec<_> = self
            .top()
            .into_iter()
            .map(|(word, count)| (word.to_string_lossy().into_owned(), count))
            .collect();
        let line = Line { words: self.words, distinct: self.distinct, top, seconds };
        let line = serde_json::to_string(&line)?;
        writeln!(out, "{line}")
    }
}

/// What `--json` prints, in this order.
#[derive(Serialize)]
struct Line {
    words: u64,
    distinct: u64,
    top: Vec<(String, u64)>,
    seconds: f64,
}
