//! [`Words`]: a text cut at white space. The innermost loop of word count: all here is made to be inlined.

use std::iter::FusedIterator;

use super::Text;
use super::block::{self, is_white};

/// The words of a [`Text`]: what stands between white space (bytes `09` to `0D` and `20`, Java's `\s`).
/// Empty words do not occur.
///
/// It owns its text, so it can leave the closure that made it. Consuming it by `fold` (as `for_each`,
/// `sum`, `count` and the end of a `flat_map` do) is faster than by `next`.
///
/// ```
/// use firesteel::text::Text;
///
/// let words: Vec<Text> = Text::from("  do one\tthing \n").into_words().collect();
/// assert_eq!(words, ["do", "one", "thing"]);
/// ```
#[derive(Debug, Clone)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Words {
    text: Text,
    edges: Edges,
}

/// Where words begin and end, block by block.
#[derive(Debug, Clone)]
struct Edges {
    /// Start of the first block that has not been looked at.
    next: usize,
    /// In the block before that: bit `i` is set if its byte `i` is the first of a word, or the first white
    /// one after a word, and has not been taken.
    bits: u64,
    /// Whether the last byte before `next` is white; so is the one before the text.
    after_white: bool,
}

impl Words {
    #[inline]
    pub(super) fn new(text: Text) -> Words {
        Words { text, edges: Edges { next: 0, bits: 0, after_white: true } }
    }
}

impl Iterator for Words {
    type Item = Text;

    #[inline]
    fn next(&mut self) -> Option<Text> {
        let window = self.text.window();
        let len = self.text.len();
        let mut start = None;
        loop {
            if self.edges.bits == 0 {
                if self.edges.next >= len {
                    return start.map(|start| self.text.cut(window, start, len));
                }
                self.edges.look(window, len);
                continue;
            }
            let edge = self.edges.take();
            match start {
                None => start = Some(edge),
                Some(start) => return Some(self.text.cut(window, start, edge)),
            }
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.text.len().div_ceil(2)))
    }

    #[inline]
    fn fold<B, F>(self, init: B, mut f: F) -> B
    where
        F: FnMut(B, Text) -> B,
    {
        // Locals of their own, so that the compiler keeps them in registers.
        let Words { text, mut edges } = self;
        let window = text.window();
        let len = text.len();
        let mut acc = init;
        // The begin of a word that goes on in the next block.
        let mut open = None;
        loop {
            if let Some(start) = open
                && edges.bits != 0
            {
                acc = f(acc, text.cut(window, start, edges.take()));
                open = None;
            }
            while edges.bits != 0 {
                let start = edges.take();
                if edges.bits == 0 {
                    open = Some(start);
                    break;
                }
                acc = f(acc, text.cut(window, start, edges.take()));
            }
            if edges.next >= len {
                break;
            }
            edges.look(window, len);
        }
        match open {
            Some(start) => f(acc, text.cut(window, start, len)),
            None => acc,
        }
    }
}

impl FusedIterator for Words {}

impl Edges {
    /// Takes the next edge of the block.
    #[inline(always)]
    fn take(&mut self) -> usize {
        let edge = self.next - block::LEN + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        edge
    }

    /// Goes on to the next block of a text of `len` bytes. What follows the text in its window counts as
    /// white.
    #[inline(always)]
    fn look(&mut self, window: &[u8], len: usize) {
        let mut white = block::find(window, self.next, is_white);
        if len - self.next < block::LEN {
            white |= u64::MAX << (len - self.next);
        }
        self.bits = white ^ (white << 1 | u64::from(self.after_white));
        self.after_white = white >> (block::LEN - 1) != 0;
        self.next += block::LEN;
    }
}

#[cfg(test)]
mod tests {
    use super::super::Chunk;
    use super::*;

    fn expected(bytes: &[u8]) -> Vec<&[u8]> {
        bytes.split(|&byte| is_white(byte)).filter(|word| !word.is_empty()).collect()
    }

    fn check(text: &Text) {
        let expected = expected(text);
        let mut by_next = text.words();
        for word in &expected {
            assert_eq!(by_next.next().as_deref(), Some(*word));
        }
        assert_eq!((by_next.next(), by_next.next()), (None, None));

        // Folding may begin anywhere.
        for done in 0..=expected.len().min(3) {
            let mut words = text.words();
            words.by_ref().take(done).for_each(drop);
            let rest = words.fold(vec![], |mut all, word| {
                all.push(word.to_vec());
                all
            });
            assert_eq!(rest, expected[done..]);
        }
    }

    /// Each of the lowest `len` bits is a byte: white or not.
    fn pattern(len: usize, bits: u32) -> Vec<u8> {
        (0..len)
            .map(|i| if bits >> i & 1 == 1 { b" \t\r\n\x0B\x0C"[i % 6] } else { b'a' + (i % 26) as u8 })
            .collect()
    }

    #[test]
    fn all_short_patterns() {
        for len in 0..=10 {
            for bits in 0..1 << len {
                check(&Text::from(pattern(len, bits)));
            }
        }
    }

    #[test]
    fn words_of_every_length_across_the_borders_of_blocks() {
        for before in [0, 1, 30, 39, 40, 41, 62, 63, 64, 65, 127, 128] {
            for len in 0..=66 {
                for after in [0, 1, 22, 23, 24, 63, 64] {
                    let mut bytes = vec![b' '; before];
                    bytes.extend((0..len).map(|i| b'a' + i % 26));
                    bytes.extend(vec![b'\n'; after]);
                    check(&Text::from(bytes.as_slice()));
                    bytes.extend(b"x");
                    check(&Text::from(bytes));
                }
            }
        }
    }

    #[test]
    fn a_slice_sees_nothing_of_its_neighbours() {
        let chunk =
            Chunk::new(b"ab cd efghij klmno pq rstuvwxyz0123456789abcdefghijklm nopq rst uv wx yz".repeat(3));
        let len = chunk.as_bytes().len();
        for start in 0..len {
            for end in start..len {
                check(&chunk.slice(start..end));
            }
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_and_look_like_white_space_in_other_encodings() {
        let text = Text::from(&b"a\xA0b\x85c \xFF\xC2\xA0 \x1Cd"[..]);
        let words: Vec<Text> = text.into_words().collect();
        assert_eq!(words, [&b"a\xA0b\x85c"[..], b"\xFF\xC2\xA0", b"\x1Cd"].map(Text::from));
    }

    #[test]
    fn a_word_outlives_its_line() {
        let words = Text::from("short averyveryveryverylongword").into_words();
        let words: Vec<Text> = words.collect();
        assert_eq!(words, ["short", "averyveryveryverylongword"]);
    }
}
