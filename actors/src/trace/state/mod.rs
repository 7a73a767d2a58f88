//! The state of an actor, or a message, as a tree: to print, to write as JSON, to compare.
//!
//! The tree is read from what `Debug` says of a value, so that the cores need nothing beside it. Derived `Debug` keeps
//! names and structure; what has a `Debug` of its own is read as far as it looks like that, and else as one text.

mod changes;
mod json;
mod parse;
mod show;
#[cfg(test)]
mod tests;

pub use changes::{Change, changes};

use std::fmt::Debug;

/// A value as a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A number, a name, a text in quotes: whatever has no parts.
    Leaf(String),
    /// Values in order.
    List(Vec<State>),
    /// Values without keys, in braces.
    Set(Vec<State>),
    /// Values by key.
    Map(Vec<(State, State)>),
    /// A name with values, such as `Some(3)`; the name of a plain tuple is empty.
    Tuple(String, Vec<State>),
    /// A name with fields.
    Struct(String, Vec<(String, State)>),
}

impl State {
    /// The tree of a value.
    pub fn of(value: &impl Debug) -> State {
        parse::parse(&format!("{value:?}"))
    }

    #[cfg(test)]
    pub(super) fn parse(text: &str) -> State {
        parse::parse(text)
    }

    /// Takes a field out of a struct.
    pub(super) fn leave_out(&mut self, name: &str) {
        if let State::Struct(_, fields) = self {
            fields.retain(|(field, _)| field != name);
        }
    }

    /// Without the wrappings of one value that say nothing more, such as an enum around a message of the same name.
    fn inner(&self) -> &State {
        match self {
            State::Tuple(_, values) if values.len() == 1 => values.first().map_or(self, State::inner),
            _ => self,
        }
    }
}
