//! Who was caused by a message, and who caused it.

use std::{
    borrow::Borrow,
    collections::{HashMap, HashSet},
};

use crate::{
    ActorId,
    message::{Head, MessageId},
    trace::{Record, TraceError},
};

/// The most causes that are held to look for those of a message.
const MOST: usize = 20_000_000;

/// Names of messages, one bit each: a sender numbers its messages one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct MessageSet {
    bits: HashMap<(ActorId, u32, u64), u64>,
}

impl MessageSet {
    fn insert(&mut self, id: MessageId) {
        *self.bits.entry((id.actor, id.incarnation, id.number / 64)).or_default() |= 1 << (id.number % 64);
    }

    fn contains(&self, id: MessageId) -> bool {
        let bits = self.bits.get(&(id.actor, id.incarnation, id.number / 64));
        bits.is_some_and(|bits| bits >> (id.number % 64) & 1 == 1)
    }
}

/// The effects of a message, found as they come by: a cause is handled before its effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Effects {
    of: MessageId,
    met: bool,
    found: MessageSet,
    /// Whether the last message that came by is one of them.
    pub(super) last: bool,
}

impl Effects {
    pub(super) fn new(of: MessageId) -> Self {
        Effects { of, met: false, found: MessageSet::default(), last: false }
    }

    /// Looks at the next message. The same one may come again.
    pub(super) fn see(&mut self, head: &Head) {
        let is_root = head.id == self.of;
        self.met |= is_root;
        self.last = is_root || head.cause.is_some_and(|cause| self.found.contains(cause));
        if self.last {
            self.found.insert(head.id);
        }
    }

    /// The message, if it has not come by.
    pub(super) fn missing(&self) -> Option<MessageId> {
        (!self.met).then_some(self.of)
    }
}

/// The causes of a message, back to the root. They come by before it does, so they have to be looked for first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Causes {
    of: MessageId,
    met: bool,
    found: HashSet<MessageId>,
}

impl Causes {
    pub(super) fn new(of: MessageId) -> Self {
        Causes { of, met: false, found: HashSet::new() }
    }

    pub(super) fn contains(&self, id: MessageId) -> bool {
        self.found.contains(&id)
    }

    /// The message, if it has not been found.
    pub(super) fn missing(&self) -> Option<MessageId> {
        (!self.met).then_some(self.of)
    }

    /// Finds the causes of several messages, in one go through the trace up to the last of them.
    pub(super) fn find<R: Borrow<Record>>(
        all: &mut [Causes],
        records: impl IntoIterator<Item = R>,
    ) -> Result<(), TraceError> {
        let mut causes = HashMap::new();
        for record in records {
            let head = &record.borrow().head;
            if let Some(cause) = head.cause {
                if causes.len() >= MOST {
                    return Err(TraceError::TooManyCauses { held: MOST });
                }
                causes.insert(head.id, cause);
            }
            for wanted in all.iter_mut().filter(|wanted| wanted.of == head.id) {
                wanted.met = true;
            }
            if all.iter().all(|wanted| wanted.met) {
                break;
            }
        }
        for wanted in all.iter_mut().filter(|wanted| wanted.met) {
            let mut next = Some(wanted.of);
            // In a damaged trace causes may go round in a circle.
            while let Some(id) = next.filter(|id| wanted.found.insert(*id)) {
                next = causes.get(&id).copied();
            }
        }
        Ok(())
    }
}
