mod midway;
mod panics;
mod scanned;
mod simulated;
mod tampered;
mod timelines;

use std::cell::Cell;

use crate::message::MessageId;

thread_local! {
    static PANICS_AT: Cell<Option<MessageId>> = const { Cell::new(None) };
}

/// Panics while this message is handled, as a core with a bug would.
pub(super) fn panic_if_wanted(id: MessageId) {
    assert!(PANICS_AT.get() != Some(id), "a bug");
}

/// Lets this thread's cores panic at a message.
pub(in crate::trace) fn panic_at(id: MessageId) {
    PANICS_AT.set(Some(id));
}
