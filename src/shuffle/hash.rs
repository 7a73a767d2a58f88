//! The one hash of keys. The same in every process of an executable, for reducers depend on it.

use std::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;

/// Hashes a key.
#[inline(always)]
pub(crate) fn hash_key<K: Hash + ?Sized>(key: &K) -> u64 {
    const STATE: FixedState = FixedState::with_seed(0x6669_7265_7374_6565);
    STATE.hash_one(key)
}

/// Which of `count` buckets a hash belongs to. Taken from bits 24 to 55: a hash table within the bucket finds its
/// place by the lower bits and its tag by the highest seven, and both would say nothing if the bucket had been
/// chosen by them. Cutting each bucket in `n` gives the buckets of `count * n`, in order.
#[inline(always)]
pub(crate) fn bucket(hash: u64, count: usize) -> usize {
    ((u64::from((hash >> 24) as u32) * count as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finer_buckets_lie_within_coarser_ones() {
        for key in 0..10_000u64 {
            let hash = hash_key(&key);
            for (count, finer) in [(1, 64), (4, 16), (7, 3)] {
                assert_eq!(bucket(hash, count * finer) / finer, bucket(hash, count));
            }
        }
    }

    #[test]
    fn buckets_are_filled_evenly() {
        let mut sizes = [0; 8];
        (0..80_000u64).for_each(|key| sizes[bucket(hash_key(&key), 8)] += 1);
        assert!(sizes.iter().all(|size| (9_500..10_500).contains(size)), "{sizes:?}");
    }
}
