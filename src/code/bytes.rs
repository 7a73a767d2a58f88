//! The one encoding of stages: MessagePack by `rmp-serde`, structs as arrays.
//!
//! It is fixed: driver and executors are one executable, and both come here. Messages between processes and
//! shuffle rows have encodings of their own, elsewhere.

use std::any::type_name;

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Why a value could not be written as bytes.
#[derive(Debug, Error)]
#[error("cannot write a value of type {type_name}: check what its `Serialize` refuses")]
pub struct EncodeError {
    type_name: &'static str,
    source: rmp_serde::encode::Error,
}

/// Why bytes could not be read back as a value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes are damaged, cut short, or of another type; or a `Deserialize` refused.
    #[error(
        "cannot read a value of type {type_name}: the bytes are damaged or of another type, or its \
         `Serialize` and `Deserialize` do not match"
    )]
    Malformed {
        /// The type that was asked for.
        type_name: &'static str,
        /// What the decoder met.
        source: rmp_serde::decode::Error,
    },
    /// The value ended before the bytes did.
    #[error(
        "{trailing} bytes follow a value of type {type_name}: the bytes are of another type, or its \
         `Serialize` and `Deserialize` do not match"
    )]
    TrailingBytes {
        /// The type that was asked for.
        type_name: &'static str,
        /// How many bytes were left.
        trailing: usize,
    },
}

/// Writes a value as bytes that [`from_bytes`] reads.
///
/// # Errors
///
/// [`EncodeError`] if the value's `Serialize` refuses.
///
/// ```
/// use firesteel::code::{from_bytes, to_bytes};
///
/// let bytes = to_bytes(&("key", 7u64))?;
/// assert_eq!(from_bytes::<(String, u64)>(&bytes)?, ("key".to_owned(), 7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, EncodeError> {
    rmp_serde::to_vec(value).map_err(|source| EncodeError { type_name: type_name::<T>(), source })
}

/// Reads a value from exactly these bytes.
///
/// # Errors
///
/// [`DecodeError`] if the bytes hold no `T`, or something after it.
///
/// ```
/// use firesteel::code::{DecodeError, from_bytes, to_bytes};
///
/// let mut bytes = to_bytes(&7u64)?;
/// bytes.push(0);
/// assert!(matches!(from_bytes::<u64>(&bytes), Err(DecodeError::TrailingBytes { trailing: 1, .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    // The borrowing deserializer cannot say how far it came; the reading one can.
    let mut decoder = rmp_serde::Deserializer::new(bytes);
    let value = T::deserialize(&mut decoder)
        .map_err(|source| DecodeError::Malformed { type_name: type_name::<T>(), source })?;
    match decoder.get_ref().len() {
        0 => Ok(value),
        trailing => Err(DecodeError::TrailingBytes { type_name: type_name::<T>(), trailing }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Operator {
        name: String,
        bounds: Option<(i64, f64)>,
        splits: Vec<u32>,
    }

    #[test]
    fn values_come_back() {
        let operator = Operator { name: "é".into(), bounds: Some((-1, 0.5)), splits: vec![0, 1, u32::MAX] };
        assert_eq!(from_bytes::<Operator>(&to_bytes(&operator).unwrap()).unwrap(), operator);
    }

    #[test]
    fn structs_are_arrays() {
        let operator = Operator { name: String::new(), bounds: None, splits: vec![] };
        assert_eq!(to_bytes(&operator).unwrap(), [0x93, 0xa0, 0xc0, 0x90]);
    }

    #[test]
    fn every_cut_and_every_surplus_is_refused() {
        let mut bytes = to_bytes(&("word".to_owned(), vec![1u64, 1 << 40])).unwrap();
        for end in 0..bytes.len() {
            let outcome = from_bytes::<(String, Vec<u64>)>(&bytes[..end]);
            assert!(matches!(outcome, Err(DecodeError::Malformed { .. })), "cut at {end}");
        }
        bytes.extend([0xc0, 0xc0]);
        let outcome = from_bytes::<(String, Vec<u64>)>(&bytes);
        assert!(matches!(outcome, Err(DecodeError::TrailingBytes { trailing: 2, .. })));
    }

    #[test]
    fn a_length_that_lies_allocates_nothing() {
        // 4 GiB of bytes, of text, and of elements are announced; none follow.
        for marker in [0xc6, 0xdb, 0xdd] {
            let bytes = [marker, 0xff, 0xff, 0xff, 0xff];
            assert!(from_bytes::<String>(&bytes).is_err());
            assert!(from_bytes::<Vec<u64>>(&bytes).is_err());
        }
    }

    #[test]
    fn errors_keep_their_source() {
        let error = from_bytes::<u64>(&[0xa1, b'x']).unwrap_err();
        assert!(error.to_string().contains("u64"), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
}
