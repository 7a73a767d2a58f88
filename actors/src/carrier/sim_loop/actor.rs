//! A core on the loop.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    Time,
    carrier::{Sender, span},
    core::{Core, Outbox},
    message::{Addressed, Head, MessageId, MessageRef},
};

/// Messages with their envelopes and the times at which they are due.
pub(super) type Sent = VecDeque<(Time, Head, Addressed)>;

/// A core with the numbers of its messages.
pub(super) struct Actor<C> {
    pub(super) core: C,
    sender: Sender,
}

impl<C: Core> Actor<C> {
    pub(super) fn new(core: C) -> Self {
        Actor { sender: Sender::new(core.actor()), core }
    }

    /// What it sends before any message.
    pub(super) fn start(&mut self, sent: &mut Sent) {
        let mut out = Outbox::new();
        self.core.start(Time::ZERO, &mut out);
        self.carry_out(&mut out, None, Time::ZERO, sent);
    }

    /// Lets it handle one message; what it sends goes to the end of `sent`.
    pub(super) fn turn(&mut self, head: &Head, message: C::Message, now: Time, sent: &mut Sent)
    where
        for<'a> &'a C::Message: Into<MessageRef<'a>>,
    {
        let _span = span(head, &message).entered();
        let mut out = Outbox::new();
        self.core.handle(now, message, &mut out);
        self.carry_out(&mut out, Some(head.id), now, sent);
    }

    fn carry_out(&mut self, out: &mut Outbox, cause: Option<MessageId>, now: Time, sent: &mut Sent) {
        for sending in out.drain() {
            let head = self.sender.head(sending.to, cause, now);
            let due = sending.after.map_or(now, |after| now + after);
            sent.push_back((due, head, Addressed { to: sending.to, message: sending.message }));
        }
    }
}

/// A lock that nothing else on this thread holds.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
