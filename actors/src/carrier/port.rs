//! How the program around a system sends messages into it, whichever carrier it runs on.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Door, Observed, Observer, Sender, Subscription};
use crate::{
    ActorId, SystemError, Time,
    message::{Address, Addressed, Head},
};

/// A carrier's entrance for messages from outside.
pub trait Port: Send + Sync + 'static {
    /// The time of the system.
    fn now(&self) -> Time;

    /// Takes a message.
    ///
    /// # Errors
    /// [`SystemError::Stopped`] if the system takes no more messages.
    fn post(&self, head: Head, message: Addressed) -> Result<(), SystemError>;
}

/// A handle to a running system: sends messages to its actors and observes them. Cheap to clone; every clone
/// that [`named`](SystemHandle::named) made is a sender of its own in the trace.
#[derive(Clone)]
pub struct SystemHandle {
    port: Arc<dyn Port>,
    door: Arc<Door>,
    sender: Arc<Mutex<Sender>>,
}

impl SystemHandle {
    pub(crate) fn new(port: Arc<dyn Port>, door: Arc<Door>) -> Self {
        SystemHandle::of_sender(port, door, Arc::new(Mutex::new(Sender::new(ActorId::Host(0)))))
    }

    /// A handle that sends in the name of `sender`.
    pub(super) fn of_sender(port: Arc<dyn Port>, door: Arc<Door>, sender: Arc<Mutex<Sender>>) -> Self {
        SystemHandle { port, door, sender }
    }

    /// A handle whose messages carry their own sender number in the trace (`Host-7`).
    pub fn named(&self, number: u32) -> SystemHandle {
        let sender = Arc::new(Mutex::new(Sender::new(ActorId::Host(number))));
        SystemHandle { port: self.port.clone(), door: self.door.clone(), sender }
    }

    /// Sends a message to an actor. Only messages that the actor accepts compile:
    ///
    /// ```compile_fail
    /// # fn f(system: firesteel_actors::carrier::SystemHandle) {
    /// use firesteel_actors::message::{ReviveOffers, TaskScheduler};
    /// system.send(TaskScheduler, ReviveOffers {}); // ReviveOffers is the DriverEndpoint's
    /// # }
    /// ```
    /// ```no_run
    /// # fn f(system: firesteel_actors::carrier::SystemHandle) {
    /// use firesteel_actors::message::{DriverEndpoint, ReviveOffers};
    /// system.send(DriverEndpoint, ReviveOffers {}).ok();
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SystemError::Stopped`] if the system takes no more messages.
    pub fn send<A: Address>(&self, to: A, message: impl Into<A::Message>) -> Result<(), SystemError> {
        let to = to.actor();
        let message = Addressed { to, message: message.into().into() };
        let now = self.port.now();
        // The lock is held while posting, so that the numbers of a sender arrive in order.
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let head = sender.head(to, None, now);
        self.port.post(head, message)
    }

    /// Takes a message that an actor of another process sent, with the envelope that it got there. That the sender may send
    /// it is for the caller to see to.
    ///
    /// # Errors
    /// [`SystemError::Stopped`] if the system takes no more messages.
    pub fn receive(&self, head: Head, message: Addressed) -> Result<(), SystemError> {
        self.port.post(head, message)
    }

    /// Shows observers a message that was handled in another process.
    pub fn observed(&self, observed: Observed<'_>) {
        self.door.deliver(observed.head, observed.handled, observed.message);
    }

    /// Shows every message to `observer` at the moment it is handled, until the subscription is dropped.
    pub fn observe(&self, observer: impl Observer) -> Subscription {
        Subscription::new(self.door.clone(), Arc::new(observer))
    }

    /// The time of the system.
    pub fn now(&self) -> Time {
        self.port.now()
    }
}

impl std::fmt::Debug for SystemHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SystemHandle")
    }
}
