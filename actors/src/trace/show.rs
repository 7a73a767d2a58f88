//! A message as one line, for people and for programs.

use super::Record;
use crate::message::Message;

/// One line: time, from, to, kind, the ids that matter, id and cause.
///
/// Such as `0.001204 DAGScheduler → TaskScheduler SubmitTasks job 0 stage 0.0 x4 [DAGScheduler#3 ← Host-0#1]`.
pub fn line(record: &Record) -> String {
    let Record { head, handled, kind, ids, .. } = record;
    let ids = ids.to_string();
    let cause = head.cause.map(|cause| format!(" ← {cause}")).unwrap_or_default();
    format!("{handled:>12} {:>16} → {:<16} {:<26} {ids} [{}{cause}]", head.from(), head.to, kind, head.id)
}

/// One JSON object: times in nanoseconds, ids as texts, the payload whole. `write` is the JSON encoder of the
/// caller's choice, so that this crate needs none.
pub fn json<E>(
    record: &Record,
    write: impl FnOnce(&JsonRecord<'_>) -> Result<String, E>,
) -> Result<String, E> {
    let Record { number, head, handled, kind, ids, message } = record;
    write(&JsonRecord {
        number: *number,
        id: head.id.to_string(),
        cause: head.cause.map(|cause| cause.to_string()),
        from: head.from().to_string(),
        to: head.to.to_string(),
        sent: head.sent.0,
        handled: handled.0,
        kind,
        ids: ids.to_string(),
        message: message.as_ref().map(Message::as_ref),
    })
}

/// The form of a message in JSON.
#[derive(serde::Serialize)]
pub struct JsonRecord<'a> {
    number: u64,
    id: String,
    cause: Option<String>,
    from: String,
    to: String,
    sent: u64,
    handled: u64,
    kind: &'static str,
    ids: String,
    message: Option<crate::message::MessageRef<'a>>,
}
