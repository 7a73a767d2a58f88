//! A message as JSON. The encoder is the user's: this crate needs none.

use serde::Serialize;

use crate::{
    ExecutorId, JobId, ShuffleId, StageId, TaskId,
    message::{Message, MessageRef},
    trace::Record,
};

/// The form of a message in JSON: times in nanoseconds, names as texts, ids that it has as numbers, the payload whole.
#[derive(Debug, Serialize)]
pub struct JsonRecord<'a> {
    number: u64,
    id: String,
    cause: Option<String>,
    from: String,
    to: String,
    sent: u64,
    handled: u64,
    waited: u64,
    kind: &'static str,
    /// All ids as people read them.
    ids: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<JobId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<StageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<TaskId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    executor: Option<ExecutorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shuffle: Option<ShuffleId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
    message: Option<MessageRef<'a>>,
}

impl<'a> From<&'a Record> for JsonRecord<'a> {
    fn from(record: &'a Record) -> Self {
        let Record { number, head, handled, kind, ids, message } = record;
        JsonRecord {
            number: *number,
            id: head.id.to_string(),
            cause: head.cause.map(|cause| cause.to_string()),
            from: head.from().to_string(),
            to: head.to.to_string(),
            sent: head.sent.0,
            handled: handled.0,
            waited: handled.0.saturating_sub(head.sent.0),
            kind,
            ids: ids.to_string(),
            job: ids.job,
            stage: ids.stage,
            attempt: ids.stage_attempt,
            partition: ids.partition,
            task: ids.task,
            executor: ids.executor,
            shuffle: ids.shuffle,
            count: ids.count,
            note: ids.note,
            message: message.as_ref().map(Message::as_ref),
        }
    }
}
