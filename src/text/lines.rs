//! [`Lines`]: the reader of one split of a text file, as Hadoop's `LineRecordReader` reads it.
//!
//! The rule that gives each line to one split, wherever the cuts are: let `f(x)` be the begin of the first
//! line that begins after byte `x`. The split from `s` to `e` has the lines that begin from `f(s)` on and
//! before `f(e)`; the file's first split begins with the file. So a split leaves out the line, whole or
//! part, at its start, reads the one that goes beyond its end, and also one that begins exactly there. A cut
//! between CR and LF does no harm: the LF alone ends what is left out.

use super::input::{FileSplit, InputError, Source};
use super::{Chunk, LinesOfChunk};

use memchr::{memchr2, memrchr2};

/// How much is read at a time, unless a line is longer: fits into a core's own cache together with what
/// uses it.
const CHUNK_LEN: usize = 256 << 10;
/// How much is read beyond the end of the split at first, to find the end of its last line.
const BEYOND_END: usize = 4 << 10;
/// The most bytes a line may have.
const MAX_LINE: usize = u32::MAX as usize;
/// The mark of UTF-8 that some editors write at the beginning of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The lines of one split of a text file, chunk by chunk.
///
/// Lines end with LF, CR or CRLF. Across the splits of a file each line is read once, and in order. A UTF-8
/// byte order mark at the beginning of the file is left out. Files that are gzip data are read from their
/// begin to their end.
///
/// A call of [`next_chunk`](Lines::next_chunk) reads from the file at most once, so that a caller can look
/// between two calls whether it is still wanted. Memory is one chunk of 256 KiB, used again as long as
/// nobody keeps a long text of it, and larger only for longer lines.
///
/// See the [module](super) for an example.
#[derive(Debug)]
pub struct Lines {
    split: FileSplit,
    source: Source,
    sizes: Sizes,
    /// The buffer; what was read and not given out is at `begin..filled`.
    chunk: Chunk,
    begin: usize,
    filled: usize,
    /// Where in the data `begin` is.
    offset: u64,
    /// The data's byte at which the split ends.
    end: u64,
    state: State,
}

#[derive(Debug, Clone, Copy)]
struct Sizes {
    chunk: usize,
    max_line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// At the begin of the file, where a byte order mark may be.
    FileStart,
    /// In the line that belongs to the split before.
    ForeignLine,
    /// At the begin of a line.
    Lines,
    Done,
}

impl Lines {
    /// Opens the file of a split.
    ///
    /// # Errors
    ///
    /// If the file is gone or cannot be opened, or is gzip data and this build has not the feature `gzip`.
    pub fn open(split: &FileSplit) -> Result<Lines, InputError> {
        Lines::with_sizes(split, Sizes { chunk: CHUNK_LEN, max_line: MAX_LINE })
    }

    fn with_sizes(split: &FileSplit, sizes: Sizes) -> Result<Lines, InputError> {
        Ok(Lines {
            source: Source::open(split)?,
            sizes,
            chunk: Chunk::default(),
            begin: 0,
            filled: 0,
            offset: split.start,
            end: if split.gzip { u64::MAX } else { split.end() },
            state: if split.start == 0 { State::FileStart } else { State::ForeignLine },
            split: split.clone(),
        })
    }

    /// How many bytes were read from the file so far: compressed ones if it is, and with what was read
    /// around the split.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.source.bytes_read()
    }

    /// The next lines, or none after the last. There may be a chunk without lines before the last.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, has become shorter than it was when it was listed, is broken gzip data,
    /// or has a line of 4 GiB or more. Nothing more comes after an error.
    pub fn next_chunk(&mut self) -> Result<Option<LinesOfChunk>, InputError> {
        if self.state == State::Done {
            return Ok(None);
        }
        let chunk = self.read_chunk();
        if chunk.is_err() {
            self.state = State::Done;
        }
        chunk.map(Some)
    }

    fn read_chunk(&mut self) -> Result<LinesOfChunk, InputError> {
        // What is left of a line that was looked at has no end, except for a CR as its last byte.
        let left = if self.state == State::Lines { self.filled - self.begin } else { 0 };
        let searched = left.saturating_sub(1);
        let at_eof = self.read()? == 0;

        if self.state == State::FileStart {
            if !at_eof && self.filled < BYTE_ORDER_MARK.len() {
                return Ok(LinesOfChunk::empty());
            }
            if self.unread().starts_with(BYTE_ORDER_MARK) {
                self.advance(BYTE_ORDER_MARK.len());
            }
            self.state = State::Lines;
        }
        if self.state == State::ForeignLine {
            match first_line_end(self.unread(), 0, at_eof) {
                Some(len) => {
                    self.advance(len);
                    self.state = if self.offset > self.end { State::Done } else { State::Lines };
                }
                None if at_eof => self.state = State::Done,
                // Not needed, but for a CR which may have its LF in the next chunk.
                None => self.advance(self.unread().len() - usize::from(self.unread().ends_with(b"\r"))),
            }
            if self.state != State::Lines {
                return Ok(LinesOfChunk::empty());
            }
        }
        Ok(self.take_lines(searched, at_eof))
    }

    /// The whole lines of the split in what is unread; the first `searched` bytes have no line end.
    fn take_lines(&mut self, searched: usize, at_eof: bool) -> LinesOfChunk {
        let unread = self.unread();
        let to_end = usize::try_from(self.end.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let last =
            if to_end < unread.len() { first_line_end(unread, to_end.max(searched), at_eof) } else { None };
        let len = match last {
            Some(len) => {
                self.state = State::Done;
                len
            }
            None if at_eof => {
                let len = unread.len();
                self.state = State::Done;
                len
            }
            None => last_line_end(unread, searched),
        };
        let lines = self.begin..self.begin + len;
        self.advance(len);
        LinesOfChunk::new(self.chunk.clone(), lines)
    }

    fn unread(&self) -> &[u8] {
        &self.chunk.as_bytes()[self.begin..self.filled]
    }

    fn advance(&mut self, len: usize) {
        self.begin += len;
        self.offset += len as u64;
    }

    /// Reads once behind what is unread, in a buffer that has room.
    fn read(&mut self) -> Result<usize, InputError> {
        let unread = self.filled - self.begin;
        if unread > self.sizes.max_line {
            let (path, limit) = (self.split.path.clone(), self.sizes.max_line as u64);
            return Err(InputError::LineTooLong { path, offset: self.offset, limit });
        }
        // Doubled for a long line, so that its bytes are moved a few times at most.
        let capacity = self.sizes.chunk.max((2 * unread).min(self.sizes.max_line + 1));
        let to_end = self.end.saturating_sub(self.offset + unread as u64);
        let beyond_end = unread.max(BEYOND_END) as u64;
        let wanted =
            (capacity - unread).min(usize::try_from(to_end.saturating_add(beyond_end)).unwrap_or(usize::MAX));

        let (begin, filled) = (self.begin, self.filled);
        let needed = unread + wanted;
        (self.begin, self.filled) = (0, unread);
        let read = match self.chunk.get_mut() {
            // Nobody looks at it any more. One that grew for a long line is given back.
            Some(buffer) if (needed..=2 * capacity).contains(&buffer.len()) => {
                buffer.copy_within(begin..filled, 0);
                self.source.read(&mut buffer[unread..needed])?
            }
            _ => {
                let mut buffer = vec![0; needed];
                buffer[..unread].copy_from_slice(&self.chunk.as_bytes()[begin..filled]);
                let read = self.source.read(&mut buffer[unread..])?;
                self.chunk = Chunk::new(buffer);
                read
            }
        };
        self.filled += read;
        Ok(read)
    }
}

/// The end of the first line that ends at `from` or after, behind its CR, LF or CRLF. A CR at the end of
/// `bytes` is one only if nothing can follow.
fn first_line_end(bytes: &[u8], from: usize, at_eof: bool) -> Option<usize> {
    let at = from + memchr2(b'\r', b'\n', bytes.get(from..)?)?;
    match &bytes[at..] {
        [b'\r', b'\n', ..] => Some(at + 2),
        [b'\r'] if !at_eof => None,
        _ => Some(at + 1),
    }
}

/// The end of the last line that ends, which is not before `from`, or 0. A CR at the end of `bytes` is none
/// yet.
fn last_line_end(bytes: &[u8], from: usize) -> usize {
    let known = bytes.len() - usize::from(bytes.ends_with(b"\r"));
    bytes.get(from..known).and_then(|bytes| memrchr2(b'\r', b'\n', bytes)).map_or(0, |at| from + at + 1)
}

#[cfg(test)]
mod tests;
