//! The one door that every message passes: it numbers messages and shows them to observers.
//!
//! Observing is a property of the door, not of the actors. While nobody observes it costs one relaxed load a
//! message; without the feature `trace`, nothing.

use std::sync::Arc;

use crate::{
    ActorId, Time,
    message::{Describe, Head, Message, MessageId, MessageRef},
};

/// A message at the moment it is handled.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// Its envelope.
    pub head: &'a Head,
    /// When it is handled.
    pub handled: Time,
    /// What it says.
    pub message: MessageRef<'a>,
}

/// Sees every message at the moment it is handled. Called on the receiving thread, so it must be quick and
/// must not block; a recorder that cannot keep up may wait (back-pressure) rather than lose a message.
pub trait Observer: Send + Sync + 'static {
    /// A message is about to be handled.
    fn message(&self, observed: Observed<'_>);

    /// The system has stopped: nothing follows.
    ///
    /// # Errors
    /// What was not recorded, for people; the stop's report has it.
    fn finish(&self) -> Result<(), String> {
        Ok(())
    }
}

impl<F: Fn(Observed<'_>) + Send + Sync + 'static> Observer for F {
    fn message(&self, observed: Observed<'_>) {
        self(observed);
    }
}

/// Numbers the messages of one sender.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    actor: ActorId,
    incarnation: u32,
    number: u64,
}

impl Sender {
    pub(crate) fn new(actor: ActorId) -> Self {
        Sender::of_life(actor, 0)
    }

    /// The sender in this life of its.
    pub(crate) fn of_life(actor: ActorId, incarnation: u32) -> Self {
        Sender { actor, incarnation, number: 0 }
    }

    /// The sender in this life of its, behind its message of this number.
    pub(crate) fn behind(actor: ActorId, incarnation: u32, number: u64) -> Self {
        Sender { actor, incarnation, number }
    }

    /// How many messages it has sent.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn head(&mut self, to: ActorId, cause: Option<MessageId>, now: Time) -> Head {
        self.number += 1;
        Head {
            id: MessageId { actor: self.actor, incarnation: self.incarnation, number: self.number },
            cause,
            to,
            sent: now,
        }
    }
}

/// A `tracing` span around the handling of a message, for those who use subscribers; costs next to nothing while
/// nobody asks for it.
#[inline]
pub(crate) fn span<'a>(head: &'a Head, message: impl Into<MessageRef<'a>>) -> tracing::Span {
    if !tracing::enabled!(target: "firesteel::message", tracing::Level::TRACE) {
        return tracing::Span::none();
    }
    let message = message.into();
    tracing::trace_span!(
        target: "firesteel::message",
        "message",
        kind = message.kind(),
        ids = %message.ids(),
        id = %head.id,
        cause = head.cause.map(tracing::field::display),
        to = %head.to,
    )
}

#[cfg(feature = "trace")]
mod watched {
    use std::sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    };

    use super::{Head, Message, MessageRef, Observed, Observer, Time};

    /// Never changed in place: an observer may come or go while messages are shown, even from within an observer.
    type Observers = Arc<Vec<(u64, Arc<dyn Observer>)>>;

    /// The door of one system.
    #[derive(Default)]
    pub(crate) struct Door {
        watched: AtomicBool,
        next_id: AtomicU64,
        observers: RwLock<Observers>,
    }

    impl Door {
        /// As [`deliver`](Door::deliver), for a message whose receiver is not told apart yet.
        #[inline(always)]
        pub(crate) fn deliver_any(&self, head: &Head, handled: Time, message: &Message) {
            if self.watched.load(Ordering::Relaxed) {
                self.show(head, handled, message.as_ref());
            }
        }

        /// Shows a message that is about to be handled.
        #[inline(always)]
        pub(crate) fn deliver<'a>(&self, head: &'a Head, handled: Time, message: impl Into<MessageRef<'a>>) {
            if self.watched.load(Ordering::Relaxed) {
                self.show(head, handled, message.into());
            }
        }

        /// Apart and cold, so that the way without observers stays one load and one branch.
        #[cold]
        #[inline(never)]
        fn show<'a>(&self, head: &'a Head, handled: Time, message: MessageRef<'a>) {
            let observed = Observed { head, handled, message };
            for (_, observer) in self.observers().iter() {
                observer.message(observed);
            }
        }

        fn observers(&self) -> Observers {
            self.observers.read().unwrap_or_else(PoisonError::into_inner).clone()
        }

        pub(crate) fn add(&self, observer: Arc<dyn Observer>) -> u64 {
            let id = self.next_id.fetch_add(1, Ordering::Relaxed);
            let mut observers = self.observers.write().unwrap_or_else(PoisonError::into_inner);
            let mut more = observers.to_vec();
            more.push((id, observer));
            *observers = Arc::new(more);
            self.watched.store(true, Ordering::Relaxed);
            id
        }

        pub(crate) fn remove(&self, id: u64) {
            let mut observers = self.observers.write().unwrap_or_else(PoisonError::into_inner);
            let left: Vec<_> = observers.iter().filter(|(known, _)| *known != id).cloned().collect();
            self.watched.store(!left.is_empty(), Ordering::Relaxed);
            let before = std::mem::replace(&mut *observers, Arc::new(left));
            drop(observers);
            // The observer itself, outside of the lock: dropping it may do anything.
            drop(before);
        }

        /// Tells the observers that nothing follows; what they could not record.
        pub(crate) fn finish(&self) -> Vec<String> {
            self.observers().iter().filter_map(|(_, observer)| observer.finish().err()).collect()
        }
    }
}

#[cfg(not(feature = "trace"))]
mod unwatched {
    use std::sync::Arc;

    use super::{Head, Message, MessageRef, Observer, Time};

    /// A door without a recorder: it has no code.
    #[derive(Default)]
    pub(crate) struct Door {}

    impl Door {
        #[inline(always)]
        pub(crate) fn deliver_any(&self, _head: &Head, _handled: Time, _message: &Message) {}

        #[inline(always)]
        pub(crate) fn deliver<'a>(
            &self,
            _head: &'a Head,
            _handled: Time,
            _message: impl Into<MessageRef<'a>>,
        ) {
        }

        pub(crate) fn add(&self, _observer: Arc<dyn Observer>) -> u64 {
            tracing::warn!("built without the feature `trace`: messages cannot be observed");
            0
        }

        pub(crate) fn remove(&self, _id: u64) {}

        pub(crate) fn finish(&self) -> Vec<String> {
            Vec::new()
        }
    }
}

#[cfg(not(feature = "trace"))]
pub(crate) use unwatched::Door;
#[cfg(feature = "trace")]
pub(crate) use watched::Door;

/// Observes while it lives.
#[must_use = "observing ends when this is dropped"]
pub struct Subscription {
    door: Arc<Door>,
    id: u64,
}

impl Subscription {
    pub(crate) fn new(door: Arc<Door>, observer: Arc<dyn Observer>) -> Self {
        let id = door.add(observer);
        Subscription { door, id }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.door.remove(self.id);
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Subscription({})", self.id)
    }
}
