//! How a [`Text`] compares, hashes and shows itself, and what it is made from.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use super::{Chunk, Text};

impl Default for Text {
    #[inline]
    fn default() -> Text {
        Text::new()
    }
}

impl Deref for Text {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Text {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<&[u8]> for Text {
    #[inline]
    fn from(bytes: &[u8]) -> Text {
        Text::inline(bytes).unwrap_or_else(|| Chunk::new(bytes.to_vec()).slice(..))
    }
}

impl From<Vec<u8>> for Text {
    /// Takes long bytes over without copying them.
    #[inline]
    fn from(bytes: Vec<u8>) -> Text {
        Text::inline(&bytes).unwrap_or_else(|| Chunk::new(bytes).slice(..))
    }
}

impl From<&str> for Text {
    #[inline]
    fn from(text: &str) -> Text {
        Text::from(text.as_bytes())
    }
}

impl From<String> for Text {
    #[inline]
    fn from(text: String) -> Text {
        Text::from(text.into_bytes())
    }
}

impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Text) -> bool {
        // Equal last words say that both lengths and forms are equal.
        if self.last_word() != other.last_word() {
            return false;
        }
        match (self.inline_words(), other.inline_words()) {
            (Some([a, b, _]), Some([c, d, _])) => (a ^ c) | (b ^ d) == 0,
            _ => self.as_bytes() == other.as_bytes(),
        }
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    #[inline]
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    #[inline]
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl PartialOrd for Text {
    #[inline]
    fn partial_cmp(&self, other: &Text) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    #[inline]
    fn cmp(&self, other: &Text) -> Ordering {
        match (self.inline_words(), other.inline_words()) {
            // Read with the first byte highest, the words order as the bytes do. Where one text is the other
            // with zeros behind, the length, which is the lowest byte, decides.
            (Some(words), Some(others)) => words.map(u64::swap_bytes).cmp(&others.map(u64::swap_bytes)),
            _ => self.as_bytes().cmp(other.as_bytes()),
        }
    }
}

impl Hash for Text {
    /// One `write` of the bytes.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self);
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_string_lossy())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::hash_map::DefaultHasher;

    use super::*;

    /// Bytes of many lengths that share beginnings and have zeros, ones with the high bit and marks of our
    /// own form.
    fn samples() -> Vec<Vec<u8>> {
        let mut samples = vec![];
        for len in [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 22, 23, 24, 25, 40] {
            for last in [0, 1, len as u8, b'a', 0x7F, 0x80, 0xFF] {
                for fill in [0, b'a', 0xFF] {
                    let mut bytes = vec![fill; len];
                    if let Some(byte) = bytes.last_mut() {
                        *byte = last;
                    }
                    samples.push(bytes);
                }
            }
        }
        samples
    }

    #[test]
    fn orders_and_equals_as_its_bytes_do() {
        for a in samples() {
            for b in samples() {
                let (x, y) = (Text::from(a.as_slice()), Text::from(b.as_slice()));
                assert_eq!(x == y, a == b, "{a:?} {b:?}");
                assert_eq!(x.cmp(&y), a.cmp(&b), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn hashes_as_one_write_of_its_bytes() {
        for bytes in samples() {
            let (mut ours, mut theirs) = (DefaultHasher::new(), DefaultHasher::new());
            Text::from(bytes.as_slice()).hash(&mut ours);
            theirs.write(&bytes);
            assert_eq!(ours.finish(), theirs.finish());
        }
    }

    #[test]
    fn equals_strings() {
        assert_eq!(Text::from("abc"), "abc");
        assert_eq!(Text::from("abc"), *"abc");
        assert_ne!(Text::from("abc"), "abd");
        assert_eq!(Text::default(), "");
        assert_eq!(Text::from("x".repeat(50)), "x".repeat(50).as_str());
    }

    #[test]
    fn shows_itself() {
        let text = Text::from(&b"a\xFF\"\n"[..]);
        assert_eq!(text.to_string(), "a\u{fffd}\"\n");
        assert_eq!(format!("{text:?}"), r#""a\xff\"\n""#);
        assert_eq!(
            format!("{:>5}|{:<5}|{:.2}", Text::from("abc"), Text::from("abc"), Text::from("abc")),
            "  abc|abc  |ab"
        );
    }
}
