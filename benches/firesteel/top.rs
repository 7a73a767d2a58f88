//! The most frequent words of a stream of words, in memory that does not grow with it.
//!
//! It does not count: every word comes once, with its final count.

use std::{cmp::Reverse, collections::BinaryHeap};

/// The [`Top::SIZE`] most frequent words so far; of words of equal count, the first in byte order.
///
/// ```ignore
/// let mut top = Top::default();
/// top.offer(b"be", 1);
/// top.offer(b"to", 2);
/// assert_eq!(top.into_sorted(), [(&b"to"[..], 2), (&b"be"[..], 1)]);
/// ```
#[derive(Default)]
pub(crate) struct Top<'a> {
    /// The least of the kept words is at the heap's head.
    kept: BinaryHeap<Reverse<Rank<'a>>>,
}

/// Greater means more frequent, or as frequent and earlier in byte order.
type Rank<'a> = (u64, Reverse<&'a [u8]>);

impl<'a> Top<'a> {
    /// How many words are kept.
    pub(crate) const SIZE: usize = 20;

    /// Keeps `word` if it is among the most frequent so far.
    #[inline]
    pub(crate) fn offer(&mut self, word: &'a [u8], count: u64) {
        let rank = (count, Reverse(word));
        if self.kept.len() < Self::SIZE {
            self.kept.push(Reverse(rank));
        } else if let Some(mut least) = self.kept.peek_mut()
            && rank > least.0
        {
            *least = Reverse(rank);
        }
    }

    /// The kept words with their counts, highest count first, then in byte order.
    pub(crate) fn into_sorted(self) -> Vec<(&'a [u8], u64)> {
        self.kept.into_sorted_vec().into_iter().map(|Reverse((count, Reverse(word)))| (word, count)).collect()
    }
}
