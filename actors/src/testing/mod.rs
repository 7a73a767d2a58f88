//! Testing programs around the actors by the messages that were exchanged.
//!
//! - [`Probe`] collects the messages of a running system and waits for those that a test expects, by the wall clock on
//!   actix and by the virtual clock on the loop.
//! - [`TraceAssertions`] says of a whole trace what must, and what must not, be in it.
//! - [`assert_golden`] compares a trace with a file, without what differs from run to run.
//!
//! Messages are named by a [`Pattern`]: the text of a filter, as `firesteel trace show` takes it, or a closure. What is
//! not as expected is a panic at the line of the test, which says what was expected and shows what came nearest.

mod assertions;
mod failure;
mod golden;
mod pattern;
mod probe;
#[cfg(test)]
mod tests;

pub use assertions::TraceAssertions;
pub use golden::{BLESS, assert_golden, stable_text};
pub use pattern::{Matcher, Pattern};
pub use probe::{Probe, Within};
