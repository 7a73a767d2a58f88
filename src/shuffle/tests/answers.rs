use std::{
    collections::BTreeMap,
    hash::{Hash, Hasher},
};

use serde::{Deserialize, Serialize};

use super::*;
use crate::{HashPartitioner, Partitioner};

#[test]
fn sums_of_eight_times_the_memory() {
    let tiny = Tiny::start(&[]);
    let count = tiny.pairs() as i64;
    let sums =
        tiny.context.range(0..count, 1, 5).map(|x| (mix(x as u64), x)).map(|(key, x)| (key % 100_003, x));
    let sums = sums.reduce_by_key_n(3, |a, b| a + b);
    let mut expected = BTreeMap::<u64, i64>::new();
    (0..count).for_each(|x| *expected.entry(mix(x as u64) % 100_003).or_default() += x);
    for _ in 0..2 {
        let mut found = sums.collect().unwrap();
        found.sort_unstable();
        assert!(found.into_iter().eq(expected.clone()));
    }
    drop(sums);
    tiny.end_spilled();
}

#[test]
fn words_are_counted_with_keys_that_own_memory() {
    let tiny = Tiny::start(&[]);
    let count = tiny.pairs() as i64 / 8;
    let words =
        tiny.context.range(0..count, 1, 4).map(|x| (format!("word {}", mix(x as u64) % 30_000), 1u64));
    let mut found = words.reduce_by_key_n(2, |a, b| a + b).collect().unwrap();
    found.sort_unstable();
    let mut expected = BTreeMap::<String, u64>::new();
    (0..count).for_each(|x| *expected.entry(format!("word {}", mix(x as u64) % 30_000)).or_default() += 1);
    assert!(found.into_iter().eq(expected));
    tiny.end_spilled();
}

/// Groups of a tenth of the keys, one of which has half of all values.
fn key(x: i64, keys: u64) -> u64 {
    if x % 2 == 0 { 7 } else { mix(x as u64) % keys }
}

#[test]
fn groups_keep_their_order_and_a_giant_one_goes_on_in_memory() {
    let tiny = Tiny::start(&[]);
    let count = tiny.pairs() as i64 / 2;
    let groups = tiny.context.range(0..count, 1, 4).map(|x| (key(x, 9_000), x)).group_by_key_n(3);
    let mut found = groups.collect().unwrap();
    found.sort_unstable();
    let mut expected = BTreeMap::<u64, Vec<i64>>::new();
    (0..count).for_each(|x| expected.entry(key(x, 9_000)).or_default().push(x));
    assert!(found.into_iter().eq(expected));
    drop(groups);
    tiny.end_spilled();
}

#[test]
fn combiners_that_grow_are_counted_and_spilled() {
    let tiny = Tiny::start(&[]);
    let count = tiny.pairs() as i64 / 2;
    let lists = tiny.context.range(0..count, 1, 4).map(|x| (key(x, 500), x)).combine_by_key(
        |x| vec![x],
        |mut list, x| {
            list.push(x);
            list
        },
        |mut list, mut more| {
            list.append(&mut more);
            list
        },
    );
    let mut found = lists.collect().unwrap();
    found.sort_unstable_by_key(|(key, _)| *key);
    found.iter_mut().for_each(|(_, list)| list.sort_unstable());
    let mut expected = BTreeMap::<u64, Vec<i64>>::new();
    (0..count).for_each(|x| expected.entry(key(x, 500)).or_default().push(x));
    assert!(found.into_iter().eq(expected));
    drop(lists);
    tiny.end_spilled();
}

#[test]
fn sorting_eight_times_the_memory_is_stable_both_ways() {
    for ascending in [true, false] {
        let tiny = Tiny::start(&[]);
        let count = tiny.pairs() as i64;
        let pairs = tiny.context.range(0..count, 1, 4).map(|x| (mix(x as u64) % 50_000, x));
        let sorted = pairs.sort_by_key_n(ascending, 3);
        let found = sorted.collect().unwrap();
        let mut expected: Vec<_> = (0..count).map(|x| (mix(x as u64) % 50_000, x)).collect();
        expected.sort_by_key(|(key, _)| if ascending { *key as i64 } else { -(*key as i64) });
        assert!(found == expected);
        // Only the first element: what was spilled goes with the task.
        assert_eq!(sorted.take(1).unwrap(), expected[..1]);
        drop((sorted, pairs));
        tiny.end_spilled();
    }
}

#[test]
fn partitions_of_eight_times_the_memory_are_streamed_in_order() {
    let tiny = Tiny::start(&[("spark.shuffle.compress", "false")]);
    let count = tiny.pairs() as i64;
    let partitioner = HashPartitioner::new(3);
    let parts = tiny.context.range(0..count, 1, 4).map(|x| (mix(x as u64), x)).partition_by(partitioner);
    // By `fold`, then by `next`.
    let mut expected = vec![Vec::new(); 3];
    (0..count).for_each(|x| expected[partitioner.partition(&mix(x as u64))].push((mix(x as u64), x)));
    let expected = expected.concat();
    assert!(parts.collect().unwrap() == expected);
    let by_next = parts.map_partitions(|mut pairs| std::iter::from_fn(move || pairs.next()));
    assert!(by_next.collect().unwrap() == expected);
    drop((parts, by_next));
    tiny.end_spilled();
}

#[test]
fn a_task_that_reads_one_shuffle_and_writes_another_has_memory_for_both() {
    let tiny = Tiny::start(&[]);
    let count = tiny.pairs() as i64 / 2;
    let twice = tiny
        .context
        .range(0..count, 1, 4)
        .map(|x| (x as u64 % 40_009, 1u64))
        .reduce_by_key_n(2, |a, b| a + b)
        .map(|(key, count)| (mix(key) % 40_009, count))
        .reduce_by_key_n(2, |a, b| a + b)
        .map(|(key, count)| (count, key))
        .sort_by_key_n(true, 2);
    let mut sums = BTreeMap::<u64, u64>::new();
    (0..count as u64).for_each(|x| *sums.entry(mix(x % 40_009) % 40_009).or_default() += 1);
    let mut expected: Vec<(u64, u64)> = sums.into_iter().map(|(key, count)| (count, key)).collect();
    expected.sort_unstable();
    let mut found = twice.collect().unwrap();
    assert!(found.is_sorted_by_key(|pair| pair.0));
    found.sort_unstable();
    assert!(found == expected);
    drop(twice);
    tiny.end_spilled();
}

/// A key whose hash says nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct SameHash(pub(super) u64);

impl Hash for SameHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(0);
    }
}

#[test]
fn keys_of_one_hash_cannot_be_parted_and_are_still_exact() {
    let tiny = Tiny::start(&[("spark.driver.memory", "64k")]);
    let pairs = tiny.context.range(0..12_000, 1, 3).map(|x| (SameHash(mix(x as u64) % 3_000), x));
    let mut found = pairs.reduce_by_key_n(2, |a, b| a + b).collect().unwrap();
    found.sort_unstable();
    let mut expected = BTreeMap::<u64, i64>::new();
    (0..12_000).for_each(|x| *expected.entry(mix(x as u64) % 3_000).or_default() += x);
    assert!(found.into_iter().map(|(key, sum)| (key.0, sum)).eq(expected));
    drop(pairs);
    tiny.end();
}

#[test]
fn values_larger_than_the_budget_pass() {
    let tiny = Tiny::start(&[]);
    let large = tiny.context.range(0..6, 1, 2).map(|x| (x % 2, vec![x; 200_000]));
    let lengths =
        large.group_by_key_n(2).map_values(|lists| lists.into_iter().map(|list| list[0]).sum::<i64>());
    let mut found = lengths.collect().unwrap();
    found.sort_unstable();
    assert_eq!(found, [(0, 6), (1, 9)]);
    let sorted = large.sort_by_key(false).map(|(key, list)| (key, list.len())).collect().unwrap();
    assert_eq!(sorted, [(1, 200_000), (1, 200_000), (1, 200_000), (0, 200_000), (0, 200_000), (0, 200_000)]);
    drop((large, lengths));
    tiny.assert_clean();
}

#[test]
fn what_fits_is_never_written() {
    let tiny = Tiny::start(&[("spark.driver.memory", "64m")]);
    let count = tiny.context.range(0..100_000, 1, 4).map(|x| (x % 1_000, x)).group_by_key().count().unwrap();
    assert_eq!(count, 1_000);
    let metrics = tiny.end();
    assert_eq!((metrics.memory_bytes_spilled, metrics.disk_bytes_spilled), (0, 0));
}

#[test]
fn every_codec_gives_the_same() {
    for codec in ["lz4", "none", if cfg!(feature = "zstd") { "zstd" } else { "lz4" }] {
        let tiny = Tiny::start(&[("spark.io.compression.codec", codec)]);
        let pairs = tiny.context.range(0..60_000, 1, 3).map(|x| (x % 20_000, format!("{x}")));
        assert_eq!(pairs.group_by_key().filter(|(_, texts)| texts.len() == 3).count().unwrap(), 20_000);
        drop(pairs);
        tiny.end_spilled();
    }
}
