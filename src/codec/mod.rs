//! The compact codec of rows: what is written when data leaves memory, for a file or another process.
//!
//! The format is serde's data model in fixed widths, without names, tags or record headers; whoever reads has the same
//! type as who wrote. Integers and floats are little endian; `bool`, the tag of an `Option` and the index of a variant
//! take one byte (255: four more follow); lengths take four; bytes and strings follow their length as they are; structs
//! and tuples are their fields and nothing else.
//!
//! The crates that were looked at do not fit: postcard writes varints, which cost a branch per byte on the way back;
//! bincode is no longer maintained; bitcode buffers whole columns. rmp stays for messages, stages and results, which
//! people look at. What needs a format that describes itself (`deserialize_any`: untagged and internally tagged enums,
//! `flatten`, `skip_serializing_if`) is refused by name.
//!
//! Bytes may come from a damaged file or a stranger: reading never panics, never allocates on the word of a length, and
//! never recurses deeper than [`MAX_DEPTH`].

mod decoder;
mod encoder;
mod error;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::{decoder::Decoder, encoder::Encoder};
pub use error::CodecError;

/// How deep options, enums, sequences and maps may be nested in each other; writing and reading agree on it.
pub(crate) const MAX_DEPTH: u32 = 1_000;

/// The index of a variant that does not fit into a byte follows this one.
const LONG_INDEX: u8 = u8::MAX;

/// Appends a value to `out`. After an error `out` ends with a part of it.
///
/// # Errors
/// [`CodecError`] if the value needs a format that describes itself, is nested too deep, has a sequence of more than
/// `u32::MAX` elements, or says itself that it cannot be written.
#[inline]
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    value.serialize(&mut Encoder::new(out))
}

/// Takes a value from the front of `input`, which stays as it is after an error.
///
/// # Errors
/// [`CodecError`] if the bytes are not those of a `T`.
#[inline]
pub(crate) fn decode<'de, T: Deserialize<'de>>(input: &mut &'de [u8]) -> Result<T, CodecError> {
    let mut decoder = Decoder::new(input);
    let value = T::deserialize(&mut decoder)?;
    *input = decoder.rest();
    Ok(value)
}
