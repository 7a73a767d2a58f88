//! Blocks between processes: parts of map outputs, large results and broadcast values.
//!
//! Every process has a [`BlockServer`], which answers requests over data connections, and a [`Remote`]: a directory of the
//! other executors with one connection to each that it needs, what is known of where map outputs are, and the fetches of
//! tasks. The driver feeds the directory over the control connections: an executor that is lost ends what waits for it at
//! once. `protocol` has what is said.
//!
//! A reducer's part of a map output has the form of a part in a spill file, so what came is read as if it lay in one; it goes
//! to memory if the task may have it, else to a file. What cannot be had is a failure to fetch, which names the output and
//! runs its map task again. A failed connection is tried again before that; a refusal, and an executor that is lost, are not.
//!
//! Not here: connections and their encryption ([`transport`](crate::transport)), and who tells of executors.

mod answer;
mod broadcast;
mod call;
mod directory;
mod error;
mod fetch;
#[doc(hidden)]
pub mod fuzz;
mod landing;
mod link;
mod locations;
mod notice;
mod parts;
mod protocol;
mod remote;
mod results;
mod serve;
mod server;
#[cfg(test)]
mod tests;

pub(crate) use error::FetchError;
pub(crate) use notice::{Freed, Notice};
pub(crate) use protocol::{BroadcastInfo, Refusal};
pub(crate) use remote::Remote;
pub(crate) use server::{BlockServer, transport_options};
