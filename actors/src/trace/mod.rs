//! The message trace: every message, written to a file as it is handled, and read back.
//!
//! [`TraceWriter`] observes a system's door; [`TraceReader`] reads a file, up to a torn tail if there is one.
//! The format is described in `docs/trace-format.md`: a header, then one record a message. It does not replay;
//! it keeps what a replay needs.
//!
//! Questions about a trace are answered from [`Messages`], a trace in memory: [`story()`] tells a life, [`path()`] causes and
//! effects, [`why()`] reasons and the [`CriticalPath`] of a job, [`diff()`] what two runs differ in, and a [`Diagram`] is drawn
//! as text, Mermaid or PlantUML. They work from heads; reasons and texts come from payloads. `docs/trace.md` shows them.

#[cfg(test)]
mod by_hand;
mod diff;
mod error;
mod format;
mod merged_ids;
mod messages;
mod path;
mod reader;
mod record;
mod run;
mod seq;
mod show;
mod story;
mod text;
mod why;
mod writer;

pub use diff::{Ancestor, Diff, Divergence, FieldDifference, Parting, TaskTiming, Timing, diff};
pub use error::TraceError;
pub use format::{Header, VERSION};
pub use merged_ids::MergedIds;
pub use messages::Messages;
pub use path::{Effects, GENERATIONS, Link, MessagePath, NoSuchMessage, path};
pub use reader::TraceReader;
pub use record::Record;
pub use run::{Attempt, ExecutorEvent, ExecutorLife, JobLife, Kill, Moment, Run, StageLife, Waited};
pub use seq::{Arrow, Diagram, Item, Lane, Look, MERMAID_ARROWS, mermaid, plantuml, text as sequence_text};
pub use show::{JsonRecord, json, line};
pub use story::{Chapter, NotASubject, NotInTrace, Step, Story, Subject, Wait, story};
pub use why::{Answer, CriticalPath, Segment, TimeKind, Why, why};
pub use writer::TraceWriter;
