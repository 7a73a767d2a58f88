//! Small numbers in few bytes.

use super::{
    CodecError, CodecErrorKind, Integer, Widths,
    input::{end, take_array, take_byte},
    sealed::Sealed,
};

/// Compact widths, for messages in traces: up to 250 a number is one byte, and behind 251, 252 and 253 it has two, four and
/// eight, the lowest first, so that nothing is written by a loop. Signed numbers are zigzag before. Lengths and the
/// places of variants are numbers like others; `u8`, `i8`, `u128` and `i128` have their own bytes. A sequence must know
/// its length before.
#[derive(Clone, Copy, Debug)]
pub enum Compact {}

/// The first byte of a number that does not fit into it: behind it are two, four or eight bytes.
const TWO: u8 = 251;
const FOUR: u8 = 252;
const EIGHT: u8 = 253;

impl Sealed for Compact {}

impl Widths for Compact {
    /// Messages have some ten levels.
    const MAX_DEPTH: u32 = 64;
    /// A trace may be a stranger's, and is compressed.
    const IS_BOUNDED: bool = true;

    #[inline]
    fn put_integer<I: Integer>(value: I, out: &mut Vec<u8>) {
        match value.fold() {
            Some(number) => put_number(number, out),
            None => value.put(out),
        }
    }

    #[inline]
    fn take_integer<I: Integer>(input: &mut &[u8]) -> Result<I, CodecError> {
        if I::FOLDS { I::unfold(take_number(input)?).ok_or_else(too_large) } else { I::take(input) }
    }

    #[inline]
    fn put_place(place: u32, out: &mut Vec<u8>) {
        put_number(place.into(), out);
    }

    #[inline]
    fn take_place(input: &mut &[u8]) -> Result<u32, CodecError> {
        Self::take_integer(input)
    }

    #[inline]
    fn put_length(length: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        put_number(length as u64, out);
        Ok(())
    }

    /// An element has a byte at least, so no length is believed that is larger than what is left. What elements take in
    /// memory is counted as they come.
    #[inline]
    fn take_length(input: &mut &[u8]) -> Result<usize, CodecError> {
        let length = take_number(input)?;
        usize::try_from(length).ok().filter(|length| *length <= input.len()).ok_or_else(end)
    }

    #[inline]
    fn announced(length: Option<usize>) -> Result<usize, CodecError> {
        length.ok_or_else(|| CodecErrorKind::UnknownLength.into())
    }

    /// A length has no fixed width to be put into.
    #[cold]
    fn mend_length(_at: usize, announced: usize, found: usize, _out: &mut [u8]) -> Result<(), CodecError> {
        Err(CodecErrorKind::WrongLength { announced, found }.into())
    }
}

#[inline]
fn put_number(value: u64, out: &mut Vec<u8>) {
    match u8::try_from(value) {
        Ok(small) if small < TWO => out.push(small),
        _ => put_long_number(value, out),
    }
}

#[inline]
fn put_long_number(value: u64, out: &mut Vec<u8>) {
    let [a, b, c, d, e, f, g, h] = value.to_le_bytes();
    if value <= u64::from(u16::MAX) {
        out.extend_from_slice(&[TWO, a, b]);
    } else if value <= u64::from(u32::MAX) {
        out.extend_from_slice(&[FOUR, a, b, c, d]);
    } else {
        out.extend_from_slice(&[EIGHT, a, b, c, d, e, f, g, h]);
    }
}

#[inline]
fn take_number(input: &mut &[u8]) -> Result<u64, CodecError> {
    match take_byte(input)? {
        TWO => take_array(input).map(|bytes| u16::from_le_bytes(bytes).into()),
        FOUR => take_array(input).map(|bytes| u32::from_le_bytes(bytes).into()),
        EIGHT => take_array(input).map(u64::from_le_bytes),
        small if small < TWO => Ok(small.into()),
        other => Err(CodecErrorKind::BadByte("a number", other).into()),
    }
}

#[cold]
fn too_large() -> CodecError {
    CodecErrorKind::TooLarge.into()
}
