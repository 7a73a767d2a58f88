//! The one generic actix actor: takes a message out of its envelope, lets the core handle it, sends what the
//! core wants sent.

use std::{panic::AssertUnwindSafe, sync::Arc};

use actix::{Actor, ActorContext, Context, Handler};

use super::router::Router;
use crate::{
    carrier::{Port, Sender, span},
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

/// Asked of every actor when the system stops. Mailboxes are queues, so the answer says that all that was sent
/// before has been handled. The last one ends the actor.
pub(super) struct Finish {
    pub(super) last: bool,
}

impl actix::Message for Finish {
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

    /// Handles a message; a panic in that is a bug of ours, or of the program whose listener was called, and
    /// ends the whole system loudly (a dead scheduler must not look like a slow one).
    fn guarded(&mut self, context: &mut Context<Self>, run: impl FnOnce(&mut Self))
    where
        Self: Actor<Context = Context<Self>>,
    {
        if let Err(payload) = std::panic::catch_unwind(AssertUnwindSafe(|| run(self))) {
            let text = crate::carrier::panic_text(&*payload);
            self.router.fail(&format!("{} panicked: {text}", self.core.actor()));
            context.terminate();
        }
    }
}

impl<C: Core> Actor for Shell<C> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        let now = self.router.now();
        self.guarded(context, |shell| {
            shell.core.start(now, &mut shell.outbox);
            shell.carry_out(None, now);
        });
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
        self.router.activity.note(now);
        self.guarded(context, |shell| {
            let _span = span(&head, &message).entered();
            shell.router.door.deliver(&head, now, &message);
            shell.core.handle(now, message, &mut shell.outbox);
            shell.carry_out(Some(head.id), now);
        });
    }
}

impl<C: Core> Handler<Finish> for Shell<C> {
    type Result = ();

    fn handle(&mut self, finish: Finish, context: &mut Context<Self>) {
        if finish.last {
            context.stop();
        }
    }
}
