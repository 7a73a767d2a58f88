//! Messages as lines.

use std::fmt::Write;

use super::Column;
use crate::{
    ActorId, Time,
    trace::{Filter, Record},
    units,
};

/// How times are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// Seconds since the system started.
    #[default]
    Absolute,
    /// Seconds since the first message that is shown.
    Relative,
    /// Seconds since the message that is shown before.
    Delta,
}

/// Writes messages as lines, one after the other.
///
/// ```
/// # use firesteel_actors::trace::{Column, Lines, Messages, Times};
/// # fn print(trace: &Messages) {
/// let mut lines = Lines::new(vec![Column::Time, Column::Kind, Column::Ids]).times(Times::Delta);
/// let mut text = String::new();
/// for record in trace {
///     lines.write(record, &mut text);
///     text.push('\n');
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Lines {
    columns: Vec<Column>,
    times: Times,
    /// Which lines are red, if lines have colours.
    failures: Option<Filter>,
    /// What times count from.
    since: Option<Time>,
}

impl Default for Lines {
    fn default() -> Self {
        Lines::new(Column::USUAL.to_vec())
    }
}

impl Lines {
    /// Lines with these columns.
    pub fn new(columns: Vec<Column>) -> Self {
        Lines { columns, times: Times::Absolute, failures: None, since: None }
    }

    /// With times of this kind.
    #[must_use]
    pub fn times(self, times: Times) -> Self {
        Lines { times, ..self }
    }

    /// With colours for a terminal: actors by what they are, failures red.
    #[must_use]
    pub fn colored(self) -> Self {
        Lines { failures: "failures".parse().ok(), ..self }
    }

    /// Appends the next message's line, without a line break.
    pub fn write(&mut self, record: &Record, to: &mut String) {
        let since = match self.times {
            Times::Absolute => Time::ZERO,
            Times::Relative => *self.since.get_or_insert(record.handled),
            Times::Delta => self.since.replace(record.handled).unwrap_or(record.handled),
        };
        let paint = match self.failures.as_mut().map(|failures| failures.accepts(record)) {
            None => Paint::None,
            Some(true) => Paint::Failure,
            Some(false) => Paint::Actors,
        };
        if paint == Paint::Failure {
            to.push_str(RED);
        }
        let begin = to.len();
        let mut before = None;
        for (place, column) in self.columns.iter().enumerate() {
            let after = self.columns.get(place + 1).copied();
            Cell { record, since, paint, before, after }.write(*column, to);
            before = Some(*column);
        }
        // Columns are padded, also the last one.
        let trimmed = to.get(begin..).map_or(0, |line| line.trim_end().len());
        to.truncate(begin + trimmed);
        if paint == Paint::Failure {
            to.push_str(PLAIN);
        }
    }
}

const RED: &str = "\x1b[31m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// The colours of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paint {
    None,
    Actors,
    Failure,
}

/// A place in a line.
struct Cell<'r> {
    record: &'r Record,
    since: Time,
    paint: Paint,
    before: Option<Column>,
    after: Option<Column>,
}

impl Cell<'_> {
    fn write(&self, column: Column, to: &mut String) {
        let Record { number, head, handled, kind, ids, message } = self.record;
        to.push_str(match (self.before, column) {
            (None, _) => "",
            (Some(Column::From), Column::To) => " → ",
            // With its id, as in `[DAGScheduler#3 ← Host-0#1]`.
            (Some(Column::Id), Column::Cause) => "",
            _ => " ",
        });
        // A time before the one that times count from happens where several threads handle messages.
        let time = |time: Time| Time(time.0.saturating_sub(self.since.0));
        let named = self.after == Some(Column::Cause);
        // Writing to a string does not fail.
        let _ = match column {
            Column::Number => write!(to, "{number:>8}"),
            Column::Time => write!(to, "{:>12}", time(*handled)),
            Column::Sent => write!(to, "{:>12}", time(head.sent)),
            Column::Waited => write!(to, "{:>8}", units::short(handled.0.saturating_sub(head.sent.0))),
            Column::From => self.actor(format_args!("{:>16}", head.from()), head.from(), to),
            Column::To => self.actor(format_args!("{:<16}", head.to), head.to, to),
            Column::Kind => write!(to, "{kind:<26}"),
            Column::Ids if matches!(self.after, None | Some(Column::Id)) => write!(to, "{ids}"),
            Column::Ids => write!(to, "{:<52}", ids.to_string()),
            Column::Id if named => write!(to, "{}[{}", self.dim(), head.id),
            Column::Id => write!(to, "{:<22}", head.id.to_string()),
            Column::Cause if self.before == Some(Column::Id) => {
                let arrow = head.cause.map(|cause| format!(" ← {cause}")).unwrap_or_default();
                write!(to, "{arrow}]{}", self.undim())
            }
            Column::Cause => {
                write!(to, "{:<22}", head.cause.map_or("-".to_owned(), |cause| cause.to_string()))
            }
            Column::Payload => match message {
                Some(message) => write!(to, "{message:?}"),
                None => write!(to, "-"),
            },
        };
    }

    fn actor(&self, name: std::fmt::Arguments<'_>, actor: ActorId, to: &mut String) -> std::fmt::Result {
        match self.paint {
            Paint::Actors => write!(to, "\x1b[{}m{name}{PLAIN}", color(actor)),
            Paint::None | Paint::Failure => write!(to, "{name}"),
        }
    }

    fn dim(&self) -> &'static str {
        if self.paint == Paint::Actors { DIM } else { "" }
    }

    fn undim(&self) -> &'static str {
        if self.paint == Paint::Actors { PLAIN } else { "" }
    }
}

/// A colour by what the actor is: red is for failures.
fn color(actor: ActorId) -> u8 {
    match actor {
        ActorId::DagScheduler => 35,
        ActorId::TaskScheduler => 34,
        ActorId::DriverEndpoint => 36,
        ActorId::ExecutorBackend(_) => 32,
        ActorId::TaskRunner(_) => 33,
        ActorId::JobWaiter(_) | ActorId::Host(_) => 95,
        ActorId::ResultGetter
        | ActorId::ListenerBus
        | ActorId::HeartbeatReceiver
        | ActorId::MapOutputTracker
        | ActorId::BarrierCoordinator
        | ActorId::ExecutorAllocation
        | ActorId::ClusterManager => 90,
    }
}
