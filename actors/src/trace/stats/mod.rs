//! How many messages there are, how long they wait, and how long actors handle them.
//!
//! Counted while a trace is read, in memory that grows with the number of rows only. What a trace does not tell is
//! not made up: it has no end of a handling, so only those are measured whose end shows (see [`Stats::see`]).

mod group;
mod histogram;
mod report;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use group::{By, NotAGroup};
pub use histogram::Distribution;
pub use report::{StatsReport, StatsRow};

use self::{group::Part, histogram::Histogram};
use super::Record;
use crate::Time;

/// A row is counted by two things at most; the second is nothing if there is one.
type Key = [Part; 2];

/// Counts messages.
///
/// ```
/// # use firesteel_actors::trace::{By, Filter, Messages, Stats};
/// # fn print(trace: &Messages, filter: &mut Filter) {
/// let mut stats = Stats::new(By::Class, Some(By::Kind));
/// for record in trace {
///     stats.see(record, filter.accepts(record));
/// }
/// println!("{}", stats.report());
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Stats {
    first: By,
    second: Option<By>,
    rows: BTreeMap<Key, Row>,
    total: Row,
    /// When the first and the last of the counted messages were handled.
    span: Option<(Time, Time)>,
    /// The message that an actor handled last, and what it counts under if it counts.
    handling: Option<(Time, Option<Key>)>,
}

#[derive(Clone, Debug, Default)]
struct Row {
    count: u64,
    waited: Histogram,
    handling: Histogram,
}

impl Stats {
    /// Counts by one or two things.
    pub fn new(first: By, second: Option<By>) -> Self {
        Stats { first, second, rows: BTreeMap::new(), total: Row::default(), span: None, handling: None }
    }

    /// Looks at the next message of the trace, and counts it if `counts`. It has to see all messages, since the next
    /// one may show when the handling of this one ended: all actors of a system share one thread, so if the next
    /// message for an actor had been sent by then, that thread went from the one to the other without a pause. The
    /// handling of a message after which nothing was waiting has no end in the trace, and is not measured.
    pub fn see(&mut self, record: &Record, counts: bool) {
        self.end_handling(record);
        let key = counts.then(|| self.count(record));
        if record.to().is_core() {
            self.handling = Some((record.handled, key));
        }
    }

    fn count(&mut self, record: &Record) -> Key {
        let second = self.second.map_or(Part::Nothing, |by| by.part(record));
        let key = [self.first.part(record), second];
        // A message to itself is a timer: its wait is its delay.
        let waited =
            (record.from() != record.to()).then(|| record.handled.0.saturating_sub(record.head.sent.0));
        for row in [self.rows.entry(key).or_default(), &mut self.total] {
            row.count += 1;
            if let Some(waited) = waited {
                row.waited.add(waited);
            }
        }
        let (begin, end) = self.span.unwrap_or((record.handled, record.handled));
        self.span = Some((begin.min(record.handled), end.max(record.handled)));
        key
    }

    fn end_handling(&mut self, next: &Record) {
        if !next.to().is_core() {
            return;
        }
        let Some((begun, Some(key))) = self.handling.take() else { return };
        // The trace has one time for a handling's begin and for what is sent in it.
        if next.head.sent > begun || next.from() == next.to() {
            return;
        }
        let took = next.handled.0.saturating_sub(begun.0);
        self.total.handling.add(took);
        if let Some(row) = self.rows.get_mut(&key) {
            row.handling.add(took);
        }
    }

    /// What has been counted so far.
    pub fn report(&self) -> StatsReport {
        let seconds = self.span.map_or(0.0, |(begin, end)| end.since(begin).as_secs_f64());
        let by: Vec<_> = std::iter::once(self.first).chain(self.second).collect();
        let row = |names: Vec<String>, row: &Row| StatsRow {
            names,
            count: row.count,
            per_second: if seconds > 0.0 { row.count as f64 / seconds } else { 0.0 },
            waited: row.waited.distribution(),
            handling: row.handling.distribution(),
        };
        let names = |key: &Key| key.iter().take(by.len()).map(Part::to_string).collect();
        let mut rows: Vec<_> = self.rows.iter().map(|(key, counted)| row(names(key), counted)).collect();
        // Most messages first; rows come in the order of their names, and equal ones stay so.
        rows.sort_by_key(|row| std::cmp::Reverse(row.count));
        StatsReport {
            by: by.iter().map(|by| by.name()).collect(),
            begin: self.span.map(|(begin, _)| begin),
            end: self.span.map(|(_, end)| end),
            total: row(Vec::new(), &self.total),
            rows,
        }
    }
}
