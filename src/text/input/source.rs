//! [`Source`]: where the bytes of a split come from.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
#[cfg(feature = "gzip")]
use std::{io::BufReader, io::Read, sync::Arc};

#[cfg(feature = "gzip")]
use flate2::read::MultiGzDecoder;

use super::{FileSplit, InputError};

/// An open file that is read onwards from a split's start; it does not stop at the split's end.
#[derive(Debug)]
pub(in crate::text) struct Source {
    path: PathBuf,
    /// The end of the split: the file must have so many bytes.
    promised: u64,
    /// Where the first byte was read, in the file.
    start: u64,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    Plain {
        file: File,
        position: u64,
    },
    // Boxed, as a decoder is large.
    #[cfg(feature = "gzip")]
    Gzip(Box<MultiGzDecoder<BufReader<Counted>>>),
}

impl Source {
    /// Opens the file of a split.
    ///
    /// # Errors
    ///
    /// If it is gone or cannot be opened, or is compressed and this build cannot read that.
    pub(in crate::text) fn open(split: &FileSplit) -> Result<Source, InputError> {
        let path = split.path.clone();
        #[cfg(not(feature = "gzip"))]
        if split.gzip {
            return Err(InputError::GzipFeature { path });
        }
        let file = File::open(&path).map_err(|source| InputError::at(&path, source))?;
        #[cfg(feature = "gzip")]
        if split.gzip {
            let decoder =
                MultiGzDecoder::new(BufReader::with_capacity(GZIP_BUFFER, Counted { file, position: 0 }));
            return Ok(Source {
                path,
                promised: split.end(),
                start: 0,
                bytes: Bytes::Gzip(Box::new(decoder)),
            });
        }
        let bytes = Bytes::Plain { file, position: split.start };
        Ok(Source { path, promised: split.end(), start: split.start, bytes })
    }

    /// Reads some bytes, none only at the end of the file (or into an empty buffer).
    ///
    /// # Errors
    ///
    /// If the system cannot read, the data is not what gzip wrote, or the file ends before the split does.
    pub(in crate::text) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, InputError> {
        let read = loop {
            let read = match &mut self.bytes {
                Bytes::Plain { file, position } => {
                    file.read_at(buffer, *position).inspect(|&n| *position += n as u64)
                }
                #[cfg(feature = "gzip")]
                Bytes::Gzip(decoder) => match decoder.read(buffer) {
                    // A file without a byte is empty rather than broken.
                    Err(error)
                        if error.kind() == io::ErrorKind::UnexpectedEof
                            && decoder.get_ref().get_ref().position == 0 =>
                    {
                        Ok(0)
                    }
                    read => read,
                },
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        match read {
            Ok(0) if !buffer.is_empty() && self.position() < self.promised => {
                let (path, expected, found) = (self.path.clone(), self.promised, self.position());
                Err(InputError::Shrunk { path, expected, found })
            }
            Ok(n) => Ok(n),
            Err(source) => Err(self.error(source)),
        }
    }

    /// How many bytes of the file were read: compressed ones, if it is.
    pub(in crate::text) fn bytes_read(&self) -> u64 {
        self.position() - self.start
    }

    fn position(&self) -> u64 {
        match &self.bytes {
            Bytes::Plain { position, .. } => *position,
            #[cfg(feature = "gzip")]
            Bytes::Gzip(decoder) => decoder.get_ref().get_ref().position,
        }
    }

    fn error(&self, source: io::Error) -> InputError {
        #[cfg(feature = "gzip")]
        if let Bytes::Gzip(_) = &self.bytes
            && matches!(
                source.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            )
        {
            return InputError::Gzip { path: self.path.clone(), source: Arc::new(source) };
        }
        InputError::at(&self.path, source)
    }
}

/// How much compressed data is read at a time.
#[cfg(feature = "gzip")]
const GZIP_BUFFER: usize = 64 << 10;

/// A file that counts what is read from it.
#[cfg(feature = "gzip")]
#[derive(Debug)]
struct Counted {
    file: File,
    position: u64,
}

#[cfg(feature = "gzip")]
impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer).inspect(|&n| self.position += n as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{InputFile, read_whole};
    use super::*;

    #[test]
    fn a_directory_cannot_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let error = read_whole(&InputFile::new(dir.path().to_owned(), 0)).unwrap_err();
        assert!(matches!(error, InputError::Read { .. }), "{error}");
    }

    #[cfg(not(feature = "gzip"))]
    #[test]
    fn gzip_needs_its_feature() {
        let error = read_whole(&InputFile::new("/data/a.gz".into(), 9)).unwrap_err();
        assert!(matches!(error, InputError::GzipFeature { .. }));
        assert!(error.to_string().contains("feature `gzip`"), "{error}");
    }

    #[cfg(feature = "gzip")]
    mod gzip {
        use std::error::Error;
        use std::io::Write;

        use flate2::{Compression, write::GzEncoder};

        use super::*;

        fn gzip(bytes: &[u8]) -> Vec<u8> {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }

        fn read(compressed: &[u8], listed_len: u64) -> Result<Vec<u8>, InputError> {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("a.gz");
            std::fs::write(&path, compressed).unwrap();
            read_whole(&InputFile::new(path, listed_len))
        }

        #[test]
        fn members_are_read_one_after_the_other() {
            let compressed = [gzip(b"one\n"), gzip(b""), gzip(&[b'x'; 300_000])].concat();
            let bytes = read(&compressed, compressed.len() as u64).unwrap();
            assert!(bytes.starts_with(b"one\nxxx") && bytes.len() == 300_004);
        }

        #[test]
        fn broken_data_is_an_error_with_its_path_and_source() {
            let good = gzip(b"some text, some text, some text");
            for end in 1..good.len() {
                let error = read(&good[..end], 0).unwrap_err();
                assert!(matches!(error, InputError::Gzip { .. }), "{end}: {error:?}");
            }
            let mut bad_sum = good.clone();
            let at = good.len() - 6;
            bad_sum[at] ^= 1;
            for bad in [bad_sum, b"plain text".to_vec()] {
                let error = read(&bad, 0).unwrap_err();
                assert!(error.to_string().contains("a.gz") && error.source().is_some(), "{error:?}");
            }
        }

        #[test]
        fn a_file_cut_between_two_members_has_shrunk() {
            let (one, two) = (gzip(b"one"), gzip(b"two"));
            let error = read(&one, (one.len() + two.len()) as u64).unwrap_err();
            assert!(matches!(error, InputError::Shrunk { .. }), "{error:?}");
        }
    }
}
