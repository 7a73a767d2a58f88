//! How code travels between a driver and executors that run the **same executable**.
//!
//! Rust has no portable form of a function, but two processes of one executable share all of them: only
//! *which* code to run has to be said. A stage therefore travels as two things:
//!
//! - a [`CodeRef`]: where in the image the code of the stage's type begins, with names and hashes that are
//!   checked before anything is called;
//! - the bytes of the stage's operators ([`to_bytes`]). Their data travels as itself. Their functions are
//!   [`Fun`]s: functions that capture nothing, so nothing of them travels, and the executor makes them again
//!   from their type.
//!
//! The executor resolves the reference and decodes the bytes with [`CodeRef::decode`], which is the only
//! place where a [`Fun`] can come out of bytes. That both sides run the same executable is told by
//! [`executable_digest`], which an executor presents when it registers; [`check_environment`] refuses builds
//! in which the scheme cannot hold.
//!
//! This module does not know what a stage is, sends nothing, and keeps nothing but two facts of the process
//! that never change: where its image lies, and its digest. Every `unsafe` that code needs is in this module.
//!
//! ```
//! use firesteel::code::{DecodeError, Fun, from_bytes, to_bytes};
//!
//! fn read_like<T: serde::de::DeserializeOwned>(_: &T, bytes: &[u8]) -> Result<T, DecodeError> {
//!     from_bytes(bytes)
//! }
//!
//! let double = Fun::new(|x: u64| x * 2);
//! let bytes = to_bytes(&double)?;
//! // Bytes alone do not bring a function back: only the decoding of a stage does.
//! assert!(read_like(&double, &bytes).is_err());
//! # Ok::<(), firesteel::code::EncodeError>(())
//! ```

mod bytes;
mod decoding;
mod digest;
mod entry;
mod error;
mod fun;
mod image;
mod reference;

pub use bytes::{DecodeError, EncodeError, from_bytes, to_bytes};
pub use digest::{ExecutableDigest, executable_digest};
pub use entry::Decodable;
pub use error::CodeError;
pub use fun::Fun;
pub use image::{ImageError, check_environment};
pub use reference::CodeRef;

/// Keeps [`Decodable`] to this crate.
pub(crate) mod sealed {
    /// To be implemented beside [`Decodable`](super::Decodable); other crates cannot name it.
    pub trait Sealed {}
}
