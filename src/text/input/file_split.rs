//! [`FileSplit`]: the part of a file that one partition reads.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::InputFile;
use crate::text::Text;

/// A part of a file: the lines that begin in it. It travels to the executor that reads it with
/// [`Lines`](crate::text::Lines).
///
/// Its cuts are at bytes, wherever lines are: a line belongs to the split in whose bytes `start + 1` to
/// `start + len` (both included) it begins; the first line of the file belongs to the file's first split.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileSplit {
    /// The file: an absolute path.
    #[serde(with = "path_as_text")]
    pub path: PathBuf,
    /// The first byte.
    pub start: u64,
    /// How many bytes.
    pub len: u64,
    /// Whether the file is gzip data, of which the split is the whole.
    pub gzip: bool,
}

impl FileSplit {
    /// The split that is a whole file.
    pub(super) fn whole_of(file: &InputFile) -> FileSplit {
        FileSplit { path: file.path.clone(), start: 0, len: file.len, gzip: !file.splittable }
    }

    /// The first byte after it.
    pub(in crate::text) fn end(&self) -> u64 {
        self.start.saturating_add(self.len)
    }
}

/// A path is written as a string, or as bytes if it is not UTF-8: serde's own form would fail then.
pub(super) mod path_as_text {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        match path.to_str() {
            Some(path) => serializer.serialize_str(path),
            None => serializer.serialize_bytes(path.as_os_str().as_bytes()),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<PathBuf, D::Error> {
        let path = Text::deserialize(deserializer)?;
        Ok(OsString::from_vec(path.to_vec()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travels_with_any_path() {
        for path in [&b"/data/a.txt"[..], "/data/\u{e9}".as_bytes(), b"/data/\xFF\xFE", &[b'x'; 300]] {
            let path = PathBuf::from(OsString::from_vec(path.to_vec()));
            let split = FileSplit { path, start: 1 << 40, len: 7, gzip: false };
            for packed in [rmp_serde::to_vec(&split), rmp_serde::to_vec_named(&split)] {
                assert_eq!(rmp_serde::from_slice::<FileSplit>(&packed.unwrap()).unwrap(), split);
            }
        }
    }
}
