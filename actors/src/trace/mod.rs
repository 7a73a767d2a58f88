//! The message trace: every message, recorded as it is handled, and read back.
//!
//! [`TraceWriter`] records to a file, [`TraceRing`] the last messages in memory; both observe a system's door, and
//! [`RecordOptions`] says what they take. [`TraceReader`] reads a file: in order, from a place or moment, behind damage,
//! while it is still written. The format is described in `docs/trace-format.md`. A [`Filter`] chooses messages, [`Lines`]
//! show them, [`Stats`] count them.
//!
//! Questions about a trace are answered from [`Messages`], a trace in memory: [`story()`] tells a life, [`path()`] causes and
//! effects, [`why()`] reasons and the [`CriticalPath`] of a job, [`diff()`] what two runs differ in, and a [`Diagram`] is drawn
//! as text, Mermaid or PlantUML. They work from heads; reasons and texts come from payloads. `docs/trace.md` shows them.
//!
//! A [`Replay`] drives the actors again from what was recorded and compares; a [`Timeline`] has their [`State`]s at any
//! moment, [`what_if()`] lets a run go on otherwise, and [`check()`] looks at what must hold in every run.

mod block_reader;
#[cfg(test)]
mod by_hand;
mod check;
#[cfg(test)]
mod crafted;
mod diff;
mod error;
mod file_thread;
mod filter;
mod format;
#[doc(hidden)]
pub mod fuzz;
mod merged_ids;
mod messages;
mod options;
mod path;
mod places;
mod reader;
mod record;
mod replay;
mod ring;
mod run;
#[cfg(test)]
mod sample;
mod scanned;
mod seq;
mod show;
mod source;
mod state;
mod stats;
mod story;
mod text;
mod what_if;
mod why;
mod writer;

pub use crate::units::{NotADuration, parse_duration};
pub use check::{Check, Checked, Monitor, Violation, check};
pub use diff::{Ancestor, Diff, Divergence, Parting, TaskTiming, Timing, diff};
pub use error::{NoSuchMessage, TraceError};
pub use filter::{Filter, FilterError};
pub use format::{Header, VERSION};
pub use merged_ids::MergedIds;
pub use messages::Messages;
pub use options::RecordOptions;
pub use path::{Effects, GENERATIONS, Link, MessagePath, path};
pub use reader::{Payloads, TraceEnd, TraceReader};
pub use record::Record;
pub use replay::{
    Cores, Difference, DifferenceKind, ExecutorStart, Recording, Replay, ReplayError, Report, Setup,
    Timeline, replay, replay_trace,
};
pub use ring::TraceRing;
pub use run::{Attempt, ExecutorEvent, ExecutorLife, JobLife, Kill, Moment, Run, StageLife, Waited};
pub use scanned::Scanned;
pub use seq::{Arrow, Diagram, Item, Lane, Look, MERMAID_ARROWS, mermaid, plantuml, text as sequence_text};
pub use show::{Column, Folder, JsonRecord, Lines, NotAColumn, Shown, Times, line};
pub use state::{Change, State, changes};
pub use stats::{By, Distribution, NotAGroup, Stats, StatsReport, StatsRow};
pub use story::{Chapter, NotASubject, NotInTrace, Step, Story, Subject, Wait, story};
pub use what_if::{Change as WhatIfChange, JobOutcome, Outcome, WhatIf, what_if};
pub use why::{Answer, CriticalPath, Segment, TimeKind, Why, why};
pub use writer::TraceWriter;
