//! Filters: which messages of a trace are meant, as people write it down.
//!
//! `docs/trace.md` describes the language. A filter looks at one message after the other, at heads as long as they
//! decide, and allocates nothing for that. It does not read traces: whoever has the messages asks it.

mod ast;
mod causes;
mod error;
mod eval;
mod field;
mod names;
mod parser;
mod pattern;
mod preset;
#[cfg(test)]
mod tests;
mod token;
mod values;

use std::{borrow::Borrow, str::FromStr};

pub use error::FilterError;

use self::{
    ast::{Node, Parsed, Test},
    causes::{Causes, Effects},
    eval::Known,
    field::NumberField,
};
use super::{Record, TraceError};
use crate::{Time, message::MessageId};

/// Which messages are meant, such as `kind = LaunchTask and executor = 2` (`docs/trace.md`).
///
/// Show it all messages in the order of the trace, also those that do not matter: `below` learns from them.
///
/// ```
/// # use firesteel_actors::trace::{Filter, Messages, TraceError};
/// # fn count(trace: &Messages) -> Result<usize, Box<dyn std::error::Error>> {
/// let mut filter: Filter = "to = DAGScheduler and not heartbeats".parse()?;
/// Ok(trace.iter().filter(|record| filter.accepts(record)).count())
/// # }
/// let error = "kind = LaunchTsk".parse::<Filter>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`LaunchTsk` is no kind of message; did you mean `LaunchTask`?\n  kind = LaunchTsk\n         ^^^^^^^^^"
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Filter {
    root: Node,
    known: Known,
}

impl Default for Filter {
    /// Lets all messages through.
    fn default() -> Self {
        Filter { root: Node::All(Vec::new()), known: Known::default() }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Parsed { root, below, above } = parser::parse(text)?;
        let effects = below.into_iter().map(Effects::new).collect();
        let causes = above.into_iter().map(Causes::new).collect();
        Ok(Filter { root, known: Known { effects, causes, ..Known::default() } })
    }
}

impl Filter {
    /// The same, for messages that were handled from `from` to `to`, both included.
    #[must_use]
    pub fn during(self, from: Option<Time>, to: Option<Time>) -> Self {
        if from.is_none() && to.is_none() {
            return self;
        }
        let range = (from.map_or(0, |time| time.0), to.map_or(u64::MAX, |time| time.0));
        let time = Node::Test(Test::Number(NumberField::Time, vec![range]));
        Filter { root: Node::All(vec![time, self.root]), known: self.known }
    }

    /// Whether the next message is meant; `None` if that depends on what the message says and the record has no
    /// payload. The same message may be asked about again with its payload, before the one after it.
    pub fn judge(&mut self, record: &Record) -> Option<bool> {
        for effects in &mut self.known.effects {
            effects.see(&record.head);
        }
        eval::fits(&self.root, record, &mut self.known)
    }

    /// Whether the next message is meant. One that would need its payload, and has none, is not.
    pub fn accepts(&mut self, record: &Record) -> bool {
        self.judge(record) == Some(true)
    }

    /// Whether it asks for causes (`above`), which [`prepare`](Self::prepare) has to look for first.
    pub fn needs_preparation(&self) -> bool {
        !self.known.causes.is_empty()
    }

    /// Whether it has to see a message's past to judge it (`below`), so that a trace must be read from its start.
    pub fn needs_past(&self) -> bool {
        !self.known.effects.is_empty()
    }

    /// Finds the causes that `above` asks for; heads are enough. It stops where it has all.
    ///
    /// # Errors
    /// [`TraceError::TooManyCauses`] if the message has more before it than are held in memory: 20 million.
    pub fn prepare<R: Borrow<Record>>(
        &mut self,
        records: impl IntoIterator<Item = R>,
    ) -> Result<(), TraceError> {
        if self.needs_preparation() { Causes::find(&mut self.known.causes, records) } else { Ok(()) }
    }

    /// The messages whose effects or causes are asked for and that have not come by: after the whole trace, those
    /// that are not in it.
    pub fn missing(&self) -> Vec<MessageId> {
        let effects = self.known.effects.iter().filter_map(Effects::missing);
        effects.chain(self.known.causes.iter().filter_map(Causes::missing)).collect()
    }

    /// The presets, such as `heartbeats`, and what they let through.
    pub fn presets() -> impl Iterator<Item = (&'static str, &'static str)> {
        preset::PRESETS.iter().map(|(name, about, _)| (*name, *about))
    }
}
