//! The message trace: every message, written to a file as it is handled, and read back.
//!
//! [`TraceWriter`] observes a system's door; [`TraceReader`] reads a file, up to a torn tail if there is one.
//! The format is described in `docs/trace-format.md`: a header, then one record a message. It does not replay;
//! it keeps what a replay needs.

mod error;
mod filter;
mod format;
mod messages;
mod reader;
mod record;
#[cfg(test)]
mod sample;
mod show;
mod stats;
mod units;
mod writer;

pub use error::TraceError;
pub use filter::{Filter, FilterError};
pub use format::{Header, VERSION};
pub use messages::Messages;
pub use reader::TraceReader;
pub use record::Record;
pub use show::{Column, Folder, JsonRecord, Lines, NotAColumn, Shown, Times, line};
pub use stats::{By, Distribution, NotAGroup, Stats, StatsReport, StatsRow};
pub use units::{NotADuration, parse_duration};
pub use writer::TraceWriter;
