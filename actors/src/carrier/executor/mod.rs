//! The carrier of an executor's process: one ExecutorBackend, its task threads, a timer thread.
//!
//! There is no thread for the actor: whoever brings a message lets the core handle it, under a lock. Messages for other
//! actors leave by the [`Link`](super::Link) to the driver. A dead core ends the executor loudly.

mod node;
mod system;
#[cfg(test)]
mod tests;

pub use system::ExecutorSystem;
