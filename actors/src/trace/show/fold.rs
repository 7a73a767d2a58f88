//! Messages in a row that nobody wants to read one by one.

use crate::trace::{Filter, Record};

/// A line of a folded trace.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// A message.
    Message(Box<Record>),
    /// So many messages in a row that the folder's filter accepts.
    Folded(u64),
}

/// Folds messages in a row that a filter accepts.
#[derive(Clone, Debug)]
pub struct Folder {
    folds: Filter,
    last: Option<Box<Record>>,
    count: u64,
}

impl Folder {
    /// Folds what this filter accepts.
    pub fn new(folds: Filter) -> Self {
        Folder { folds, last: None, count: 0 }
    }

    /// Takes the next message. Gives what was folded before it, if that ends with it, and then the message itself,
    /// if it is not folded.
    pub fn push(&mut self, record: Record) -> impl Iterator<Item = Shown> + use<> {
        let (before, shown) = if self.folds.accepts(&record) {
            self.last = Some(Box::new(record));
            self.count += 1;
            (None, None)
        } else {
            (self.finish(), Some(Shown::Message(Box::new(record))))
        };
        before.into_iter().chain(shown)
    }

    /// What is still folded when nothing follows. One message alone is shown as it is.
    pub fn finish(&mut self) -> Option<Shown> {
        let last = self.last.take()?;
        let count = std::mem::take(&mut self.count);
        Some(if count == 1 { Shown::Message(last) } else { Shown::Folded(count) })
    }
}
