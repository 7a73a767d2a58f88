//! Sequence diagrams: who sent what to whom, as a picture.
//!
//! One [`Diagram`] is built from messages, with long runs folded: a hundred equal LaunchTask are one bundle, and
//! blocks that repeat are one block. Three renderers show it: a terminal's text, Mermaid, PlantUML.

mod fold;
mod label;
mod lane;
mod mermaid;
mod plantuml;
mod text;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use lane::Lane;
pub use mermaid::{MERMAID_ARROWS, mermaid};
pub use plantuml::plantuml;
pub use text::{Look, text};

use super::{MergedIds, Record};
use crate::Time;

/// More lanes than this are gathered: all executors in one lane, and so on.
const LANES: usize = 14;

/// A sequence diagram.
///
/// ```
/// use firesteel_actors::trace::{Diagram, Messages};
/// let diagram = Diagram::of(&Messages::default(), true);
/// assert!(diagram.lanes.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Diagram {
    /// Who takes part, from left to right: those that ask before those that are asked.
    pub lanes: Vec<Lane>,
    /// What happens, from top to bottom.
    pub items: Vec<Item>,
}

/// A row of a diagram, or several.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Item {
    /// A message, or several alike.
    Arrow(Box<Arrow>),
    /// A block that comes several times, its arrows with what they have in all of them.
    Repeat {
        /// How often.
        times: usize,
        /// The block.
        arrows: Vec<Arrow>,
    },
    /// Nothing for a while.
    Pause {
        /// From when on.
        from: Time,
        /// Until when.
        to: Time,
    },
}

/// A message, or several alike.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Arrow {
    /// The sender: its place among the lanes.
    pub from: usize,
    /// The receiver: its place among the lanes.
    pub to: usize,
    /// The message's name.
    pub kind: &'static str,
    /// How many.
    pub count: usize,
    /// What they are about.
    pub about: MergedIds,
    /// When the first was handled.
    pub first: Time,
    /// When the last was handled.
    pub last: Time,
}

impl Diagram {
    /// A diagram of these messages, which come in the order in which they were handled. With `fold`, long runs are
    /// folded and long waits without messages are marked.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>, fold: bool) -> Self {
        let records: Vec<&Record> = records.into_iter().collect();
        let lanes = lanes(&records);
        let arrow = |record: &&Record| {
            let place = |lane: Lane| lanes.iter().position(|other| *other == lane || other.holds(lane));
            let mut about = MergedIds::default();
            about.add(&record.ids);
            Some(Arrow {
                from: place(Lane::One(record.from()))?,
                to: place(Lane::One(record.to()))?,
                kind: record.kind,
                count: 1,
                about,
                first: record.handled,
                last: record.handled,
            })
        };
        let arrows: Vec<Arrow> = records.iter().filter_map(arrow).collect();
        let items =
            if fold { fold::fold(&records, arrows) } else { arrows.into_iter().map(Item::single).collect() };
        Diagram { lanes, items }
    }

    /// How many messages it shows.
    pub fn messages(&self) -> usize {
        self.items.iter().flat_map(Item::arrows).map(|arrow| arrow.count).sum()
    }
}

impl Item {
    fn single(arrow: Arrow) -> Self {
        Item::Arrow(Box::new(arrow))
    }

    /// Its arrows.
    pub fn arrows(&self) -> &[Arrow] {
        match self {
            Item::Arrow(arrow) => std::slice::from_ref(&**arrow),
            Item::Repeat { arrows, .. } => arrows,
            Item::Pause { .. } => &[],
        }
    }
}

impl Arrow {
    /// Such as `LaunchTask x100 stage 0.0 task 0..99`.
    pub fn label(&self) -> String {
        let count = if self.count > 1 { format!(" x{}", self.count) } else { String::new() };
        let about = self.about.to_string();
        let gap = if about.is_empty() { "" } else { " " };
        format!("{}{count}{gap}{about}", self.kind)
    }
}

fn lanes(records: &[&Record]) -> Vec<Lane> {
    let parties = records.iter().flat_map(|record| [record.from(), record.to()]);
    let single: BTreeSet<Lane> = parties.map(Lane::One).collect();
    if single.len() <= LANES {
        return single.into_iter().collect();
    }
    single.into_iter().map(Lane::gathered).collect::<BTreeSet<Lane>>().into_iter().collect()
}
