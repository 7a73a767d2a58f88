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
mod show;
mod writer;

pub use error::TraceError;
pub use format::{Header, VERSION};
pub use messages::Messages;
pub use reader::TraceReader;
pub use record::Record;
pub use show::{JsonRecord, json, line};
pub use writer::TraceWriter;
