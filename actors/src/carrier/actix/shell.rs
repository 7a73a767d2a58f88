//! The one generic actix actor: takes a message out of its envelope, lets the core handle it, sends what the
//! core wants sent.

use std::{panic::AssertUnwindSafe, sync::Arc};

use actix::{Actor, ActorContext, Context, Handler};

use super::router::Router;
use crate::{
    carrier::{Port, Sender},
    core::{Core, Outbox},
    message::{Head, MessageRef},
};

/// A message in its envelope, as actix carries it.
pub(super) struct Parcel<M> {
    pub(super) head: Head,
    pub(super) message: M,
}

impl<M> actix::Message for Parcel<M> {
    type Result = ();
}

/// A core as an actix actor.
pub(super) struct Shell<C> {
    core: C,
    sender: Sender,
    outbox: Outbox,
    router: Arc<Router>,
}

impl<C: Core> Shell<C> {
    pub(super) fn new(core: C, router: Arc<Router>) -> Self {
        Shell { sender: Sender::new(core.actor()), core, outbox: Outbox::new(), router }
    }
}

impl<C: Core> Shell<C> {
    fn carry_out(&mut self, cause: Option<crate::message::MessageId>, now: crate::Time) {
        for sending in self.outbox.drain() {
            let head = self.sender.head(sending.to, cause, now);
            self.router.send(head, sending, now);
        }
    }

    /// Runs the core; a panic in it is a bug of ours, and ends the whole system loudly (a dead scheduler must
    /// not look like a slow one).
    fn guarded(&mut self, context: &mut Context<Self>, run: impl FnOnce(&mut C, &mut Outbox))
    where
        Self: Actor<Context = Context<Self>>,
    {
        let (core, outbox) = (&mut self.core, &mut self.outbox);
        if let Err(payload) = std::panic::catch_unwind(AssertUnwindSafe(|| run(core, outbox))) {
            let text = crate::carrier::actix::task_threads::panic_text(&*payload);
            self.router.fail(&format!("{} panicked: {text}", self.core.actor()));
            context.terminate();
        }
    }
}

impl<C: Core> Actor for Shell<C> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        let now = self.router.now();
        self.guarded(context, |core, outbox| core.start(now, outbox));
        self.carry_out(None, now);
    }
}

impl<C: Core> Handler<Parcel<C::Message>> for Shell<C>
where
    for<'a> &'a C::Message: Into<MessageRef<'a>>,
{
    type Result = ();

    fn handle(&mut self, parcel: Parcel<C::Message>, context: &mut Context<Self>) {
        let Parcel { head, message } = parcel;
        let now = self.router.now();
        self.router.door.deliver(&head, now, &message);
        self.guarded(context, |core, outbox| core.handle(now, message, outbox));
        self.carry_out(Some(head.id), now);
    }
}
