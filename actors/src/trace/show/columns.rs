//! The columns that `trace show` has.

use std::{fmt, str::FromStr};

use crate::nearest::nearest;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The message's place in the trace.
    Number,
    /// When it was handled.
    Time,
    /// When it was sent.
    Sent,
    /// How long it waited from being sent to being handled.
    Waited,
    /// The sender.
    From,
    /// The receiver.
    To,
    /// What it is called.
    Kind,
    /// What it is about.
    Ids,
    /// Its name.
    Id,
    /// The name of the message that caused it.
    Cause,
    /// What it says.
    Payload,
}

impl Column {
    /// All.
    pub const ALL: [Column; 11] = [
        Column::Number,
        Column::Time,
        Column::Sent,
        Column::Waited,
        Column::From,
        Column::To,
        Column::Kind,
        Column::Ids,
        Column::Id,
        Column::Cause,
        Column::Payload,
    ];

    /// Those that are shown unless others are asked for.
    pub const USUAL: [Column; 7] =
        [Column::Time, Column::From, Column::To, Column::Kind, Column::Ids, Column::Id, Column::Cause];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Column::Number => "number",
            Column::Time => "time",
            Column::Sent => "sent",
            Column::Waited => "waited",
            Column::From => "from",
            Column::To => "to",
            Column::Kind => "kind",
            Column::Ids => "ids",
            Column::Id => "id",
            Column::Cause => "cause",
            Column::Payload => "payload",
        }
    }
}

/// A text that is not the name of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAColumn(pub String);

impl std::error::Error for NotAColumn {}

impl fmt::Display for NotAColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Column::ALL.map(Column::name);
        match nearest(&self.0, names, 2) {
            Some(name) => write!(f, "there is no column `{}`; did you mean `{name}`?", self.0),
            None => write!(f, "there is no column `{}`; there are {}", self.0, names.join(", ")),
        }
    }
}

impl FromStr for Column {
    type Err = NotAColumn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let column = Column::ALL.into_iter().find(|column| column.name().eq_ignore_ascii_case(text));
        column.ok_or_else(|| NotAColumn(text.to_owned()))
    }
}
