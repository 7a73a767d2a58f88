//! Why a row cannot be written or read.

use std::fmt::Display;

use thiserror::Error;

/// Why a row cannot be written or read by the codec of shuffles and spills.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The bytes end within the value.
    #[error("the bytes end within a value")]
    End,
    /// serde features that only formats like JSON can have.
    #[error(
        "{0} needs a self-describing format, which rows of a shuffle do not have (untagged and internally tagged \
         enums, flatten, skip_serializing_if)"
    )]
    NotSelfDescribing(&'static str),
    /// More elements than can be counted.
    #[error("a sequence of {0} elements is longer than 4294967295")]
    TooLong(usize),
    /// Nested too deep.
    #[error("the value is nested more than 1000 levels deep")]
    TooDeep,
    /// A byte that is none of those that can be there.
    #[error("{0} cannot begin with byte {1}")]
    BadByte(&'static str, u8),
    /// Not a character.
    #[error("{0:#x} is not a character")]
    BadChar(u32),
    /// Not UTF-8.
    #[error("a string is not UTF-8")]
    BadText,
    /// What the value's own `Serialize` or `Deserialize` says.
    #[error("{0}")]
    Value(Box<str>),
}

impl serde::ser::Error for CodecError {
    fn custom<T: Display>(message: T) -> Self {
        CodecError::Value(message.to_string().into())
    }
}

impl serde::de::Error for CodecError {
    fn custom<T: Display>(message: T) -> Self {
        CodecError::Value(message.to_string().into())
    }
}
