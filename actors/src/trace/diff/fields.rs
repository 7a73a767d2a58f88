//! What differs between two messages that are the same in two runs.

use crate::trace::{
    Record,
    state::{Change, State, changes},
};

use super::noise;

/// As many differing fields of one message are told.
const FIELDS: usize = 20;

/// Longer values are cut.
const LONGEST: usize = 200;

/// What differs between two messages; of messages without payload, what their heads tell.
pub(super) fn differences(first: &Record, second: &Record) -> Vec<Change> {
    let mut found = match (&first.message, &second.message) {
        (Some(one), Some(other)) if one == other => Vec::new(),
        (Some(one), Some(other)) => {
            let (mut one, mut other) = (State::of(one), State::of(other));
            noise::leave_out(&mut one);
            noise::leave_out(&mut other);
            changes(&one, &other)
        }
        _ => {
            let (one, other) = (first.ids, second.ids);
            let text = |count: Option<u32>| count.map(|count| count.to_string());
            let heads = [
                ("outcome", one.note.map(str::to_owned), other.note.map(str::to_owned)),
                ("count", text(one.count), text(other.count)),
            ];
            let differs = heads.into_iter().filter(|(_, one, other)| one != other);
            differs.map(|(path, before, after)| Change { path: path.to_owned(), before, after }).collect()
        }
    };
    found.truncate(FIELDS);
    for change in &mut found {
        for text in [&mut change.before, &mut change.after].into_iter().flatten() {
            if let Some((end, _)) = text.char_indices().nth(LONGEST) {
                text.truncate(end);
                text.push_str("...");
            }
        }
    }
    found
}
