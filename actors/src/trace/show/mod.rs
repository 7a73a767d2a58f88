//! Messages as lines, for people, and as JSON, for programs.
//!
//! It only makes texts: reading, filtering and printing are its users'.

mod columns;
mod fold;
mod json;
mod lines;
#[cfg(test)]
mod tests;

pub use columns::{Column, NotAColumn};
pub use fold::{Folder, Shown};
pub use json::JsonRecord;
pub use lines::{Lines, Times};

use super::Record;

/// One line: time, from, to, kind, the ids that matter, id and cause.
///
/// Such as `0.001204 DAGScheduler → TaskScheduler SubmitTasks job 0 stage 0.0 x4 [DAGScheduler#3 ← Host-0#1]`.
/// [`Lines`] has other columns, other times, and colours.
pub fn line(record: &Record) -> String {
    let mut text = String::new();
    Lines::default().write(record, &mut text);
    text
}
