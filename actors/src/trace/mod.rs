//! The message trace: every message, recorded as it is handled, and read back.
//!
//! [`TraceWriter`] records to a file, [`TraceRing`] the last messages in memory; both observe a system's door, and
//! [`RecordOptions`] says what they take. [`TraceReader`] reads a file: in order, from a place or moment, behind damage,
//! while it is still written. The format is described in `docs/trace-format.md`. It does not replay; it keeps what a
//! replay needs.

mod block_reader;
mod error;
mod file_thread;
mod filter;
mod format;
#[doc(hidden)]
pub mod fuzz;
mod messages;
mod options;
mod reader;
mod record;
mod ring;
#[cfg(test)]
mod sample;
mod scanned;
mod show;
mod source;
mod stats;
mod units;
mod writer;

pub use error::TraceError;
pub use filter::{Filter, FilterError};
pub use format::{Header, VERSION};
pub use messages::Messages;
pub use options::RecordOptions;
pub use reader::{Payloads, TraceEnd, TraceReader};
pub use record::Record;
pub use ring::TraceRing;
pub use scanned::Scanned;
pub use show::{Column, Folder, JsonRecord, Lines, NotAColumn, Shown, Times, line};
pub use stats::{By, Distribution, NotAGroup, Stats, StatsReport, StatsRow};
pub use units::{NotADuration, parse_duration};
pub use writer::TraceWriter;
