//! [`LinesOfChunk`]: the lines of one piece of a file that is in memory.

use std::iter::FusedIterator;
use std::ops::Range;

use memchr::memchr2;

use super::{Chunk, Text, block};

/// The lines of one chunk, made by [`Lines::next_chunk`](super::Lines::next_chunk). Nothing can fail here.
/// It may be empty although more lines follow in the file.
///
/// Lines end with LF, CR or CRLF, which are not part of them; the last line of a file may end with the
/// file.
///
/// Drop it before the next chunk is asked for, so that the reader can use the chunk's memory again (if no
/// long line or word of it is kept).
#[derive(Debug, Clone)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct LinesOfChunk {
    chunk: Chunk,
    rest: Range<usize>,
}

impl LinesOfChunk {
    /// The lines at `range`, which begins with the begin of a line and ends with a whole line.
    pub(super) fn new(chunk: Chunk, range: Range<usize>) -> LinesOfChunk {
        LinesOfChunk { chunk, rest: range }
    }

    /// No lines.
    pub(super) fn empty() -> LinesOfChunk {
        LinesOfChunk { chunk: Chunk::default(), rest: 0..0 }
    }
}

impl Iterator for LinesOfChunk {
    type Item = Text;

    #[inline]
    fn next(&mut self) -> Option<Text> {
        let Range { start, end } = self.rest;
        if start == end {
            return None;
        }
        let rest = &self.chunk.as_bytes()[start..end];
        let len = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        let line_end = match &rest[len..] {
            [] => 0,
            [b'\r', b'\n', ..] => 2,
            _ => 1,
        };
        self.rest.start = start + len + line_end;
        Some(Text::of_chunk(&self.chunk, start, start + len))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(!self.rest.is_empty()), Some(self.rest.len()))
    }

    #[inline]
    fn fold<B, F>(self, init: B, mut f: F) -> B
    where
        F: FnMut(B, Text) -> B,
    {
        let LinesOfChunk { chunk, rest: Range { mut start, end } } = self;
        let bytes = chunk.as_bytes();
        let mut acc = init;
        // Whether the line before ended with a CR, whose LF may follow.
        let mut after_cr = false;
        let mut at = start;
        while at < end {
            let mut found = block::find(bytes, at, |byte| matches!(byte, b'\r' | b'\n'));
            if end - at < block::LEN {
                found &= !(u64::MAX << (end - at));
            }
            while found != 0 {
                let line_end = at + found.trailing_zeros() as usize;
                found &= found - 1;
                let is_cr = bytes[line_end] == b'\r';
                if !(after_cr && !is_cr && line_end == start) {
                    acc = f(acc, Text::of_chunk(&chunk, start, line_end));
                }
                after_cr = is_cr;
                start = line_end + 1;
            }
            at += block::LEN;
        }
        if start < end { f(acc, Text::of_chunk(&chunk, start, end)) } else { acc }
    }
}

impl FusedIterator for LinesOfChunk {}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let lines = LinesOfChunk::new(Chunk::new(bytes.to_vec()), 0..bytes.len());
        let by_fold = lines.clone().fold(vec![], |mut all, line| {
            all.push(line.to_string());
            all
        });
        let mut by_next = vec![];
        for line in lines {
            by_next.push(line.to_string());
        }
        assert_eq!(by_fold, by_next);
        by_next
    }

    #[test]
    fn each_of_the_three_ends() {
        assert_eq!(lines(b""), [""; 0]);
        assert_eq!(lines(b"a"), ["a"]);
        assert_eq!(lines(b"a\n\nb\n"), ["a", "", "b"]);
        assert_eq!(lines(b"a\r\rb\r"), ["a", "", "b"]);
        assert_eq!(lines(b"a\r\n\r\nb\r\n"), ["a", "", "b"]);
        assert_eq!(lines(b"a\n\rb\r\r\nc"), ["a", "", "b", "", "c"]);
    }

    #[test]
    fn only_its_range() {
        let chunk = Chunk::new(b"no\na\nb\nno".to_vec());
        assert_eq!(LinesOfChunk::new(chunk, 3..7).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(LinesOfChunk::empty().next(), None);
    }
}
