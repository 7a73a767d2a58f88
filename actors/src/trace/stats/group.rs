//! What messages are counted by.

use std::{fmt, str::FromStr};

use crate::{ActorId, ExecutorId, StageId, nearest::nearest, trace::Record};

/// What messages are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// What the receiver is: all executors together.
    Class,
    /// The receiver.
    Actor,
    /// What the message is called.
    Kind,
    /// The executor that the message is about.
    Executor,
    /// The stage that it is about, with its attempt.
    Stage,
}

impl By {
    /// All.
    pub const ALL: [By; 5] = [By::Class, By::Actor, By::Kind, By::Executor, By::Stage];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            By::Class => "class",
            By::Actor => "actor",
            By::Kind => "kind",
            By::Executor => "executor",
            By::Stage => "stage",
        }
    }

    /// What this message is counted under.
    pub(super) fn part(self, record: &Record) -> Part {
        match self {
            By::Class => Part::Name(record.to().class()),
            By::Actor => Part::Actor(record.to()),
            By::Kind => Part::Name(record.kind),
            By::Executor => record.ids.executor.map_or(Part::Nothing, Part::Executor),
            By::Stage => {
                record.ids.stage.map_or(Part::Nothing, |stage| Part::Stage(stage, record.ids.stage_attempt))
            }
        }
    }
}

/// A text that is nothing that messages are counted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAGroup(pub String);

impl std::error::Error for NotAGroup {}

impl fmt::Display for NotAGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = By::ALL.map(By::name);
        match nearest(&self.0, names, 2) {
            Some(name) => write!(f, "cannot count by `{}`; did you mean `{name}`?", self.0),
            None => write!(f, "cannot count by `{}`, but by {}", self.0, names.join(", ")),
        }
    }
}

impl FromStr for By {
    type Err = NotAGroup;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let by = By::ALL.into_iter().find(|by| by.name().eq_ignore_ascii_case(text));
        by.ok_or_else(|| NotAGroup(text.to_owned()))
    }
}

/// A part of what a row counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Name(&'static str),
    Actor(ActorId),
    Executor(ExecutorId),
    Stage(StageId, Option<u32>),
    /// The message is about none.
    #[default]
    Nothing,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Name(name) => f.write_str(name),
            Part::Actor(actor) => actor.fmt(f),
            Part::Executor(executor) => executor.fmt(f),
            Part::Stage(stage, Some(attempt)) => write!(f, "{stage}.{attempt}"),
            Part::Stage(stage, None) => stage.fmt(f),
            Part::Nothing => f.write_str("-"),
        }
    }
}
