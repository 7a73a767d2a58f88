//! The way to actors in other processes.

use crate::message::{Addressed, Head};

/// Carries messages to actors in other processes. On the driver these are ExecutorBackends and their task threads, in an
/// executor's process all other actors.
pub trait Link: Send + Sync + 'static {
    /// Takes a message along, in the order in which a sender's messages come; `false`: there is no way to its receiver.
    /// Called on the thread of the actors, so it must not block.
    fn send(&self, head: &Head, message: &Addressed) -> bool;

    /// Lets go what [`send`](Self::send) has kept back. An executor calls it when it holds no lock any more.
    fn flush(&self) {}
}
