//! What a side of a workload finds.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a side prints, as one line of JSON.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Answer {
    /// The numbers that it found, as a text: both sides print the same.
    pub(crate) found: String,
    /// Seconds from the start of the work to the answer.
    pub(crate) seconds: f64,
}

/// An answer that is not the right one.
#[derive(Debug, Error)]
#[error("wrong answer of {who}: {found}; expected {expected}")]
pub(crate) struct WrongAnswer {
    who: String,
    found: String,
    expected: String,
}

impl Answer {
    /// Checks what `who` found.
    ///
    /// # Errors
    /// If it is not what is expected.
    pub(crate) fn check(&self, who: &str, expected: &str) -> Result<(), WrongAnswer> {
        if self.found == expected {
            return Ok(());
        }
        let (who, found) = (who.to_owned(), self.found.clone());
        Err(WrongAnswer { who, found, expected: expected.to_owned() })
    }
}
