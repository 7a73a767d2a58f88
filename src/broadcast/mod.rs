//! Broadcast variables: values that every executor has once, however many stages use them.
//!
//! A [`Broadcast`] is a handle; of it only the id travels with a stage. While a stage is decoded the handle finds its value
//! in the executor's [`Broadcasts`]. In one process that is the driver's own value, which is neither copied nor encoded.

mod error;
mod handle;
mod store;

pub use error::BroadcastError;
pub use handle::Broadcast;
pub(crate) use store::Broadcasts;
