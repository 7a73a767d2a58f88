//! What is kept of a run: a digest of all messages, and the last of them, as lines and for a sequence diagram, when
//! someone wants to read them.

use std::collections::VecDeque;

use super::{dice::mix, world::Happening};
use crate::{
    ActorId, Time,
    message::{Describe, Head, Message, MessageId},
    trace::{Diagram, Look, Record, sequence_text},
};

/// How many lines are kept.
const LINES: usize = 40;
/// How many messages are kept for a sequence diagram.
const DRAWN: usize = 80;

/// The digest of a run, and its last lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    digest: u64,
    messages: u64,
    kept: Option<Kept>,
}

/// The last of a run.
#[derive(Clone, Debug, Default)]
struct Kept {
    lines: VecDeque<String>,
    records: VecDeque<Record>,
}

impl Recording {
    /// Keeps the last of the run from now on.
    pub(crate) fn keep_last(&mut self) {
        self.kept.get_or_insert_default();
    }

    /// A number that two runs have in common if they had the same messages.
    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }

    pub(crate) fn messages(&self) -> u64 {
        self.messages
    }

    pub(crate) fn last_lines(&self) -> Vec<String> {
        self.kept.iter().flat_map(|kept| &kept.lines).cloned().collect()
    }

    /// The last messages as a sequence diagram, without listener events and signs of life.
    pub(crate) fn last_diagram(&self) -> String {
        let records = self.kept.iter().flat_map(|kept| &kept.records);
        sequence_text(&Diagram::of(records, true), Look::default())
    }

    pub(super) fn message(&mut self, now: Time, from: ActorId, to: ActorId, message: &Message) {
        self.messages += 1;
        let message = message.as_ref();
        let ids = message.ids();
        let task = ids.task.map_or(0, |task| task.0 + 1);
        let stage = ids.stage.map_or(0, |stage| u64::from(stage.0) + 1);
        let count = u64::from(ids.count.unwrap_or(u32::MAX));
        let parties = from.code() << 32 ^ to.code();
        let kind =
            message.kind().bytes().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let what = [now.0, parties, kind ^ task << 32, stage << 32 ^ count];
        self.digest = what.iter().fold(self.digest, |digest, number| mix(digest, *number));
        if let Some(kept) = &mut self.kept {
            let line = format!("{from:>16} → {to:<16} {:<24} {ids}", message.kind());
            keep(&mut kept.lines, now, line.trim_end());
            // Named by their places in the run, which is all that a diagram needs.
            let id = MessageId { actor: from, incarnation: 0, number: self.messages };
            let head = Head { id, cause: None, to, sent: now };
            let kind = message.kind();
            kept.draw(Record { number: self.messages, head, handled: now, kind, ids, message: None });
        }
    }

    pub(super) fn happening(&mut self, now: Time, happening: &Happening) {
        let Some(Kept { lines, .. }) = &mut self.kept else { return };
        let what = match happening {
            Happening::Decoded(task) => format!("result of task {} decoded", task.task_id),
            other => format!("{other:?}"),
        };
        keep(lines, now, &format!("{:>16}   {what}", "(world)"));
    }
}

impl Kept {
    fn draw(&mut self, record: Record) {
        let is_watcher = |actor| matches!(actor, ActorId::ListenerBus | ActorId::HeartbeatReceiver);
        if is_watcher(record.from()) || is_watcher(record.to()) {
            return;
        }
        if self.records.len() == DRAWN {
            self.records.pop_front();
        }
        self.records.push_back(record);
    }
}

/// A line that says the same as the one before takes its place: timers of those who wait for ever would fill the page.
fn keep(lines: &mut VecDeque<String>, now: Time, what: &str) {
    if lines.back().is_some_and(|last| last.ends_with(what)) {
        lines.pop_back();
    } else if lines.len() == LINES {
        lines.pop_front();
    }
    lines.push_back(format!("{now:>12} {what}"));
}
