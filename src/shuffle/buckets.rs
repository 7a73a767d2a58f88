//! Cutting pairs with integer keys into buckets by the highest bits of their keys, so that each is sorted in a core's
//! cache: sorting them one by one is sorting all.

use std::{any::Any, sync::Arc};

use super::{gather::GatheredBlock, gathered::count_read};
use crate::{rdd::Data, task::TaskContext};

/// Pairs of a bucket, about.
const BUCKET: u64 = 2048;
/// Buckets at most: each is a place that is written to at the same time.
const MAX_BITS: u32 = 11;

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

/// All pairs of a reduce partition in buckets that follow one another; `None` where that does not help.
pub(super) fn bucketed<K: Data, V: Data>(
    blocks: &[Arc<GatheredBlock<K, V>>],
    reduce: usize,
    task: &TaskContext,
) -> Option<Vec<Vec<(K, V)>>> {
    let parts = || blocks.iter().map(|block| block.part(reduce)).filter(|part| !part.is_empty());
    let count: u64 = parts().map(|part| part.len() as u64).sum();
    rank(&parts().next()?.first()?.0)?;
    let bits = (count / BUCKET).checked_ilog2()?.clamp(1, MAX_BITS);
    let ranks = || parts().flatten().filter_map(|(key, _)| rank(key));
    let (least, most) = ranks().fold((u64::MAX, 0), |(least, most), rank| (least.min(rank), most.max(rank)));
    let width = u64::BITS - most.saturating_sub(least).leading_zeros();
    let shift = width.saturating_sub(bits);
    let bucket = |rank: u64| (rank.saturating_sub(least) >> shift) as usize;
    task.kill_task_if_interrupted();
    let mut sizes = vec![0usize; 1 << bits];
    ranks().for_each(|rank| sizes.get_mut(bucket(rank)).into_iter().for_each(|size| *size += 1));
    let mut buckets: Vec<Vec<(K, V)>> = sizes.into_iter().map(Vec::with_capacity).collect();
    for part in parts() {
        for pairs in part.chunks(1024) {
            task.kill_task_if_interrupted();
            for pair in pairs {
                let place = rank(&pair.0).and_then(|rank| buckets.get_mut(bucket(rank)));
                place.into_iter().for_each(|bucket| bucket.push(pair.clone()));
            }
        }
    }
    blocks.iter().for_each(|block| count_read(block, reduce, task));
    Some(buckets)
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
}
