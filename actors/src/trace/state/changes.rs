//! What is not the same in two trees, path by path.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::State;

/// One place at which two values differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Where, such as `stages[s1].attempt`; empty for the whole.
    pub path: String,
    /// What is there in the first; `None` if nothing is.
    pub before: Option<String>,
    /// What is there in the second.
    pub after: Option<String>,
}

impl Change {
    pub(crate) fn of((path, before, after): (&str, String, String)) -> Self {
        Change { path: path.to_owned(), before: Some(before), after: Some(after) }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "(all)" } else { &self.path };
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, "{path}: {before} -> {after}"),
            (Some(before), None) => write!(f, "{path}: - {before}"),
            (None, Some(after)) => write!(f, "{path}: + {after}"),
            (None, None) => f.write_str(path),
        }
    }
}

/// All that differs, in the order of the first.
pub fn changes(before: &State, after: &State) -> Vec<Change> {
    let mut found = Vec::new();
    compare(String::new(), before.inner(), after.inner(), &mut found);
    found
}

fn compare(path: String, before: &State, after: &State, found: &mut Vec<Change>) {
    if before == after {
        return;
    }
    match (before, after) {
        (State::Struct(name, fields), State::Struct(other, other_fields)) if name == other => {
            let key = |(name, value): &(String, State)| (name.clone(), value.clone());
            let keyed = |fields: &[(String, State)]| fields.iter().map(key).collect::<Vec<_>>();
            by_key(&path, &keyed(fields), &keyed(other_fields), join, found);
        }
        (State::Map(pairs), State::Map(others)) => {
            let key = |(key, value): &(State, State)| (key.on_one_line(), value.clone());
            let keyed = |pairs: &[(State, State)]| pairs.iter().map(key).collect::<Vec<_>>();
            by_key(&path, &keyed(pairs), &keyed(others), |path, key| format!("{path}[{key}]"), found);
        }
        // An empty map looks like an empty set.
        (State::Map(_), State::Set(empty)) if empty.is_empty() => {
            compare(path, before, &State::Map(Vec::new()), found);
        }
        (State::Set(empty), State::Map(_)) if empty.is_empty() => {
            compare(path, &State::Map(Vec::new()), after, found);
        }
        (State::Set(values), State::Set(others)) => in_sets(&path, values, others, found),
        (State::List(values), State::List(others)) => in_order(&path, values, others, found),
        (State::Tuple(name, values), State::Tuple(other, others))
            if name == other && values.len() == others.len() =>
        {
            match (values.as_slice(), others.as_slice()) {
                ([value], [other]) => compare(path, value, other, found),
                _ => in_order(&path, values, others, found),
            }
        }
        _ => {
            found.push(Change { path, before: Some(before.on_one_line()), after: Some(after.on_one_line()) })
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn by_key(
    path: &str,
    before: &[(String, State)],
    after: &[(String, State)],
    place: impl Fn(&str, &str) -> String,
    found: &mut Vec<Change>,
) {
    let mut others: BTreeMap<&str, &State> = after.iter().map(|(key, value)| (key.as_str(), value)).collect();
    for (key, value) in before {
        match others.remove(key.as_str()) {
            Some(other) => compare(place(path, key), value, other, found),
            None => found.push(gone(place(path, key), value)),
        }
    }
    let added = after.iter().filter(|(key, _)| others.contains_key(key.as_str()));
    found.extend(added.map(|(key, value)| new(place(path, key), value)));
}

fn in_sets(path: &str, before: &[State], after: &[State], found: &mut Vec<Change>) {
    let lines = |values: &[State]| values.iter().map(State::on_one_line).collect::<Vec<_>>();
    let (before, after) = (lines(before), lines(after));
    let only = |of: &[String], other: &[String]| -> Vec<String> {
        let other: std::collections::BTreeSet<&String> = other.iter().collect();
        of.iter().filter(|line| !other.contains(line)).cloned().collect()
    };
    let path = || path.to_owned();
    found.extend(only(&before, &after).into_iter().map(|line| Change {
        path: path(),
        before: Some(line),
        after: None,
    }));
    found.extend(only(&after, &before).into_iter().map(|line| Change {
        path: path(),
        before: None,
        after: Some(line),
    }));
}

/// Lists: what they have in common at both ends is left out.
fn in_order(path: &str, before: &[State], after: &[State], found: &mut Vec<Change>) {
    let same = |pairs: &mut dyn Iterator<Item = (&State, &State)>| pairs.take_while(|(a, b)| a == b).count();
    let head = same(&mut before.iter().zip(after));
    let (before, after) = (before.get(head..).unwrap_or_default(), after.get(head..).unwrap_or_default());
    let tail =
        if before.len() == after.len() { 0 } else { same(&mut before.iter().rev().zip(after.iter().rev())) };
    let (before, after) = (
        before.get(..before.len() - tail).unwrap_or_default(),
        after.get(..after.len() - tail).unwrap_or_default(),
    );
    for place in 0..before.len().max(after.len()) {
        let path = format!("{path}[{}]", head + place);
        match (before.get(place), after.get(place)) {
            (Some(value), Some(other)) => compare(path, value, other, found),
            (Some(value), None) => found.push(gone(path, value)),
            (None, Some(value)) => found.push(new(path, value)),
            (None, None) => {}
        }
    }
}

fn gone(path: String, value: &State) -> Change {
    Change { path, before: Some(value.on_one_line()), after: None }
}

fn new(path: String, value: &State) -> Change {
    Change { path, before: None, after: Some(value.on_one_line()) }
}
