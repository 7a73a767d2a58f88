//! Every integer in its own width.

use super::{CodecError, CodecErrorKind, Integer, Widths, input::take_byte, sealed::Sealed};

/// Fixed widths, for rows: an integer has the bytes of its type, a length four, the lowest first, and the place of a
/// variant one (255: four more follow). A sequence need not know its length before: it is put in afterwards.
#[derive(Clone, Copy, Debug)]
pub enum Fixed {}

/// The place of a variant that does not fit into a byte follows this one.
const LONG_PLACE: u8 = u8::MAX;

impl Sealed for Fixed {}

impl Widths for Fixed {
    const MAX_DEPTH: u32 = 1_000;
    /// Rows are as large as they are, by the million; only this program wrote them, and files of them have checksums.
    const IS_BOUNDED: bool = false;

    #[inline]
    fn put_integer<I: Integer>(value: I, out: &mut Vec<u8>) {
        value.put(out);
    }

    #[inline]
    fn take_integer<I: Integer>(input: &mut &[u8]) -> Result<I, CodecError> {
        I::take(input)
    }

    #[inline]
    fn put_place(place: u32, out: &mut Vec<u8>) {
        match u8::try_from(place) {
            Ok(place) if place != LONG_PLACE => out.push(place),
            _ => {
                out.push(LONG_PLACE);
                place.put(out);
            }
        }
    }

    #[inline]
    fn take_place(input: &mut &[u8]) -> Result<u32, CodecError> {
        match take_byte(input)? {
            LONG_PLACE => u32::take(input),
            place => Ok(place.into()),
        }
    }

    #[inline]
    fn put_length(length: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        length_of(length)?.put(out);
        Ok(())
    }

    #[inline]
    fn take_length(input: &mut &[u8]) -> Result<usize, CodecError> {
        Ok(u32::take(input)? as usize)
    }

    #[inline]
    fn announced(length: Option<usize>) -> Result<usize, CodecError> {
        Ok(length.unwrap_or(0))
    }

    #[inline]
    fn mend_length(at: usize, _announced: usize, found: usize, out: &mut [u8]) -> Result<(), CodecError> {
        let found = length_of(found)?;
        if let Some(length) = out.get_mut(at..at + 4) {
            length.copy_from_slice(&found.to_le_bytes());
        }
        Ok(())
    }
}

#[inline]
fn length_of(length: usize) -> Result<u32, CodecError> {
    u32::try_from(length).map_err(|_| CodecErrorKind::TooLong(length).into())
}
