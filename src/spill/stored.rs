//! [`Stored`]: where the bytes of parts are.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path, sync::Arc};

use super::SpillError;

/// What parts are read from.
#[derive(Clone, Debug)]
pub(super) enum Stored {
    File(Arc<File>),
    /// What came from another executor, and had room.
    #[cfg(feature = "cluster")]
    Memory(Arc<Vec<u8>>),
}

impl Stored {
    /// Fills `buffer` from a place.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64, path: &Path) -> Result<(), SpillError> {
        match self {
            Stored::File(file) => read_at(file, buffer, offset, path),
            #[cfg(feature = "cluster")]
            Stored::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                match start.checked_add(buffer.len()).and_then(|end| bytes.get(start..end)) {
                    Some(there) => {
                        buffer.copy_from_slice(there);
                        Ok(())
                    }
                    None => Err(too_short(path, offset, buffer, bytes.len() as u64)),
                }
            }
        }
    }
}

fn too_short(path: &Path, offset: u64, buffer: &[u8], found: u64) -> SpillError {
    SpillError::Damaged {
        path: path.to_owned(),
        what: "the length of the file",
        offset,
        expected: offset.saturating_add(buffer.len() as u64),
        found,
    }
}

/// Fills `buffer` from a place of a file.
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64, path: &Path) -> Result<(), SpillError> {
    file.read_exact_at(buffer, offset).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            too_short(path, offset, buffer, file.metadata().map_or(0, |metadata| metadata.len()))
        }
        _ => SpillError::io("read", path, error),
    })
}
