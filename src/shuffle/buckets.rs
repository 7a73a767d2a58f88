//! Cutting pairs with integer keys into buckets by the highest bits of their keys, so that each is sorted in a core's
//! cache: sorting them one by one is sorting all. [`Buckets`] copies them out of the blocks, some at a time.

use std::{any::Any, ops::Range, sync::Arc};

use super::{gather::GatheredBlock, gathered::count_read};
use crate::{rdd::Data, task::TaskContext};

/// Pairs of a bucket, about.
const BUCKET: u64 = 2048;
/// Buckets at most: each is a place that is written to at the same time.
const MAX_BITS: u32 = 11;
/// Pairs of a slice, at least.
const LEAST_SLICE: usize = 1 << 18;
/// Slices at most, about: each costs a look at all pairs.
const MAX_SLICES: usize = 8;

/// A number in the order of the keys; `None` for types other than integers, which is decided at compile time.
#[inline(always)]
fn rank<K: 'static>(key: &K) -> Option<u64> {
    let key: &dyn Any = key;
    macro_rules! ranks {
        ($($signed:ty, $unsigned:ty;)+) => {$(
            if let Some(key) = key.downcast_ref::<$unsigned>() {
                return Some(*key as u64);
            }
            if let Some(key) = key.downcast_ref::<$signed>() {
                return Some((*key as i64 as u64) ^ (1 << 63));
            }
        )+};
    }
    ranks! { i64, u64; i32, u32; i16, u16; i8, u8; isize, usize; }
    None
}

/// The pairs of a reduce partition, to be copied in slices of buckets that follow one another in the order of the keys.
///
/// Blocks stay, for others may read them too; so what is copied is held twice. A slice costs a look at all pairs, and is a
/// part of the memory.
pub(super) struct Buckets<K, V> {
    blocks: Vec<Arc<GatheredBlock<K, V>>>,
    reduce: usize,
    /// The least rank, which begins the first bucket, and which bits of the distance to it are the bucket's number.
    least: u64,
    shift: u32,
    /// Pairs of each bucket.
    sizes: Vec<usize>,
    ascending: bool,
    /// Slices of buckets that have not been copied, the next one last.
    slices: Vec<Range<usize>>,
    task: Arc<TaskContext>,
}

impl<K: Data, V: Data> Buckets<K, V> {
    /// `None` where that does not help.
    pub(super) fn of(
        blocks: &[Arc<GatheredBlock<K, V>>],
        reduce: usize,
        ascending: bool,
        task: &Arc<TaskContext>,
    ) -> Option<Self> {
        let parts = || blocks.iter().map(|block| block.part(reduce)).filter(|part| !part.is_empty());
        let count: u64 = parts().map(|part| part.len() as u64).sum();
        rank(&parts().next()?.first()?.0)?;
        let bits = (count / BUCKET).checked_ilog2()?.clamp(1, MAX_BITS);
        let ranks = || parts().flatten().filter_map(|(key, _)| rank(key));
        let (least, most) =
            ranks().fold((u64::MAX, 0), |(least, most), rank| (least.min(rank), most.max(rank)));
        let width = u64::BITS - most.saturating_sub(least).leading_zeros();
        let shift = width.saturating_sub(bits);
        task.kill_task_if_interrupted();
        let mut sizes = vec![0usize; 1 << bits];
        ranks().for_each(|rank| {
            let bucket = bucket(rank, least, shift);
            sizes.get_mut(bucket).into_iter().for_each(|size| *size += 1);
        });
        let mut slices = slices(&sizes, count as usize);
        if ascending {
            slices.reverse();
        }
        let (blocks, task) = (blocks.to_vec(), task.clone());
        Some(Buckets { blocks, reduce, least, shift, sizes, ascending, slices, task })
    }

    fn pairs(&self, slice: &Range<usize>) -> usize {
        self.sizes.get(slice.clone()).unwrap_or_default().iter().sum()
    }

    /// Pairs of the largest slice.
    pub(super) fn largest_slice(&self) -> usize {
        self.slices.iter().map(|slice| self.pairs(slice)).max().unwrap_or(0)
    }

    /// Pairs that have not been copied.
    pub(super) fn left(&self) -> usize {
        self.slices.iter().map(|slice| self.pairs(slice)).sum()
    }

    /// Counts all pairs as read.
    pub(super) fn count_read(&self) {
        self.blocks.iter().for_each(|block| count_read(block, self.reduce, &self.task));
    }

    /// The buckets of the next slice, in order; not sorted within.
    pub(super) fn next_slice(&mut self) -> Option<Vec<Vec<(K, V)>>> {
        let slice = self.slices.pop()?;
        let sizes = self.sizes.get(slice.clone()).unwrap_or_default();
        let mut buckets: Vec<Vec<(K, V)>> = sizes.iter().map(|size| Vec::with_capacity(*size)).collect();
        for pairs in self.blocks.iter().flat_map(|block| block.part(self.reduce).chunks(1024)) {
            self.task.kill_task_if_interrupted();
            for pair in pairs {
                let Some(rank) = rank(&pair.0) else { continue };
                // Those of the buckets before are far beyond all that there are.
                let place = bucket(rank, self.least, self.shift).wrapping_sub(slice.start);
                if let Some(bucket) = buckets.get_mut(place) {
                    bucket.push(pair.clone());
                }
            }
        }
        if !self.ascending {
            buckets.reverse();
        }
        Some(buckets)
    }
}

/// Which bucket a rank belongs to.
#[inline(always)]
fn bucket(rank: u64, least: u64, shift: u32) -> usize {
    (rank.saturating_sub(least) >> shift) as usize
}

/// Cuts buckets into slices of like many pairs.
fn slices(sizes: &[usize], count: usize) -> Vec<Range<usize>> {
    let wanted = count.div_ceil((count / LEAST_SLICE).clamp(1, MAX_SLICES));
    let (mut slices, mut start, mut pairs) = (Vec::new(), 0, 0);
    for (bucket, size) in sizes.iter().enumerate() {
        if pairs > 0 && pairs + size > wanted {
            slices.push(start..bucket);
            (start, pairs) = (bucket, 0);
        }
        pairs += size;
    }
    slices.push(start..sizes.len());
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_have_the_order_of_the_numbers() {
        let signed = [i64::MIN, -5, -1, 0, 1, 7, i64::MAX];
        assert!(signed.map(|key| rank(&key)).is_sorted());
        assert!([i8::MIN, -1, 0, i8::MAX].map(|key| rank(&key)).is_sorted());
        assert!([0, 1, u64::MAX].map(|key| rank(&key)).is_sorted());
        assert_eq!((rank(&"text"), rank(&1.5)), (None, None));
    }

    #[test]
    fn slices_have_all_buckets_and_like_many_pairs() {
        let sizes = vec![LEAST_SLICE / 10; 80];
        let cut = slices(&sizes, sizes.iter().sum());
        assert!((7..=9).contains(&cut.len()), "{cut:?}");
        assert!(cut.iter().cloned().flatten().eq(0..80));
        // A single bucket may have most.
        let cut = slices(&[1, 3 * LEAST_SLICE, 0, 1, 1], 3 * LEAST_SLICE + 3);
        assert_eq!(cut, [0..1, 1..2, 2..5]);
        assert_eq!(slices(&[5, 5], 10).first(), Some(&(0..2)));
    }
}
