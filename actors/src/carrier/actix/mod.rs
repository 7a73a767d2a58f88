//! The carrier for production: cores behind one generic actix shell.
//!
//! All actors of a system share one arbiter thread (same-thread messages are several times cheaper, and there
//! is one order to record). Around it: task threads per executor, the pool that decodes results, a timer
//! thread. Only `do_send` is used between actors, through the door; a timer is a message; user code never runs
//! on the arbiter thread; a dead actor ends the system loudly.

mod builder;
mod result_threads;
mod router;
mod shell;
mod system;

pub use builder::ActorSystemBuilder;
pub(crate) use result_threads::{decode, getting, reply as decode_reply};
pub use system::ActorSystem;

use std::{cell::Cell, marker::PhantomData};

thread_local! {
    /// The systems whose actors live on this thread: a host may carry several.
    static CARRIED: Cell<usize> = const { Cell::new(0) };
}

/// Marks this thread while it lives.
struct CarriesActors {
    /// It stays on its thread.
    not_send: PhantomData<*const ()>,
}

impl CarriesActors {
    fn mark() -> Self {
        CARRIED.set(CARRIED.get() + 1);
        CarriesActors { not_send: PhantomData }
    }
}

impl Drop for CarriesActors {
    fn drop(&mut self) {
        CARRIED.set(CARRIED.get() - 1);
    }
}

/// Whether this thread carries actors. A call that blocks on it would wait for itself for ever.
pub fn thread_carries_actors() -> bool {
    CARRIED.get() > 0
}
