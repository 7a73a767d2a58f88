//! The bytes of values that leave memory: messages in traces, and rows of shuffles, spills and caches.
//!
//! It is serde's data model, one value behind another: structs and tuples are their fields and nothing else, a variant
//! follows its place in its enum, `bool` and the tag of an `Option` are a byte, floats have their four or eight bytes,
//! lowest first. Texts, bytes, sequences and maps follow their length. How integers, lengths and places are written is
//! for the [`Widths`] to say:
//! - [`Fixed`] gives every integer its own width. Rows are encoded by the million, and this needs no branch on the way back.
//! - [`Compact`] gives a number up to 250 one byte. A trace's messages are made of small numbers, and are kept.
//!
//! # What it does not do
//! It writes no names, no tags and no record headers: bytes do not describe themselves, and whoever reads has the same
//! types as who wrote (a trace has their fingerprint). What needs more (`deserialize_any`: untagged and internally tagged
//! enums, `flatten`, `skip_serializing_if`) is refused by name. It has no version and no checksum either; files have them.
//!
//! Bytes may come from a damaged file or a stranger: reading never panics, never takes memory on the word of a length, and
//! never goes deeper than [`Widths::MAX_DEPTH`]. With [`Compact`] widths the elements of sequences take some multiple of the
//! input's length at most.
//!
//! # Why it is our own
//! Of crates, postcard writes numbers by a loop over their bits, bincode is not maintained any more, and bitcode buffers
//! whole columns; none limits how deep a stranger's bytes make a reader go.

mod compact;
mod decoder;
mod encoder;
mod error;
mod fixed;
mod input;
mod integer;
mod parts;
#[cfg(test)]
mod tests;
mod widths;

use serde::{Deserialize, Serialize};

pub use self::{
    compact::Compact,
    error::{CodecError, CodecErrorKind},
    fixed::Fixed,
    integer::Integer,
    widths::Widths,
};
use self::{decoder::Decoder, encoder::Encoder};

/// Appends a value to `out`. After an error `out` ends with a part of it.
///
/// # Errors
/// [`CodecError`] if the value needs a format that describes itself, is nested too deep, has a sequence whose length the
/// widths cannot write, or says itself that it cannot be written.
#[inline]
pub fn encode<W: Widths, T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    value.serialize(&mut Encoder::<W>::new(out))
}

/// Takes a value from the front of `input`, which stays as it is after an error.
///
/// # Errors
/// [`CodecError`] if the bytes are not those of a `T`.
#[inline]
pub fn decode<'de, W: Widths, T: Deserialize<'de>>(input: &mut &'de [u8]) -> Result<T, CodecError> {
    let mut decoder = Decoder::<W>::new(input);
    let value = T::deserialize(&mut decoder)?;
    *input = decoder.rest();
    Ok(value)
}

/// As [`decode`], and about how many bytes of memory the elements of the value's sequences and maps take: counted only
/// where the widths bound them.
#[inline]
pub(crate) fn decode_counted<'de, W: Widths, T: Deserialize<'de>>(
    input: &mut &'de [u8],
) -> Result<(T, usize), CodecError> {
    let mut decoder = Decoder::<W>::new(input);
    let value = T::deserialize(&mut decoder)?;
    let memory = decoder.memory();
    *input = decoder.rest();
    Ok((value, memory))
}

/// Keeps the traits of this module its own.
mod sealed {
    /// Of this module.
    pub trait Sealed {}
}
