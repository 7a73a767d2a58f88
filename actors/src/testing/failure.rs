//! What a failing expectation says: what was expected, and the messages that came nearest, as lines.

use crate::trace::{Messages, Record, line};

/// How many lines are shown.
const LINES: usize = 6;

/// Fails a test.
#[track_caller]
#[expect(clippy::panic, reason = "this is how a test fails")]
pub(super) fn fail(text: &str) -> ! {
    panic!("{}", text.trim_end())
}

/// Records as indented lines.
pub(super) fn lines<'a>(records: impl IntoIterator<Item = &'a Record>) -> String {
    records.into_iter().map(|record| format!("  {}\n", line(record))).collect()
}

/// The first of several records as lines, and how many more there are.
pub(super) fn first(records: &[&Record]) -> String {
    let mut text = lines(records.iter().copied().take(LINES));
    if records.len() > LINES {
        text.push_str(&format!("  and {} more\n", records.len() - LINES));
    }
    text
}

/// A record with those that were handled just before and after it.
pub(super) fn around(messages: &Messages, record: &Record) -> String {
    let place = messages.iter().position(|other| other.head.id == record.head.id).unwrap_or(0);
    let neighbours = messages.iter().enumerate().skip(place.saturating_sub(3)).take(7);
    neighbours
        .map(|(at, other)| format!("{} {}\n", if at == place { ">" } else { " " }, line(other)))
        .collect()
}

/// What is most like the messages that a pattern names; the last messages if it names nothing that is there.
pub(super) fn nearest(name: &str, messages: &Messages) -> String {
    if messages.is_empty() {
        return "there are no messages\n".to_owned();
    }
    let separates = |letter: char| !(letter.is_alphanumeric() || "-.#~".contains(letter));
    let words: Vec<&str> = name.split(separates).filter(|word| !word.is_empty()).collect();
    let mut scored: Vec<(usize, &Record)> =
        messages.iter().map(|record| (likeness(&words, record), record)).collect();
    let best = scored.iter().map(|(score, _)| *score).max().unwrap_or(0);
    if best == 0 {
        let last = messages.iter().skip(messages.len().saturating_sub(LINES));
        return format!("the last messages:\n{}", lines(last));
    }
    scored.retain(|(score, _)| *score == best);
    let records: Vec<&Record> = scored.into_iter().map(|(_, record)| record).collect();
    format!("nearest:\n{}", first(&records))
}

/// How much of what a pattern's words name a message has; its kind counts most.
fn likeness(words: &[&str], record: &Record) -> usize {
    let has = |name: &str| words.iter().any(|word| word.eq_ignore_ascii_case(name));
    let about = format!(" {} ", record.ids);
    let ids = words.windows(2).filter(|pair| about.contains(&format!(" {} {} ", pair[0], pair[1]))).count();
    let ends = [record.from(), record.to()].iter().filter(|actor| has(&actor.to_string())).count();
    10 * usize::from(has(record.kind)) + ids + ends
}
