//! Values as traces have them.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::codec::{CodecError, CodecErrorKind, Compact, decode, encode};

/// Reads a value from all of these bytes.
pub(crate) fn read<T: DeserializeOwned>(mut bytes: &[u8]) -> Result<T, CodecError> {
    let value = decode::<Compact, T>(&mut bytes)?;
    assert_eq!(bytes, [0; 0], "all is read");
    Ok(value)
}

/// The bytes of a value, which is the same when it is read back, and of which every part is too short.
pub(crate) fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode::<Compact, T>(value, &mut bytes).unwrap();
    assert_eq!(read::<T>(&bytes).as_ref(), Ok(value), "{bytes:?}");
    for length in 0..bytes.len() {
        let error = decode::<Compact, T>(&mut &bytes[..length]).unwrap_err();
        assert!(matches!(error.kind(), CodecErrorKind::End | CodecErrorKind::Value(_)), "{length}: {error}");
    }
    bytes
}

/// The same, if these are its bytes.
pub(crate) fn assert_bytes<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    value: &T,
    bytes: &[u8],
) -> Vec<u8> {
    let written = round_trip(value);
    assert_eq!(written, bytes, "{value:?}");
    written
}
