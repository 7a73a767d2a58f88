//! The answer of a word count, and the check that all answers of a run are one and the same.
//!
//! Words are separated by the bytes 09 to 0d and 20 and compared as bytes. Speed is none of this file's business.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The numbers that sum up a table of word counts.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Totals {
    /// Words in the text, repeats included.
    pub(crate) words: u64,
    /// Different words.
    pub(crate) distinct: u64,
    /// Sum over the different words of count squared: a cheap check of every single count.
    pub(crate) sumsq: u64,
}

impl Totals {
    /// Takes in one more different word, which occurred `count` times.
    pub(crate) fn add_word(&mut self, count: u64) {
        self.words += count;
        self.distinct += 1;
        self.sumsq += count * count;
    }

    /// Takes in the totals of other words, none of them among those seen here.
    pub(crate) fn add(&mut self, other: Self) {
        self.words += other.words;
        self.distinct += other.distinct;
        self.sumsq += other.sumsq;
    }

    /// What is known beforehand of a text of `bytes` bytes: the totals of the text from Debian's linux-source-6.1
    /// 6.1.192-2, told by its size.
    pub(crate) fn known(bytes: u64) -> Option<Self> {
        match bytes {
            104_857_557 => Some(Self { words: 12_478_544, distinct: 1_439_609, sumsq: 646_241_131_518 }),
            1_206_934_306 => {
                Some(Self { words: 100_140_304, distinct: 11_652_850, sumsq: 71_177_646_553_612 })
            }
            _ => None,
        }
    }
}

/// What a word count prints, as one line of JSON.
///
/// ```json
/// {"words":3,"distinct":2,"sumsq":5,"top":[["to",2],["be",1]],"seconds":0.1}
/// ```
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct WordCount {
    /// The totals over all words.
    #[serde(flatten)]
    pub(crate) totals: Totals,
    /// The 20 most frequent words with their counts: highest count first, then in byte order.
    pub(crate) top: Vec<(String, u64)>,
    /// Seconds from the start of the work to the answer, without the start and the end of the process.
    pub(crate) seconds: f64,
}

/// An answer that is not the right one.
#[derive(Debug, Error)]
pub(crate) enum WrongAnswer {
    /// The totals differ.
    #[error("wrong answer of {who}: {found:?}, but {other} has {expected:?}")]
    Totals {
        /// Whose answer it is.
        who: String,
        /// Its totals.
        found: Totals,
        /// What it is held against.
        other: String,
        /// The totals there.
        expected: Totals,
    },
    /// The totals agree, the most frequent words do not.
    #[error("wrong answer of {who}: its most frequent words are {found:?}, but {other} has {expected:?}")]
    Top {
        /// Whose answer it is.
        who: String,
        /// Its most frequent words.
        found: Vec<(String, u64)>,
        /// What it is held against.
        other: String,
        /// The most frequent words there.
        expected: Vec<(String, u64)>,
    },
}

/// Holds every answer of a run against what is known of the text, and against the run's first answer.
pub(crate) struct AnswerCheck {
    known: Option<Totals>,
    first: Option<(String, WordCount)>,
}

impl AnswerCheck {
    /// A check for one text, of which `known` is known beforehand.
    pub(crate) fn new(known: Option<Totals>) -> Self {
        Self { known, first: None }
    }

    /// Checks the answer that `who` gave.
    ///
    /// # Errors
    /// If the answer differs from what is known, or from the first one given.
    pub(crate) fn check(&mut self, who: &str, answer: WordCount) -> Result<(), WrongAnswer> {
        let differs = |other: &str, expected| WrongAnswer::Totals {
            who: who.to_owned(),
            found: answer.totals,
            other: other.to_owned(),
            expected,
        };
        if let Some(known) = self.known.filter(|known| *known != answer.totals) {
            return Err(differs("the reference", known));
        }
        match &self.first {
            None => self.first = Some((who.to_owned(), answer)),
            Some((other, first)) if first.totals != answer.totals => {
                return Err(differs(other, first.totals));
            }
            Some((other, first)) if first.top != answer.top => {
                return Err(WrongAnswer::Top {
                    who: who.to_owned(),
                    found: answer.top,
                    other: other.clone(),
                    expected: first.top.clone(),
                });
            }
            Some(_) => {}
        }
        Ok(())
    }
}
