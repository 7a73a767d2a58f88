//! The message trace: every message, written to a file as it is handled, and read back.
//!
//! [`TraceWriter`] observes a system's door; [`TraceReader`] reads a file, up to a torn tail if there is one.
//! The format is described in `docs/trace-format.md`: a header, then one record a message. It does not replay;
//! it keeps what a replay needs.

mod error;
mod format;
mod messages;
mod reader;
mod record;
mod replay;
mod show;
mod state;
mod writer;

pub use error::TraceError;
pub use format::{Header, VERSION};
pub use messages::Messages;
pub use reader::TraceReader;
pub use record::Record;
pub use replay::{
    Cores, Difference, DifferenceKind, ExecutorStart, Recording, Replay, ReplayError, Report, Setup, Timeline, TraceFile,
    replay,
};
pub use show::{JsonRecord, json, line};
pub use state::{Change, State, changes};
pub use writer::TraceWriter;
