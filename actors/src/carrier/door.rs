//! The one door that every message passes: it numbers messages and shows them to observers.
//!
//! Observing is a property of the door, not of the actors. Until somebody observes it costs one relaxed load a
//! message; without the feature `trace`, nothing. With observers, each thread remembers who they are.

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

#[cfg(all(test, feature = "trace"))]
mod tests;

#[cfg(feature = "trace")]
mod watched {
    use std::{
        cell::RefCell,
        sync::{
            Arc, PoisonError, RwLock,
            atomic::{AtomicU64, Ordering},
        },
    };

    use super::{Head, Message, MessageRef, Observed, Observer, Time};

    /// Never changed in place: an observer may come or go while messages are shown, even from within an observer.
    type Observers = Arc<Vec<(u64, Arc<dyn Observer>)>>;

    /// Numbers the lists of observers of all doors of the process, so that a number says which list of which door.
    static LISTS: AtomicU64 = AtomicU64::new(1);

    thread_local! {
        /// The observers to which this thread showed its last message, and the number of their list: a message that is
        /// shown to the same ones takes no lock and counts no reference.
        ///
        /// They are kept alive by that. Whoever removes an observer, or drops the door, forgets them on his own thread
        /// at once (not within an observer); another thread does when it handles its next message at a door that was
        /// ever observed, or ends.
        static LAST: RefCell<Option<(u64, Observers)>> = const { RefCell::new(None) };
    }

    /// The door of one system.
    #[derive(Default)]
    pub(crate) struct Door {
        /// The number of the list of observers; 0 if there has never been one. It stays when the last one has gone, so
        /// that threads forget it.
        list: AtomicU64,
        next_id: AtomicU64,
        observers: RwLock<Observers>,
    }

    impl Door {
        /// As [`deliver`](Door::deliver), for a message whose receiver is not told apart yet.
        #[inline(always)]
        pub(crate) fn deliver_any(&self, head: &Head, handled: Time, message: &Message) {
            let list = self.list.load(Ordering::Relaxed);
            if list != 0 {
                self.show(list, Observed { head, handled, message: message.as_ref() });
            }
        }

        /// Shows a message that is about to be handled.
        #[inline(always)]
        pub(crate) fn deliver<'a>(&self, head: &'a Head, handled: Time, message: impl Into<MessageRef<'a>>) {
            let list = self.list.load(Ordering::Relaxed);
            if list != 0 {
                self.show(list, Observed { head, handled, message: message.into() });
            }
        }

        /// Apart and cold, so that the way without observers stays one load and one branch.
        #[cold]
        #[inline(never)]
        fn show(&self, list: u64, observed: Observed<'_>) {
            let shown = LAST.try_with(|last| {
                // Borrowed while they observe: what is shown from within an observer borrows it as well, or not at all.
                let last = last.try_borrow().ok()?;
                let (_, observers) = last.as_ref().filter(|(known, _)| *known == list)?;
                observers.iter().for_each(|(_, observer)| observer.message(observed));
                Some(())
            });
            if !matches!(shown, Ok(Some(()))) {
                self.show_anew(observed);
            }
        }

        /// Shows a message to the observers that there are now, and remembers them.
        fn show_anew(&self, observed: Observed<'_>) {
            let (list, observers) = self.observers();
            let now = (list, observers.clone());
            let before = LAST.try_with(|last| last.try_borrow_mut().ok()?.replace(now));
            // No longer borrowed: dropping an observer may do anything.
            drop(before);
            observers.iter().for_each(|(_, observer)| observer.message(observed));
        }

        /// The observers, and the number of their list.
        fn observers(&self) -> (u64, Observers) {
            let observers = self.observers.read().unwrap_or_else(PoisonError::into_inner);
            // Only changed under the lock.
            (self.list.load(Ordering::Relaxed), observers.clone())
        }

        /// Forgets the observers on this thread, unless they observe just now.
        fn forget() {
            let forgotten = LAST.try_with(|last| last.try_borrow_mut().ok()?.take());
            // No longer borrowed, as above.
            drop(forgotten);
        }

        /// Changes who observes; the list that was before.
        fn change(&self, change: impl FnOnce(&mut Vec<(u64, Arc<dyn Observer>)>)) -> Observers {
            let mut observers = self.observers.write().unwrap_or_else(PoisonError::into_inner);
            let mut changed = observers.to_vec();
            change(&mut changed);
            self.list.store(LISTS.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
            std::mem::replace(&mut *observers, Arc::new(changed))
        }

        pub(crate) fn add(&self, observer: Arc<dyn Observer>) -> u64 {
            let id = self.next_id.fetch_add(1, Ordering::Relaxed);
            self.change(|observers| observers.push((id, observer)));
            id
        }

        pub(crate) fn remove(&self, id: u64) {
            let before = self.change(|observers| observers.retain(|(known, _)| *known != id));
            Self::forget();
            // The observer itself, outside of the lock: dropping it may do anything.
            drop(before);
        }

        /// Tells the observers that nothing follows; what they could not record.
        pub(crate) fn finish(&self) -> Vec<String> {
            self.observers().1.iter().filter_map(|(_, observer)| observer.finish().err()).collect()
        }
    }

    impl Drop for Door {
        fn drop(&mut self) {
            Self::forget();
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

/// Observes while it lives. Other threads may keep the observer alive until they handle their next message.
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
