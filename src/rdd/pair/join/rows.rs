//! Rows with their hashes, and which part of many a hash belongs to.

use crate::{rdd::Key, shuffle::hash_key};

/// The lower half of a key's hash: the upper half told the partitions apart.
#[inline(always)]
pub(super) fn hash_of<K: Key>(key: &K) -> u32 {
    hash_key(key) as u32
}

/// Which of `count` parts a hash belongs to: by its upper bits, for tables use the lower ones. Cutting each part in `n`
/// gives the parts of `count * n`, in order.
#[inline(always)]
pub(super) fn part_of(hash: u32, count: usize) -> usize {
    ((u64::from(hash) * count as u64) >> 32) as usize
}

/// Rows, and the hashes of those whose keys own memory: to hash others again is cheaper than to keep that. Rows without a
/// size have theirs too, so that there is something to count.
pub(super) struct Rows<K, V> {
    hashes: Vec<u32>,
    pub(super) pairs: Vec<(K, V)>,
}

impl<K: Key, V> Rows<K, V> {
    /// Whether hashes are kept.
    const HASHES: bool = std::mem::needs_drop::<K>() || Self::IS_EMPTY;

    const IS_EMPTY: bool = size_of::<(K, V)>() == 0;

    /// Bytes of room for a row.
    pub(super) const ROW: usize = size_of::<(K, V)>() + if Self::HASHES { size_of::<u32>() } else { 0 };

    pub(super) fn with_capacity(capacity: usize) -> Self {
        let hashes = Vec::with_capacity(if Self::HASHES { capacity } else { 0 });
        Rows { hashes, pairs: Vec::with_capacity(capacity) }
    }

    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    pub(super) fn capacity(&self) -> usize {
        if Self::IS_EMPTY { self.hashes.capacity() } else { self.pairs.capacity() }
    }

    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.pairs.len() == self.capacity()
    }

    /// Makes room for so many rows more, and no more than that.
    pub(super) fn reserve(&mut self, more: usize) {
        self.pairs.reserve_exact(more);
        if Self::HASHES {
            self.hashes.reserve_exact(more);
        }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, hash: u32, pair: (K, V)) {
        if Self::HASHES {
            self.hashes.push(hash);
        }
        self.pairs.push(pair);
    }

    /// Takes the last row.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<(u32, (K, V))> {
        let pair = self.pairs.pop()?;
        let hash = if Self::HASHES { self.hashes.pop().unwrap_or(0) } else { hash_of(&pair.0) };
        Some((hash, pair))
    }

    /// The hash of a row that is there.
    #[inline(always)]
    pub(super) fn hash(&self, row: usize) -> u32 {
        if Self::HASHES { self.hashes[row] } else { hash_of(&self.pairs[row].0) }
    }

    /// Whether a row that is there has a key.
    #[inline(always)]
    pub(super) fn is_at(&self, row: usize, hash: u32, key: &K) -> bool {
        (!Self::HASHES || self.hashes[row] == hash) && self.pairs[row].0 == *key
    }

    /// Keeps the rows for which `keeps` says so.
    pub(super) fn retain(&mut self, keeps: &[bool]) {
        let is_kept = || keeps.iter().copied().chain(std::iter::repeat(true));
        let (mut of_pairs, mut of_hashes) = (is_kept(), is_kept());
        self.pairs.retain(|_| of_pairs.next().unwrap_or(true));
        self.hashes.retain(|_| of_hashes.next().unwrap_or(true));
    }
}
