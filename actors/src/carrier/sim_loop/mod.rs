//! The deterministic carrier: one loop, one virtual clock, no thread.
//!
//! The same cores as on actix, and the same order for the same seed. Messages are handled in the order of
//! (time, order of sending); tasks run inline when they are launched and end after a virtual duration drawn
//! from the seed; timers fire when nothing earlier is left, with the clock put forward. It measures nothing:
//! virtual time tells about order, not about speed.

mod actor;
mod event_queue;
mod inline_asker;
mod system;
#[cfg(all(test, feature = "trace"))]
mod tests;

pub use system::{SimSystem, Stalled};
