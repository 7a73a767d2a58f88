//! Broadcast variables: values that every executor has once, however many stages use them.
//!
//! A [`Broadcast`] is a handle; of it only the id travels with a stage. While a stage is decoded the handle finds its value
//! in the executor's [`Broadcasts`]. In one process that is the driver's own value, which is neither copied nor encoded. An
//! executor in another process fetches it when it is first needed there, in pieces, from the driver and from executors that
//! have asked before (`blocks`).

mod error;
mod handle;
#[cfg(feature = "cluster")]
mod pieces;
mod store;

pub use error::BroadcastError;
pub use handle::Broadcast;
#[cfg(feature = "cluster")]
pub(crate) use pieces::Pieces;
pub(crate) use store::Broadcasts;
