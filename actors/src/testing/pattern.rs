//! How a test names messages.

use crate::trace::{Filter, Messages, Record};

/// Names messages: the text of a [`Filter`] such as `"kind = LaunchTask and executor = 2"`, or a closure that is shown
/// records.
///
/// ```
/// use firesteel_actors::{testing::{Pattern, TraceAssertions}, trace::{Messages, Record}};
/// let nothing = Messages::default();
/// assert_eq!(nothing.count("JobFailed or job = 3"), 0);
/// assert_eq!(nothing.count(|record: &Record| record.waited().as_millis() > 5), 0);
/// ```
pub trait Pattern {
    /// What looks at messages, one after the other. `known` are those that are there already.
    ///
    /// # Panics
    /// If it is a text that is no filter.
    #[track_caller]
    fn matcher<'p>(self, known: &Messages) -> Matcher<'p>
    where
        Self: 'p;
}

/// A pattern that looks at messages in the order in which they were handled.
pub struct Matcher<'p> {
    name: String,
    accepts: Box<dyn FnMut(&Record) -> bool + 'p>,
}

impl Matcher<'_> {
    /// Whether the next message is one of those that are meant.
    pub fn accepts(&mut self, record: &Record) -> bool {
        (self.accepts)(record)
    }

    /// How a test's failure calls it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Those that are meant.
    pub(super) fn select<'m>(&mut self, messages: &'m Messages) -> Vec<&'m Record> {
        messages.iter().filter(|record| self.accepts(record)).collect()
    }
}

impl Pattern for &str {
    #[expect(clippy::panic, reason = "a test with a wrong filter fails")]
    fn matcher<'p>(self, known: &Messages) -> Matcher<'p>
    where
        Self: 'p,
    {
        let mut filter: Filter = match self.parse() {
            Ok(filter) => filter,
            Err(error) => panic!("{error}"),
        };
        if let Err(error) = filter.prepare(known) {
            panic!("`{self}`: {error}");
        }
        Matcher { name: format!("`{self}`"), accepts: Box::new(move |record| filter.accepts(record)) }
    }
}

impl<F: FnMut(&Record) -> bool> Pattern for F {
    fn matcher<'p>(self, _known: &Messages) -> Matcher<'p>
    where
        Self: 'p,
    {
        Matcher { name: "the closure's condition".to_owned(), accepts: Box::new(self) }
    }
}
