//! What can go wrong between a reference to code and the code.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::{DecodeError, ImageError};

/// Why code could not be resolved, decoded, or identified. A reference that is wrong is always such an error,
/// never a call to the wrong place.
///
/// ```
/// use firesteel::code::CodeError;
///
/// let error = CodeError::WrongName { expected: "a::Stage".into(), found: "b::Stage" };
/// assert!(error.to_string().contains("same executable"));
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CodeError {
    /// The reference does not point at a multiple of an entry's alignment.
    #[error("code offset {offset} is misaligned: it is damaged or comes from another executable; {SAME}")]
    Misaligned {
        /// Bytes from the image's anchor.
        offset: i64,
    },
    /// The reference points outside of the read-only data of this executable.
    #[error("code offset {offset} leaves this executable's read-only data: it comes from another; {SAME}")]
    OutsideImage {
        /// Bytes from the image's anchor.
        offset: i64,
    },
    /// The reference points at something that is not an entry.
    #[error("there is no code entry at offset {offset}: it comes from another executable; {SAME}")]
    NotAnEntry {
        /// Bytes from the image's anchor.
        offset: i64,
    },
    /// The reference points at the entry of a type with another name.
    #[error("the code of `{expected}` was asked for, but its offset holds `{found}`; {SAME}")]
    WrongName {
        /// The name in the reference.
        expected: String,
        /// The name in the entry.
        found: &'static str,
    },
    /// The reference points at the entry of another type with the same name, or what it says of the type is
    /// wrong.
    #[error("the code of `{name}` is here of another type with the same name; {SAME}")]
    WrongType {
        /// The name in the reference and in the entry.
        name: String,
    },
    /// The code decodes to objects of another type than the caller asks for.
    #[error("the code of `{name}` does not decode to a `{requested}`: ask for the type that it was made for")]
    WrongObject {
        /// The name in the reference and in the entry.
        name: String,
        /// The object type that the caller asked for.
        requested: &'static str,
    },
    /// The code is right, but its bytes are not.
    #[error("cannot decode a stage of type `{name}`")]
    Decode {
        /// The stage's type.
        name: String,
        /// What was wrong with the bytes.
        source: DecodeError,
    },
    /// A [`Fun`](super::Fun) was to come out of bytes where no stage is being decoded.
    ///
    /// It is met as the text of the decoder's error: a `Deserialize` cannot return any other.
    #[error(
        "a function can be read back only as part of a stage: send plain data, and use the function by name"
    )]
    NotDecodingAStage,
    /// This executable is built or loaded in a way that does not let code travel.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The running executable could not be read for its digest.
    #[error("cannot read the running executable {}: let the user that runs it read it", path.display())]
    Executable {
        /// The file that was to be read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What to do when the other side's code is not ours.
const SAME: &str = "run the driver and every executor from the same executable";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_say_where_and_what_to_do() {
        let text = CodeError::NotAnEntry { offset: -64 }.to_string();
        assert!(text.contains("-64") && text.ends_with(SAME), "{text}");
    }

    #[test]
    fn sources_are_kept() {
        let source = super::super::from_bytes::<u8>(&[]).unwrap_err();
        let error = CodeError::Decode { name: "Stage".into(), source };
        let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<DecodeError>());
        assert!(matches!(cause, Some(DecodeError::Malformed { .. })));
    }
}
