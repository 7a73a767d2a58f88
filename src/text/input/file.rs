//! [`InputFile`]: one file of the input.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{FileSplit, InputError, Source};

/// The first buffer of [`read_whole`] is not made larger than this on the word of a file's length.
const FIRST_BUFFER: u64 = 64 << 20;

/// A file of the input, as it was when it was listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Where it is: an absolute path.
    #[serde(with = "super::file_split::path_as_text")]
    pub path: PathBuf,
    /// How many bytes it has (compressed, if it is).
    pub len: u64,
    /// Whether it can be read from the middle: not if it is compressed.
    pub splittable: bool,
}

impl InputFile {
    /// The file of `len` bytes at `path`; its name tells whether it is compressed.
    #[must_use]
    pub fn new(path: PathBuf, len: u64) -> InputFile {
        let splittable = !is_gzip(&path);
        InputFile { path, len, splittable }
    }
}

/// Reads a whole file, decompressed if it is compressed.
///
/// # Errors
///
/// If the file is gone, has become shorter, cannot be read, or is broken gzip data.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("poem.txt");
/// # std::fs::write(&path, "heaven in a wild flower")?;
/// use firesteel::text::input::{InputFile, read_whole};
///
/// let file = InputFile::new(path, 23);
/// assert_eq!(read_whole(&file)?, b"heaven in a wild flower");
/// # Ok(())
/// # }
/// ```
pub fn read_whole(file: &InputFile) -> Result<Vec<u8>, InputError> {
    let mut source = Source::open(&FileSplit::whole_of(file))?;
    let mut bytes = vec![0; file.len.min(FIRST_BUFFER) as usize + 1];
    let mut filled = 0;
    loop {
        match source.read(&mut bytes[filled..])? {
            0 => break,
            n => filled += n,
        }
        if filled == bytes.len() {
            bytes.resize(2 * filled, 0);
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Whether the name of a file says that it is gzip data.
pub(super) fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_files_of_any_size() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        for len in [0, 1, 100, 200_000] {
            let bytes: Vec<u8> = (0..len).map(|i| i as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(read_whole(&InputFile::new(path.clone(), len as u64)).unwrap(), bytes);
            // It may have grown since.
            assert_eq!(read_whole(&InputFile::new(path.clone(), 0)).unwrap(), bytes);
        }
    }

    #[test]
    fn a_file_that_shrank_or_vanished_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "abc").unwrap();
        let error = read_whole(&InputFile::new(path.clone(), 4)).unwrap_err();
        assert!(
            matches!(&error, InputError::Shrunk { expected: 4, found: 3, path: at } if *at == path),
            "{error}"
        );
        std::fs::remove_file(&path).unwrap();
        let error = read_whole(&InputFile::new(path.clone(), 4)).unwrap_err();
        assert_eq!(error.to_string(), format!("Input path does not exist: {}", path.display()));
    }

    #[test]
    fn only_gz_is_not_splittable() {
        for (name, splittable) in
            [("a", true), ("a.gz", false), ("gz", true), ("a.gz.txt", true), (".gz", true)]
        {
            assert_eq!(InputFile::new(name.into(), 1).splittable, splittable, "{name}");
        }
    }
}
