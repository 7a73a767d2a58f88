//! What waits to be delivered, in the order of virtual time, then of sending.

use std::collections::BTreeMap;

use crate::{
    Time,
    message::{Addressed, Head},
};

/// Messages by due time. Those due at the same time come in the order in which they were sent.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    events: BTreeMap<(Time, u64), (Head, Addressed)>,
    sent: u64,
}

impl EventQueue {
    pub(super) fn push(&mut self, due: Time, head: Head, message: Addressed) {
        self.sent += 1;
        self.events.insert((due, self.sent), (head, message));
    }

    pub(super) fn pop(&mut self) -> Option<(Time, Head, Addressed)> {
        self.events.pop_first().map(|((due, _), (head, message))| (due, head, message))
    }

    /// When the next one is due.
    pub(super) fn next_due(&self) -> Option<Time> {
        self.events.first_key_value().map(|((due, _), _)| *due)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}
