//! The bytes of rows: what is written when data leaves memory, for a file or another process.
//!
//! It is the [codec](firesteel_actors::codec) of the control plane in [`Fixed`] widths, which cost no branch on the way
//! back. Stages and results, which people look at, stay rmp.

use firesteel_actors::codec::{self, Fixed};
use serde::{Deserialize, Serialize};

pub use firesteel_actors::codec::{CodecError, CodecErrorKind};

/// Appends a value to `out`. After an error `out` ends with a part of it.
///
/// # Errors
/// As [`codec::encode`] with fixed widths.
#[inline]
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    codec::encode::<Fixed, T>(value, out)
}

/// Takes a value from the front of `input`, which stays as it is after an error.
///
/// # Errors
/// As [`codec::decode`] with fixed widths.
#[inline]
pub(crate) fn decode<'de, T: Deserialize<'de>>(input: &mut &'de [u8]) -> Result<T, CodecError> {
    codec::decode::<Fixed, T>(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    #[test]
    fn lines_are_written_as_bytes_behind_a_length_of_four() {
        let mut bytes = Vec::new();
        encode(&(Text::from("ab"), 7u64), &mut bytes).unwrap();
        assert_eq!(bytes, [2, 0, 0, 0, b'a', b'b', 7, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_line_comes_back_and_every_cut_is_an_error() {
        let line = Text::from(b"a line that is longer than what is kept inline \xFF".as_slice());
        let mut bytes = Vec::new();
        encode(&line, &mut bytes).unwrap();
        for cut in 0..bytes.len() {
            assert!(decode::<Text>(&mut &bytes[..cut]).is_err(), "cut at {cut}");
        }
        bytes.extend_from_slice(b"next");
        let mut input = &*bytes;
        assert_eq!(decode::<Text>(&mut input), Ok(line));
        assert_eq!(input, b"next");
    }
}
