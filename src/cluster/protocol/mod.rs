//! The frames of control connections: MessagePack by `rmp-serde`, structs as arrays.
//!
//! Both sides are one executable, which is made sure before the first message, so there is nothing to be compatible with. Each
//! direction has an enum that is written by reference and one that is read. The first frame of an executor is [`Hello`], the
//! driver's answer [`Welcome`] or a refusal.

mod frames;
#[doc(hidden)]
pub mod fuzz;
mod hello;
mod launch;

pub(super) use frames::{FromExecutor, FromExecutorRef, ToExecutor, ToExecutorRef};
pub(super) use hello::{Hello, PROTOCOL, Welcome};
#[cfg(test)]
pub(super) use launch::test_stage;
pub(super) use launch::{SLOTS, StageSlots, TaskLaunch};

use firesteel_actors::lineage::Blob;
use serde::{Serialize, de::DeserializeOwned};

use super::ClusterError;

/// The deepest nesting of a frame. Messages are flat.
const MAX_DEPTH: usize = 64;

/// Writes a frame over what is in `to`, with the bytes of its blobs.
pub(super) fn write<T: Serialize>(frame: &T, to: &mut Vec<u8>) -> Result<(), rmp_serde::encode::Error> {
    to.clear();
    Blob::keeping_bytes(|| rmp_serde::encode::write(to, frame))
}

/// As [`write`], but of blobs their lengths and digests alone: to be looked at.
pub(super) fn write_to_be_seen<T: Serialize>(
    frame: &T,
    to: &mut Vec<u8>,
) -> Result<(), rmp_serde::encode::Error> {
    to.clear();
    rmp_serde::encode::write(to, frame)
}

/// Reads a frame, which must be all of `bytes`.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8], side: &'static str) -> Result<T, ClusterError> {
    let mut rest = bytes;
    let mut from = rmp_serde::Deserializer::new(&mut rest);
    from.set_max_depth(MAX_DEPTH);
    let frame = T::deserialize(&mut from).map_err(|error| ClusterError::Protocol {
        side,
        problem: format!("a frame cannot be read: {error}"),
    })?;
    drop(from);
    if rest.is_empty() {
        return Ok(frame);
    }
    let problem = format!("{} bytes follow a frame", rest.len());
    Err(ClusterError::Protocol { side, problem })
}
