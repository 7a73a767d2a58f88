//! Taking bytes from the front of others.

use super::{CodecError, CodecErrorKind};

/// Takes as many bytes as the caller's array has.
#[inline]
pub(super) fn take_array<const N: usize>(input: &mut &[u8]) -> Result<[u8; N], CodecError> {
    let Some((first, rest)) = input.split_first_chunk() else { return Err(end()) };
    *input = rest;
    Ok(*first)
}

/// Takes one byte.
#[inline]
pub(super) fn take_byte(input: &mut &[u8]) -> Result<u8, CodecError> {
    take_array(input).map(|[byte]| byte)
}

/// Takes so many bytes.
#[inline]
pub(super) fn take_slice<'de>(input: &mut &'de [u8], length: usize) -> Result<&'de [u8], CodecError> {
    let Some((first, rest)) = input.split_at_checked(length) else { return Err(end()) };
    *input = rest;
    Ok(first)
}

/// There are not enough bytes.
#[cold]
pub(super) fn end() -> CodecError {
    CodecErrorKind::End.into()
}
