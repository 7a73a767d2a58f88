//! The bytes of messages in traces: serde's data model without names, types or record headers.
//!
//! Every message of a recorded run goes through here on the actors' thread, so numbers are written without a loop: up to
//! 250 a number is one byte, and behind 251, 252 and 253 it has two, four and eight, the lowest first. Signed numbers are
//! zigzag before; floats have their bytes, lowest first; `bool` and the tag of an `Option` are one byte. Texts, bytes,
//! sequences and maps follow their length, a variant its place in its enum; structs and tuples are their fields and
//! nothing else. `docs/trace-format.md` says the same in prose.
//!
//! Who reads has the same types as who wrote: a trace has their fingerprint. Still bytes may come from a damaged file or a
//! stranger: reading never panics, never takes memory on the word of a length, and never goes deeper than [`MAX_DEPTH`].

mod decoder;
mod encoder;
mod error;
#[cfg(test)]
mod tests;

use serde::{Serialize, de::DeserializeOwned};

use self::{decoder::Decoder, encoder::Encoder};
pub(crate) use error::CodecError;

/// How deep options, enums, sequences and maps may be nested in what is read. Messages have some ten levels.
const MAX_DEPTH: u32 = 64;

/// The first byte of a number that does not fit into it: behind it are two, four or eight bytes.
const TWO: u8 = 251;
const FOUR: u8 = 252;
const EIGHT: u8 = 253;

/// Appends a value. After an error `to` ends with a part of it.
///
/// # Errors
/// [`CodecError`] if the value needs a format that describes itself, or says itself that it cannot be written.
#[inline]
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, to: &mut Vec<u8>) -> Result<(), CodecError> {
    value.serialize(&mut Encoder::new(to))
}

/// Reads a value from all of `bytes`.
///
/// # Errors
/// [`CodecError`] if the bytes are not those of a `T`, or more.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let mut decoder = Decoder::new(bytes);
    let value = T::deserialize(&mut decoder)?;
    decoder.end()?;
    Ok(value)
}
