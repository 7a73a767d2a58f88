//! Whether a message fits a condition.

use std::fmt::Write;

use super::{
    ast::{Node, Test},
    causes::{Causes, Effects},
};
use crate::trace::Record;

/// What is known beside the message itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) effects: Vec<Effects>,
    pub(super) causes: Vec<Causes>,
    /// For the texts of payloads, kept so that they need no allocation each.
    pub(super) scratch: String,
}

/// Whether it fits; `None` if that depends on a payload which is not there.
pub(super) fn fits(node: &Node, record: &Record, known: &mut Known) -> Option<bool> {
    match node {
        Node::All(nodes) => decide(nodes, record, known, false),
        Node::Any(nodes) => decide(nodes, record, known, true),
        Node::Not(node) => fits(node, record, known).map(|fits| !fits),
        Node::Test(test) => passes(test, record, known),
    }
}

/// The first part with this outcome decides. Otherwise a part that is not known leaves all unknown.
fn decide(nodes: &[Node], record: &Record, known: &mut Known, outcome: bool) -> Option<bool> {
    let mut all = Some(!outcome);
    for node in nodes {
        match fits(node, record, known) {
            Some(fits) if fits == outcome => return Some(outcome),
            Some(_) => {}
            None => all = None,
        }
    }
    all
}

fn passes(test: &Test, record: &Record, known: &mut Known) -> Option<bool> {
    Some(match test {
        Test::Has(field) => field.is_in(record),
        Test::Kind(kinds) => kinds.contains(&record.kind),
        Test::Actor(role, patterns) => {
            let actors = role.of(record);
            patterns.iter().any(|pattern| actors.iter().any(|actor| pattern.accepts(*actor)))
        }
        Test::Number(field, ranges) => {
            let is_in = |number| ranges.iter().any(|(low, high)| (*low..=*high).contains(&number));
            field.of(record).is_some_and(is_in)
        }
        Test::Note(patterns) => {
            record.ids.note.is_some_and(|note| patterns.iter().any(|pattern| pattern.accepts(note)))
        }
        Test::Message(field, ids) => field.of(record).is_some_and(|id| ids.contains(&id)),
        Test::Below(place) => known.effects.get(*place).is_some_and(|effects| effects.last),
        Test::Above(place) => known.causes.get(*place).is_some_and(|causes| causes.contains(record.head.id)),
        Test::Text(parts) => {
            let message = record.message.as_ref()?;
            known.scratch.clear();
            // Writing to a string does not fail.
            write!(known.scratch, "{message:?}").ok();
            known.scratch.make_ascii_lowercase();
            parts.iter().any(|part| known.scratch.contains(part))
        }
    })
}
