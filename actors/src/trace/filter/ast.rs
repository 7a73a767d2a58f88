//! A filter as a tree.

use super::{
    field::{Field, MessageField, NumberField, Role},
    pattern::{ActorPattern, Pattern},
};
use crate::message::MessageId;

/// A condition. The parser bounds how deep it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// All of these: always, if there are none.
    All(Vec<Node>),
    /// One of these at least.
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

/// A condition on one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// The message has it.
    Has(Field),
    Kind(Vec<&'static str>),
    Actor(Role, Vec<ActorPattern>),
    /// In one of these ranges, both ends included. None, if nothing can be in them, as below 0.
    Number(NumberField, Vec<(u64, u64)>),
    Note(Vec<Pattern>),
    Message(MessageField, Vec<MessageId>),
    /// What the message says contains one of these, in small letters.
    Text(Vec<String>),
    /// Caused by the message at this place of [`Parsed::below`], over any number of steps.
    Below(usize),
    /// A cause of the message at this place of [`Parsed::above`].
    Above(usize),
}

/// A filter, with the messages whose effects and causes it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) root: Node,
    pub(super) below: Vec<MessageId>,
    pub(super) above: Vec<MessageId>,
}
