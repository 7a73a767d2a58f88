//! What is remembered of a run of sorted records: enough to tell whether a whole is in order and complete, from its
//! parts.

use serde::{Deserialize, Serialize};

/// A run of records, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run<K> {
    /// How many records it has.
    pub(crate) records: u64,
    /// The first and the last key.
    pub(crate) ends: Option<(K, K)>,
    /// Whether no key is below the one before it.
    pub(crate) is_sorted: bool,
    /// The sum of the records' digests, in any order.
    pub(crate) digest: u64,
    /// The sum of the records' weights.
    weights: u64,
    /// The sum of the records' weights times their places, from 1.
    pub(crate) ranked: u64,
}

impl<K: Ord + Copy> Run<K> {
    /// Of no record.
    pub(crate) fn new() -> Self {
        Run { records: 0, ends: None, is_sorted: true, digest: 0, weights: 0, ranked: 0 }
    }

    /// Appends a record. All sums wrap around.
    #[inline]
    pub(crate) fn push(&mut self, key: K, digest: u64, weight: u64) {
        self.records += 1;
        self.is_sorted &= self.ends.is_none_or(|(_, last)| last <= key);
        self.ends = Some((self.ends.map_or(key, |(first, _)| first), key));
        self.digest = self.digest.wrapping_add(digest);
        self.weights = self.weights.wrapping_add(weight);
        self.ranked = self.ranked.wrapping_add(self.records.wrapping_mul(weight));
    }

    /// Both, the other one behind this one.
    pub(crate) fn followed_by(self, next: Run<K>) -> Self {
        let (Some((first, last)), Some((next_first, next_last))) = (self.ends, next.ends) else {
            return if self.ends.is_some() { self } else { next };
        };
        Run {
            records: self.records + next.records,
            ends: Some((first, next_last)),
            is_sorted: self.is_sorted && next.is_sorted && last <= next_first,
            digest: self.digest.wrapping_add(next.digest),
            weights: self.weights.wrapping_add(next.weights),
            ranked: (self.ranked.wrapping_add(next.ranked))
                .wrapping_add(self.records.wrapping_mul(next.weights)),
        }
    }

    /// Of parts in their order.
    pub(crate) fn of_parts(parts: impl IntoIterator<Item = Run<K>>) -> Self {
        parts.into_iter().fold(Run::new(), Run::followed_by)
    }
}
