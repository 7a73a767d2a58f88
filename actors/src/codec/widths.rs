//! What differs between the two forms of bytes.

use super::{CodecError, Integer, sealed::Sealed};

/// How integers, lengths and the places of variants are written: [`Fixed`](super::Fixed) or
/// [`Compact`](super::Compact).
pub trait Widths: Sealed {
    /// How deep options, enums, sequences and maps may be nested in each other; writing and reading agree on it.
    const MAX_DEPTH: u32;

    /// Whether the memory that elements of sequences and maps take is counted and bounded by the length of the input.
    const IS_BOUNDED: bool;

    /// Appends an integer.
    fn put_integer<I: Integer>(value: I, out: &mut Vec<u8>);

    /// Takes an integer.
    ///
    /// # Errors
    /// If the bytes end, or are no number of this type.
    fn take_integer<I: Integer>(input: &mut &[u8]) -> Result<I, CodecError>;

    /// Appends the place of a variant in its enum.
    fn put_place(place: u32, out: &mut Vec<u8>);

    /// Takes the place of a variant.
    ///
    /// # Errors
    /// If the bytes end, or are no place.
    fn take_place(input: &mut &[u8]) -> Result<u32, CodecError>;

    /// Appends how many bytes or elements follow.
    ///
    /// # Errors
    /// If there are more than it can say.
    fn put_length(length: usize, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// Takes how many bytes or elements follow. What was not written here may say anything.
    ///
    /// # Errors
    /// If the bytes end, or there can be so many no more.
    fn take_length(input: &mut &[u8]) -> Result<usize, CodecError>;

    /// How many elements to write before a sequence that says this of itself.
    ///
    /// # Errors
    /// If a sequence must know its length.
    fn announced(length: Option<usize>) -> Result<usize, CodecError>;

    /// Mends the length at a place of `out`: other elements were `announced` than were `found`.
    ///
    /// # Errors
    /// If that cannot be mended, or there are more than it can say.
    fn mend_length(at: usize, announced: usize, found: usize, out: &mut [u8]) -> Result<(), CodecError>;
}
