//! Why a value cannot be written or read.

use std::fmt::Display;

use thiserror::Error;

/// Why a value cannot be written or read. In a box, so that writing without an error is told in a register.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct CodecError(Box<CodecErrorKind>);

/// What a [`CodecError`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CodecErrorKind {
    /// The bytes end within the value.
    #[error("the bytes end within a value")]
    End,
    /// serde features that only formats like JSON can have.
    #[error(
        "{0} needs a self-describing format, which rows and messages do not have (untagged and internally tagged \
         enums, flatten, skip_serializing_if)"
    )]
    NotSelfDescribing(&'static str),
    /// A sequence that cannot say beforehand how long it is, where that must be known.
    #[error("a sequence does not know its length")]
    UnknownLength,
    /// A sequence that was not as long as it said, where that cannot be mended.
    #[error("a sequence of {announced} elements has {found}")]
    WrongLength {
        /// What it said.
        announced: usize,
        /// What came.
        found: usize,
    },
    /// More elements than can be counted.
    #[error("a sequence of {0} elements is longer than 4294967295")]
    TooLong(usize),
    /// Elements that take more memory than their bytes may claim.
    #[error("the elements of the value's sequences take more than {0} bytes of memory")]
    TooMuchMemory(usize),
    /// Nested deeper than this.
    #[error("the value is nested more than {0} levels deep")]
    TooDeep(u32),
    /// A number that its type cannot hold.
    #[error("a number is too large for its field")]
    TooLarge,
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

impl CodecError {
    /// What it is about.
    pub fn kind(&self) -> &CodecErrorKind {
        &self.0
    }
}

impl From<CodecErrorKind> for CodecError {
    #[cold]
    fn from(kind: CodecErrorKind) -> Self {
        CodecError(Box::new(kind))
    }
}

impl serde::ser::Error for CodecError {
    #[cold]
    fn custom<T: Display>(message: T) -> Self {
        CodecErrorKind::Value(message.to_string().into()).into()
    }
}

impl serde::de::Error for CodecError {
    #[cold]
    fn custom<T: Display>(message: T) -> Self {
        CodecErrorKind::Value(message.to_string().into()).into()
    }
}
