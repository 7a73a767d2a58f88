//! Why a message has no bytes, or bytes are no message.

use std::fmt::Display;

/// Why a message has no bytes, or bytes are no message. In a box, so that writing without an error passes it in a register.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CodecError(Box<str>);

impl CodecError {
    #[cold]
    pub(crate) fn new(text: &str) -> Self {
        CodecError(text.into())
    }
}

impl serde::ser::Error for CodecError {
    #[cold]
    fn custom<T: Display>(text: T) -> Self {
        CodecError(text.to_string().into())
    }
}

impl serde::de::Error for CodecError {
    #[cold]
    fn custom<T: Display>(text: T) -> Self {
        CodecError(text.to_string().into())
    }
}
