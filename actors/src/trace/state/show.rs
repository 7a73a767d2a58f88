//! A tree as text: what fits a line is on one.

use std::fmt::{self, Write};

use super::State;

/// The longest line that holds a value with parts.
const WIDTH: usize = 100;

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        write_value(&mut text, self, 0)?;
        f.write_str(&text)
    }
}

impl State {
    /// The value on one line.
    pub fn on_one_line(&self) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        write_line(&mut text, self, usize::MAX).ok();
        text
    }
}

fn write_value(to: &mut String, state: &State, indent: usize) -> fmt::Result {
    let start = to.len();
    let column = start - to.rfind('\n').map_or(0, |at| at + 1);
    if write_line(to, state, WIDTH.saturating_sub(column)).is_ok() {
        return Ok(());
    }
    to.truncate(start);
    let (name, open, close) = brackets(state);
    write!(to, "{name}{open}")?;
    for (key, value) in parts(state) {
        write!(to, "\n{:1$}", "", (indent + 1) * 2)?;
        if let Some(key) = key {
            write!(to, "{key}: ")?;
        }
        write_value(to, value, indent + 1)?;
        to.push(',');
    }
    write!(to, "\n{:1$}{close}", "", indent * 2)
}

/// Writes a value on one line, unless that gets longer than so many bytes.
fn write_line(to: &mut String, state: &State, room: usize) -> fmt::Result {
    let limit = to.len().saturating_add(room);
    if let State::Leaf(text) = state {
        to.push_str(text);
        return Ok(());
    }
    let (name, open, close) = brackets(state);
    let padding = if matches!(state, State::Struct(..)) { " " } else { "" };
    write!(to, "{name}{open}{padding}")?;
    let mut comma = "";
    for (key, value) in parts(state) {
        to.push_str(comma);
        comma = ", ";
        if let Some(key) = key {
            write!(to, "{key}: ")?;
        }
        write_line(to, value, limit.checked_sub(to.len()).ok_or(fmt::Error)?)?;
        if to.len() > limit {
            return Err(fmt::Error);
        }
    }
    write!(to, "{padding}{close}")
}

fn brackets(state: &State) -> (String, &'static str, &'static str) {
    match state {
        State::Leaf(text) => (text.clone(), "", ""),
        State::List(_) => (String::new(), "[", "]"),
        State::Set(_) | State::Map(_) => (String::new(), "{", "}"),
        State::Tuple(name, _) => (name.clone(), "(", ")"),
        State::Struct(name, _) => (format!("{name} "), "{", "}"),
    }
}

/// The parts of a value, with their keys.
fn parts(state: &State) -> Vec<(Option<String>, &State)> {
    match state {
        State::Leaf(_) => Vec::new(),
        State::List(values) | State::Set(values) | State::Tuple(_, values) => {
            values.iter().map(|value| (None, value)).collect()
        }
        State::Map(pairs) => pairs.iter().map(|(key, value)| (Some(key.on_one_line()), value)).collect(),
        State::Struct(_, fields) => fields.iter().map(|(name, value)| (Some(name.clone()), value)).collect(),
    }
}
