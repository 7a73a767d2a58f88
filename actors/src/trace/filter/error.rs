//! What is wrong with a filter, and where.

use std::{fmt, ops::Range};

/// A filter that cannot be understood. It prints with the filter and a caret under the place:
///
/// ```text
/// `LaunchTsk` is no kind of message; did you mean `LaunchTask`?
///   kind = LaunchTsk
///          ^^^^^^^^^
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    text: String,
    at: Range<usize>,
    reason: String,
}

impl FilterError {
    pub(super) fn new(text: &str, at: Range<usize>, reason: impl Into<String>) -> Self {
        FilterError { text: text.to_owned(), at, reason: reason.into() }
    }

    /// What is wrong, and what was expected.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Which bytes of the filter are meant; empty behind its end.
    pub fn at(&self) -> Range<usize> {
        self.at.clone()
    }
}

impl std::error::Error for FilterError {}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A line break or a tab would move the caret away from its place.
        let line: String = self.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let count = |bytes: Range<usize>| self.text.get(bytes).map_or(0, |part| part.chars().count());
        let (before, width) = (count(0..self.at.start), count(self.at.clone()).max(1));
        write!(f, "{}\n  {line}\n  {:before$}{:^<width$}", self.reason, "", "")
    }
}
