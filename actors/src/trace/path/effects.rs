//! What messages caused, as a tree in which equal effects are one.

use std::fmt;

use crate::{
    ActorId, Time,
    trace::{MergedIds, Messages, Record},
};

/// Messages of one kind with one kind of receiver, that others of one kind caused: `LaunchTask x198`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Effects {
    /// Their name.
    pub kind: &'static str,
    /// Their receiver, or what their receivers have in common, such as `Executor-*`.
    pub to: String,
    /// How many.
    pub count: usize,
    /// What they are about.
    pub about: MergedIds,
    /// When the first was handled.
    pub first: Time,
    /// When the last was handled.
    pub last: Time,
    /// What they caused.
    pub effects: Vec<Effects>,
    /// How many more messages they caused that are not told.
    pub untold: usize,
}

/// The effects of a message, and the number of all.
pub(super) fn of(messages: &Messages, record: &Record, generations: usize) -> (Vec<Effects>, usize) {
    let caused = descendants(messages, &[record]);
    (fold(messages, &[record], generations), caused)
}

/// How many messages these caused, in all generations.
fn descendants(messages: &Messages, records: &[&Record]) -> usize {
    let mut open: Vec<&Record> = records.to_vec();
    let mut found = 0;
    while let Some(record) = open.pop() {
        for effect in messages.effects(record.head.id) {
            found += 1;
            // A damaged trace could have a circle of causes.
            if found > messages.len() {
                return messages.len();
            }
            open.push(effect);
        }
    }
    found
}

fn fold(messages: &Messages, causes: &[&Record], generations: usize) -> Vec<Effects> {
    let mut groups: Vec<Vec<&Record>> = Vec::new();
    for effect in causes.iter().flat_map(|cause| messages.effects(cause.head.id)) {
        let alike = |group: &&mut Vec<&Record>| group.first().is_some_and(|first| alike(first, effect));
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(effect),
            None => groups.push(vec![effect]),
        }
    }
    groups.into_iter().map(|group| effects(messages, &group, generations)).collect()
}

fn effects(messages: &Messages, group: &[&Record], generations: usize) -> Effects {
    let mut about = MergedIds::default();
    group.iter().for_each(|record| about.add(&record.ids));
    let goes_on = generations > 1;
    Effects {
        kind: group.first().map_or("", |first| first.kind),
        to: receivers(group),
        count: group.len(),
        about,
        first: group.iter().map(|record| record.handled).min().unwrap_or_default(),
        last: group.iter().map(|record| record.handled).max().unwrap_or_default(),
        effects: if goes_on { fold(messages, group, generations - 1) } else { Vec::new() },
        untold: if goes_on { 0 } else { descendants(messages, group) },
    }
}

fn alike(one: &Record, other: &Record) -> bool {
    one.kind == other.kind
        && one.ids.note == other.ids.note
        && std::mem::discriminant(&one.to()) == std::mem::discriminant(&other.to())
}

fn receivers(group: &[&Record]) -> String {
    let Some(first) = group.first().map(|record| record.to()) else { return String::new() };
    if group.iter().all(|record| record.to() == first) {
        return first.to_string();
    }
    let name = match first {
        ActorId::ExecutorBackend(_) => "Executor-*",
        ActorId::TaskRunner(_) => "TaskRunner-*",
        ActorId::JobWaiter(_) => "JobWaiter-*",
        ActorId::Host(_) => "Host-*",
        _ => return first.to_string(),
    };
    name.to_owned()
}

/// Writes a tree.
pub(super) fn write(f: &mut fmt::Formatter<'_>, effects: &[Effects]) -> fmt::Result {
    branches(f, effects, "")
}

fn branches(f: &mut fmt::Formatter<'_>, effects: &[Effects], before: &str) -> fmt::Result {
    for (place, effect) in effects.iter().enumerate() {
        let is_last = place + 1 == effects.len();
        let (branch, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        write!(f, "{before}{branch}{}", effect.kind)?;
        if effect.count > 1 {
            write!(f, " x{}", effect.count)?;
        }
        let about = effect.about.to_string();
        let about = if about.is_empty() { about } else { format!(" ({about})") };
        write!(f, " → {}{about} at {}", effect.to, effect.first)?;
        if effect.last != effect.first {
            write!(f, "..{}", effect.last)?;
        }
        match effect.untold {
            0 => writeln!(f)?,
            untold => writeln!(f, ", and {untold} more below")?,
        }
        branches(f, &effect.effects, &format!("{before}{below}"))?;
    }
    Ok(())
}
