//! The bytes that a trace is read from: a file, which may grow, or memory.

use std::io::{self, Read, Seek, SeekFrom};

/// A file, or what stands for one.
pub(super) trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// Bytes at places.
pub(super) struct Source(pub(super) Box<dyn ReadSeek>);

impl Source {
    /// How many there are now.
    pub(super) fn len(&mut self) -> io::Result<u64> {
        self.0.seek(SeekFrom::End(0))
    }

    /// Reads `length` bytes in place of what `to` holds, or fewer at the end: memory is taken only for what is there.
    pub(super) fn read(&mut self, offset: u64, length: usize, to: &mut Vec<u8>) -> io::Result<()> {
        let left = self.len()?.saturating_sub(offset);
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(length);
        to.clear();
        to.reserve(length);
        self.0.seek(SeekFrom::Start(offset))?;
        Read::by_ref(&mut self.0).take(length as u64).read_to_end(to)?;
        Ok(())
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source")
    }
}
