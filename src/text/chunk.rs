//! [`Chunk`]: a counted block of bytes, the ground on which long texts stand.

use std::fmt;
use std::ops::{Range, RangeBounds};
use std::sync::Arc;

use super::Text;
use super::text::resolve;

/// A block of bytes that is shared by all the [`Text`]s sliced from it, and freed with the last of them.
///
/// A long text keeps its whole chunk alive: 24 bytes of text may hold a chunk of 256 KiB.
///
/// ```
/// use firesteel::text::Chunk;
///
/// let chunk = Chunk::new(b"the quick brown fox jumps over the lazy dog".to_vec());
/// let text = chunk.slice(4..);
/// drop(chunk);
/// assert_eq!(text, "quick brown fox jumps over the lazy dog");
/// ```
// A thin `Arc`, so that a `Text` has room for it beside its own pointer and length; the vector's buffer never
// moves, as nothing can reach it mutably while a text counts on it (see `get_mut`).
#[derive(Clone, Default)]
pub struct Chunk(Arc<Vec<u8>>);

impl Chunk {
    /// Takes `bytes` over without copying them.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Chunk {
        // No 64-bit machine has room for more; `Text` keeps lengths in so many bits.
        assert!(bytes.len() < 1 << Text::LEN_BITS, "a chunk of {} bytes", bytes.len());
        Chunk(Arc::new(bytes))
    }

    /// All bytes of the chunk.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text at `range`: inline if it is short, else one more holder of this chunk.
    ///
    /// # Panics
    ///
    /// If the range is not within the chunk, as slicing does.
    #[must_use]
    #[inline]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Text {
        let Range { start, end } = resolve(range, self.as_bytes());
        Text::of_chunk(self, start, end)
    }

    /// The bytes for writing, if nobody else holds the chunk.
    #[inline]
    pub(super) fn get_mut(&mut self) -> Option<&mut [u8]> {
        Arc::get_mut(&mut self.0).map(Vec::as_mut_slice)
    }

    /// The shared vector, for [`Text`] to count itself in.
    #[inline]
    pub(super) fn shared(&self) -> &Arc<Vec<u8>> {
        &self.0
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A chunk has no end of bytes: its size is what helps.
        f.debug_struct("Chunk").field("len", &self.0.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lends_its_bytes_only_while_nobody_else_holds_it() {
        let mut chunk = Chunk::new(vec![b'a'; 100]);
        assert!(chunk.get_mut().is_some());

        let short = chunk.slice(..23);
        assert!(chunk.get_mut().is_some(), "a short text is a copy");

        let long = chunk.slice(..24);
        assert!(chunk.get_mut().is_none());
        drop(long);
        assert!(chunk.get_mut().is_some());
        assert_eq!(short, "a".repeat(23).as_str());
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn a_range_outside_panics() {
        let _ = Chunk::new(vec![0; 10]).slice(5..11);
    }

    #[test]
    fn shows_its_size_and_not_its_bytes() {
        assert_eq!(format!("{:?}", Chunk::new(vec![0; 10])), "Chunk { len: 10, .. }");
    }
}
