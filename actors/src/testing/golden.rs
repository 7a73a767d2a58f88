//! Traces as text that stays the same from run to run, compared with files.

use std::{collections::BTreeMap, fs, path::Path};

use super::failure::fail;
use crate::{
    ActorId,
    trace::{Messages, Record},
};

/// The environment variable that makes [`assert_golden`] write files in place of comparing.
pub const BLESS: &str = "FIRESTEEL_BLESS";

/// A trace as text without what differs between runs of the same behaviour: no times, no digests, and by sender, each
/// one's messages in the order in which it sent them, so that it does not matter how actors took turns. A line has the
/// message's number, its receiver, its kind, the ids it is about, and its cause.
///
/// ```
/// use firesteel_actors::{testing::stable_text, trace::Messages};
/// assert_eq!(stable_text(&Messages::default()), "");
/// ```
pub fn stable_text(messages: &Messages) -> String {
    let mut senders: BTreeMap<(ActorId, u32), Vec<&Record>> = BTreeMap::new();
    for record in messages {
        let id = record.head.id;
        senders.entry((id.actor, id.incarnation)).or_default().push(record);
    }
    let mut text = String::new();
    for ((actor, incarnation), mut records) in senders {
        records.sort_by_key(|record| record.head.id.number);
        let life = if incarnation > 0 { format!("~{incarnation}") } else { String::new() };
        text.push_str(&format!("{actor}{life}\n"));
        for record in records {
            let about = record.ids.to_string();
            let gap = if about.is_empty() { "" } else { " " };
            let cause = record.head.cause.map(|cause| format!("  <- {cause}")).unwrap_or_default();
            let (number, to, kind) = (record.head.id.number, record.to(), record.kind);
            text.push_str(&format!("  #{number} -> {to} {kind}{gap}{about}{cause}\n"));
        }
    }
    text
}

/// Compares the [stable text](stable_text) of a trace with a file. With `FIRESTEEL_BLESS=1` in the environment the file
/// is written instead.
///
/// ```no_run
/// # let messages = firesteel_actors::trace::Messages::default();
/// firesteel_actors::testing::assert_golden("tests/golden/two_jobs.txt", &messages);
/// ```
///
/// # Panics
/// If they differ, with the first difference, or the file cannot be read or written.
#[track_caller]
pub fn assert_golden(path: impl AsRef<Path>, messages: &Messages) {
    let (path, text) = (path.as_ref(), stable_text(messages));
    let bless = std::env::var_os(BLESS).is_some_and(|value| !value.is_empty() && value != "0");
    let result = if bless { write(path, &text) } else { compare(path, &text) };
    if let Err(error) = result {
        fail(&error);
    }
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), String> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}

pub(super) fn compare(path: &Path, text: &str) -> Result<(), String> {
    let advice = format!("{BLESS}=1 writes it");
    let name = path.display();
    let expected =
        fs::read_to_string(path).map_err(|error| format!("cannot read {name}: {error}; {advice}"))?;
    if expected == text {
        return Ok(());
    }
    let same = expected.lines().zip(text.lines()).take_while(|(expected, is)| expected == is).count();
    // The sender of the messages that differ.
    let sender = expected.lines().take(same + 1).filter(|line| !line.starts_with(' ')).last().unwrap_or("");
    let from = |text: &str| -> String {
        let lines: Vec<String> = text.lines().skip(same).take(3).map(|line| format!("  {line}\n")).collect();
        if lines.is_empty() { "  (its end)\n".to_owned() } else { lines.concat() }
    };
    Err(format!(
        "the trace is not as {name} says; {advice}. Line {}, of {sender}:\nexpected\n{}found\n{}",
        same + 1,
        from(&expected),
        from(text)
    ))
}
