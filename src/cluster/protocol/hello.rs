//! What both sides tell of themselves.

use firesteel_actors::{ExecutorId, Time};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

use crate::code::ExecutableDigest;

/// The version of the frames: those of another are not understood.
pub(in crate::cluster) const PROTOCOL: u32 = 1;

/// An executor's first frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::cluster) struct Hello {
    /// Its [`PROTOCOL`].
    pub(in crate::cluster) protocol: u32,
    /// Its version of firesteel.
    pub(in crate::cluster) version: String,
    /// Its executable; `None`: the driver has started it from its own.
    pub(in crate::cluster) digest: Option<ExecutableDigest>,
    /// The id under which the driver has started it; `None`: it came by itself.
    pub(in crate::cluster) executor_id: Option<ExecutorId>,
    /// Its host, as people know it.
    pub(in crate::cluster) hostname: String,
    /// Its task threads.
    pub(in crate::cluster) cores: u32,
    /// The port of its block server, on the host that the connection comes from.
    pub(in crate::cluster) block_port: u16,
    /// Its process.
    pub(in crate::cluster) process_id: u32,
}

/// The driver's answer to an executor that it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::cluster) struct Welcome {
    /// Its id.
    pub(in crate::cluster) executor_id: ExecutorId,
    /// Tells the driver's context from all others.
    pub(in crate::cluster) application: u64,
    /// The settings of the driver's program.
    pub(in crate::cluster) settings: Vec<(String, String)>,
    /// What the driver's clock shows.
    pub(in crate::cluster) now: Time,
    /// Whether the driver wants to see the messages that are handled in the executor.
    pub(in crate::cluster) is_observed: bool,
    /// The block servers of the others, the driver's first.
    pub(in crate::cluster) executors: Vec<(ExecutorId, SocketAddr)>,
}
