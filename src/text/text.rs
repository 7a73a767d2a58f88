#![allow(unsafe_code)]
//! [`Text`]: a string of bytes in 24 bytes. The only file with `unsafe` in [`crate::text`].
//!
//! A text of up to [`INLINE`] bytes is held inline, zeros after it and its length in the last byte. A
//! longer one holds its chunk (a counted reference), a pointer to its first byte, and its length with a
//! mark in the last byte. Which of the two it is follows from the length alone, so equal texts have equal
//! forms.

use std::borrow::Cow;
use std::mem::ManuallyDrop;
use std::ops::{Range, RangeBounds};
use std::str::{FromStr, Utf8Error};
use std::sync::Arc;

use super::block::is_white;
use super::{Chunk, HeldChunk, Split, Words};

/// The longest text that needs no chunk.
const INLINE: usize = 23;
/// The last byte of a text that holds a chunk; an inline one has its length there.
const SHARED_TAG: u64 = 0xFF;
/// `KEEP[n]` keeps the first `n` of 24 bytes.
const KEEP: [[u64; 3]; INLINE + 1] = keep();

/// Bytes that may be shared between threads, tasks and collections at the cost of 24 bytes: a line, a word,
/// a key.
///
/// Up to 23 bytes are held inline; a longer text is a counted slice of a [`Chunk`], so cloning and cutting
/// never allocates. It need not be UTF-8. Texts are equal, ordered and hashed by their bytes,
/// and shown with `U+FFFD` where they are not UTF-8.
///
/// A text hashes by one `write` of its bytes, faster than `[u8]` does, which writes its length too: that is
/// why it is not `Borrow<[u8]>`.
///
/// ```
/// use firesteel::text::Text;
///
/// let line = Text::from("1912 Scott Joplin: Treemonisha");
/// assert_eq!(line.slice(..4).parse(), Ok(1912));
/// assert!(line.contains(b"Tree"));
/// assert_eq!(line.words().map(|word| word.len()).sum::<usize>(), 27);
/// assert_eq!(format!("{:.10}|", line), "1912 Scott|");
/// ```
pub struct Text {
    repr: Repr,
}

/// Both forms are 24 bytes without padding, so all bytes of either are always initialised.
#[derive(Clone, Copy)]
#[repr(C)]
union Repr {
    inline: [u64; 3],
    shared: Shared,
}

#[derive(Clone, Copy)]
#[repr(C)]
struct Shared {
    /// From `Arc::into_raw` or a count added by `Arc::increment_strong_count`: this text owns one count.
    chunk: *const Vec<u8>,
    /// Into the buffer of that vector, good for reading the text's length.
    start: *const u8,
    /// The length in the lower bits, where it fits as `Chunk::new` lets no longer vector in; the tag in the
    /// highest byte.
    len_and_tag: u64,
}

const _: () = assert!(size_of::<Shared>() == 24, "firesteel needs 64-bit pointers");
const _: () = assert!(size_of::<Text>() == 24 && align_of::<Text>() == 8);

// SAFETY: A text owns its inline bytes, or one count of an `Arc<Vec<u8>>`, which is `Send` as `Vec<u8>` is
// `Send` and `Sync`; `start` points into that vector and is only read through.
unsafe impl Send for Text {}
// SAFETY: Nothing can be changed through a shared text; the count is atomic.
unsafe impl Sync for Text {}

impl Text {
    /// How many bits of the last word are below the last byte (all three words are kept in little-endian
    /// order). A shared text has its length there.
    pub(super) const LEN_BITS: u32 = 56;

    /// The empty text.
    #[must_use]
    #[inline]
    pub const fn new() -> Text {
        Text { repr: Repr { inline: [0; 3] } }
    }

    /// The bytes.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        let (start, len) = match self.shared() {
            Some(shared) => (shared.start, self.len()),
            None => ((&raw const self.repr).cast(), self.len()),
        };
        // SAFETY: Inline, the first `len` (at most 23) of our own 24 bytes, all initialised. Shared, `start`
        // and `len` were checked to be inside of the chunk's vector when the text was made, and our
        // count keeps that vector alive and unchanged as long as `self` lives.
        unsafe { std::slice::from_raw_parts(start, len) }
    }

    /// How many bytes it has.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        let last = self.last_word();
        match last >> Text::LEN_BITS {
            SHARED_TAG => (last & !(SHARED_TAG << Text::LEN_BITS)) as usize,
            len => len as usize,
        }
    }

    /// Whether it has no byte.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.last_word() >> Text::LEN_BITS == 0
    }

    /// The text as a `str`.
    ///
    /// # Errors
    ///
    /// If it is not UTF-8; the error says where.
    #[inline]
    pub fn to_str(&self) -> Result<&str, Utf8Error> {
        str::from_utf8(self)
    }

    /// The text as a `str`, with `U+FFFD` for what is not UTF-8.
    #[must_use]
    #[inline]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self)
    }

    /// A part of the text, without copying if it is long.
    ///
    /// # Panics
    ///
    /// If the range is not within the text, as slicing does.
    #[must_use]
    #[inline]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Text {
        let Range { start, end } = resolve(range, self);
        self.cut(self.window(), start, end)
    }

    /// The words between white space; see [`Words`].
    #[inline]
    pub fn words(&self) -> Words {
        Words::new(self.clone())
    }

    /// The words between white space, from a text that is not needed any more.
    #[inline]
    pub fn into_words(self) -> Words {
        Words::new(self)
    }

    /// The pieces between the occurrences of a byte; see [`Split`].
    #[inline]
    pub fn split(&self, separator: u8) -> Split {
        Split::new(self.clone(), separator)
    }

    /// The text without the white space (as [`Words`] has it) at its ends.
    #[must_use]
    pub fn trim(&self) -> Text {
        let bytes = self.as_bytes();
        let start = bytes.iter().position(|&byte| !is_white(byte)).unwrap_or(bytes.len());
        let end = bytes.iter().rposition(|&byte| !is_white(byte)).map_or(start, |last| last + 1);
        self.slice(start..end)
    }

    /// Parses the text, in the form that [`to_string_lossy`](Text::to_string_lossy) gives it, as
    /// [`str::parse`] does.
    ///
    /// # Errors
    ///
    /// Those of `T`.
    #[inline]
    pub fn parse<T: FromStr>(&self) -> Result<T, T::Err> {
        self.to_string_lossy().parse()
    }

    /// Whether the text begins with these bytes.
    #[must_use]
    #[inline]
    pub fn starts_with(&self, prefix: &[u8]) -> bool {
        self.as_bytes().starts_with(prefix)
    }

    /// Whether these bytes occur in the text.
    #[must_use]
    #[inline]
    pub fn contains(&self, part: &[u8]) -> bool {
        memchr::memmem::find(self, part).is_some()
    }

    /// The chunk that the text keeps in memory, if it is long.
    pub(crate) fn held_chunk(&self) -> Option<HeldChunk> {
        let shared = self.shared()?;
        // SAFETY: `chunk` is from `Arc::into_raw`, and our count keeps it alive. It stays ours: what is made of it here is
        // never dropped.
        let chunk = ManuallyDrop::new(unsafe { Arc::from_raw(shared.chunk) });
        let (size, holders) = (chunk.len(), Arc::strong_count(&chunk));
        Some(HeldChunk { chunk: shared.chunk.addr(), size, holders, len: self.len() })
    }

    /// The part of `chunk` from `start` to `end`; see [`Chunk::slice`].
    #[inline(always)]
    pub(super) fn of_chunk(chunk: &Chunk, start: usize, end: usize) -> Text {
        let part = &chunk.as_bytes()[start..end];
        if part.len() <= INLINE {
            return Text::inline_within(chunk.as_bytes(), start, part.len());
        }
        let owner = Arc::into_raw(Arc::clone(chunk.shared()));
        Text { repr: Repr { shared: Shared::new(owner, part.as_ptr(), part.len()) } }
    }

    /// The text and the bytes that follow it in the same memory, if any: what may be read, not what it
    /// means.
    #[inline]
    pub(super) fn window(&self) -> &[u8] {
        match self.shared() {
            Some(shared) => {
                // SAFETY: Our count keeps the chunk alive, and nobody changes it while there is a count
                // beside theirs.
                let chunk: &Vec<u8> = unsafe { &*shared.chunk };
                &chunk[shared.start.addr() - chunk.as_ptr().addr()..]
            }
            // SAFETY: All 24 bytes of an inline text are initialised.
            None => unsafe { std::slice::from_raw_parts((&raw const self.repr).cast(), size_of::<Repr>()) },
        }
    }

    /// The text from `start` to `end`. The [`window`](Text::window) of this text comes from the caller, who
    /// has it at hand in a loop.
    #[inline(always)]
    pub(super) fn cut(&self, window: &[u8], start: usize, end: usize) -> Text {
        assert!(start <= end && end <= self.len(), "range {start}..{end} is out of the text");
        let len = end - start;
        if len <= INLINE {
            return Text::inline_within(window, start, len);
        }
        match self.shared() {
            Some(shared) => {
                // SAFETY: `chunk` is from `Arc::into_raw`, and our own count keeps it alive. The count added
                // here is the new text's.
                unsafe { Arc::increment_strong_count(shared.chunk) };
                // SAFETY: `start` is not behind the end of the text (asserted), which lies within one vector.
                let start_ptr = unsafe { shared.start.add(start) };
                Text { repr: Repr { shared: Shared::new(shared.chunk, start_ptr, len) } }
            }
            None => unreachable!("a part of an inline text is short"),
        }
    }

    /// The words of an inline text: the bytes, zeros, and in the last byte the length.
    #[inline]
    pub(super) fn inline_words(&self) -> Option<[u64; 3]> {
        match self.last_word() >> Text::LEN_BITS {
            SHARED_TAG => None,
            // SAFETY: The tag says that the inline form is the one that was written.
            _ => Some(unsafe { self.repr.inline }.map(u64::from_le)),
        }
    }

    /// The inline text of `len` (at most 23) bytes at `start` in `window`.
    #[inline(always)]
    fn inline_within(window: &[u8], start: usize, len: usize) -> Text {
        match window.get(start..).and_then(<[u8]>::first_chunk::<24>) {
            // Most texts have so many bytes behind them that there is no need to look at their length.
            Some(bytes) => {
                let (words, _) = bytes.as_chunks::<8>();
                let keep = &KEEP[len];
                let word = |i: usize| u64::from_le_bytes(words[i]) & keep[i];
                Text::from_words([word(0), word(1), word(2)], len)
            }
            None => Text::of_few(&window[start..start + len]),
        }
    }

    /// The inline text of these bytes, if they are few enough.
    #[inline]
    pub(super) fn inline(bytes: &[u8]) -> Option<Text> {
        (bytes.len() <= INLINE).then(|| Text::of_few(bytes))
    }

    /// The inline text of at most 23 bytes, by loads that overlap instead of a copy of unknown length.
    #[inline]
    fn of_few(bytes: &[u8]) -> Text {
        let len = bytes.len();
        let word = |at: usize| bytes[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        let half =
            |at: usize| bytes[at..].first_chunk().map_or(0, |half| u64::from(u32::from_le_bytes(*half)));
        // The last `len % 8` bytes, shifted down from a load that ends at the end: 8 to 1 bytes go, in two
        // steps as a shift by 64 is none.
        let rest = || (word(len - 8) >> (8 * (7 - len % 8))) >> 8;
        let words = match len {
            0 => [0; 3],
            1..4 => {
                let byte = |at: usize| u64::from(bytes[at]) << (8 * at);
                [byte(0) | byte(len / 2) | byte(len - 1), 0, 0]
            }
            4..8 => [half(0) | half(len - 4) << (8 * (len - 4)), 0, 0],
            8..16 => [word(0), rest(), 0],
            _ => [word(0), word(8), rest()],
        };
        Text::from_words(words, len)
    }

    /// The inline text of `words`, whose bytes from `len` on are zeros.
    #[inline(always)]
    fn from_words([a, b, c]: [u64; 3], len: usize) -> Text {
        assert!(len <= INLINE);
        Text { repr: Repr { inline: [a.to_le(), b.to_le(), (c | (len as u64) << Text::LEN_BITS).to_le()] } }
    }

    #[inline(always)]
    fn shared(&self) -> Option<Shared> {
        match self.last_word() >> Text::LEN_BITS {
            // SAFETY: The tag says that the shared form is the one that was written.
            SHARED_TAG => Some(unsafe { self.repr.shared }),
            _ => None,
        }
    }

    /// The last eight bytes: the tag in the highest, below it the length or the last inline bytes.
    #[inline(always)]
    pub(super) fn last_word(&self) -> u64 {
        // SAFETY: In both forms these are the bytes of an initialised `u64` (see `Shared`), no part of a
        // pointer.
        u64::from_le(unsafe { self.repr.shared.len_and_tag })
    }
}

impl Shared {
    #[inline(always)]
    fn new(chunk: *const Vec<u8>, start: *const u8, len: usize) -> Shared {
        Shared { chunk, start, len_and_tag: (len as u64 | SHARED_TAG << Text::LEN_BITS).to_le() }
    }
}

impl Clone for Text {
    #[inline]
    fn clone(&self) -> Text {
        if let Some(shared) = self.shared() {
            // SAFETY: `chunk` is from `Arc::into_raw`, and our own count keeps it alive. The count added here
            // is the clone's.
            unsafe { Arc::increment_strong_count(shared.chunk) };
        }
        Text { repr: self.repr }
    }
}

impl Drop for Text {
    #[inline]
    fn drop(&mut self) {
        if let Some(shared) = self.shared() {
            // SAFETY: The text owns one count of this chunk and gives it back once, here.
            unsafe { Arc::decrement_strong_count(shared.chunk) };
        }
    }
}

/// The range as numbers.
///
/// # Panics
///
/// If it is not within `bytes`.
#[inline(always)]
pub(super) fn resolve(range: impl RangeBounds<usize>, bytes: &[u8]) -> Range<usize> {
    let part = &bytes[(range.start_bound().cloned(), range.end_bound().cloned())];
    let start = part.as_ptr().addr() - bytes.as_ptr().addr();
    start..start + part.len()
}

const fn keep() -> [[u64; 3]; INLINE + 1] {
    let mut keep = [[0; 3]; INLINE + 1];
    let mut byte = 0;
    while byte < INLINE {
        let mut len = byte + 1;
        while len <= INLINE {
            keep[len][byte / 8] |= 0xFF << (8 * (byte % 8));
            len += 1;
        }
        byte += 1;
    }
    keep
}

#[cfg(test)]
mod tests;
