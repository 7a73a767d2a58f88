//! The message trace: every message, recorded as it is handled, and read back.
//!
//! [`TraceWriter`] records to a file, [`TraceRing`] the last messages in memory; both observe a system's door, and
//! [`RecordOptions`] says what they take. [`TraceReader`] reads a file: in order, from a place or moment, behind damage,
//! while it is still written. The format is described in `docs/trace-format.md`. It does not replay; it keeps what a
//! replay needs.

mod block_reader;
mod check;
mod error;
mod file_thread;
mod format;
#[doc(hidden)]
pub mod fuzz;
mod messages;
mod options;
mod reader;
mod record;
mod replay;
mod ring;
mod scanned;
mod show;
mod source;
mod state;
mod what_if;
mod writer;

pub use check::{Check, Checked, Monitor, Violation, check};
pub use error::TraceError;
pub use format::{Header, VERSION};
pub use messages::Messages;
pub use options::RecordOptions;
pub use reader::{Payloads, TraceEnd, TraceReader};
pub use record::Record;
pub use replay::{
    Cores, Difference, DifferenceKind, ExecutorStart, Recording, Replay, ReplayError, Report, Setup,
    Timeline, replay,
};
pub use ring::TraceRing;
pub use scanned::Scanned;
pub use show::{JsonRecord, json, line};
pub use state::{Change, State, changes};
pub use what_if::{Change as WhatIfChange, JobOutcome, Outcome, WhatIf, what_if};
pub use writer::TraceWriter;
