//! Executors in other processes: the actors' messages over *control connections*.
//!
//! The driver's side ([`driver`]) listens, agrees with each executor on what both must have in common, and then passes messages on:
//! what the driver's actors send to an ExecutorBackend or its task threads goes out, what an executor sends to other actors comes
//! in, and is looked at first: an executor speaks for itself only. The executor's side ([`executor`]) is the mirror of that.
//!
//! [`protocol`] has the frames. Connections and their security are [`transport`](crate::transport)'s, processes are
//! [`launch`](crate::launch)'s, data that is not a message is the block server's.

mod driver;
mod error;
mod executor;
mod protocol;
#[cfg(test)]
mod tests;
mod too_large;

pub(crate) use driver::{Cluster, ClusterSettings, Executors, FailJobs, MakeFleet, Route};
pub use error::ClusterError;
pub(crate) use executor::run_executor;
#[doc(hidden)]
pub use protocol::fuzz;

/// What an application is called in paths and texts, by the number of its context.
pub(crate) fn application_id(application: u64) -> String {
    format!("app-{application:016x}")
}
