//! Each kind of operator reads its parts from another executor, with the exact answer.

use std::collections::BTreeMap;

use super::{Cluster, mix};
use crate::HashPartitioner;

/// Settings under which map outputs stay in memory, go to files, or are in both.
const PLACES: [(&str, &[(&str, &str)]); 4] = [
    ("memory", &[]),
    ("files", &[("spark.executor.memory", "256k")]),
    ("both", &[("spark.executor.memory", "1400k")]),
    ("files, not compressed", &[("spark.executor.memory", "256k"), ("spark.shuffle.compress", "false")]),
];

/// Runs a test at each place, after which nothing is left.
fn everywhere(test: impl Fn(&Cluster)) {
    for (place, settings) in PLACES {
        println!("{place}");
        let cluster = Cluster::start(3, settings);
        test(&cluster);
        for executor in &cluster.executors {
            (0..8).for_each(|id| executor.env.remove_shuffle(firesteel_actors::ShuffleId(id)));
        }
        cluster.assert_clean();
    }
}

const COUNT: i64 = 30_000;

#[test]
fn sums_by_key() {
    everywhere(|cluster| {
        let pairs = cluster.context.range(0..COUNT, 1, 5).map(|x| (mix(x as u64) % 20_011, x));
        let sums = pairs.reduce_by_key_n(3, |a, b| a + b);
        let (mut found, counted) = cluster.collect(&sums);
        found.sort_unstable();
        let mut expected = BTreeMap::<u64, i64>::new();
        (0..COUNT).for_each(|x| *expected.entry(mix(x as u64) % 20_011).or_default() += x);
        assert!(found.into_iter().eq(expected));
        // Five outputs of three executors, for three reducers on one executor each.
        assert_eq!(counted.shuffle_remote_blocks_fetched + counted.shuffle_local_blocks_fetched, 15);
        assert!(counted.shuffle_remote_blocks_fetched >= 9 && counted.shuffle_remote_bytes_read > 1_000);
        assert_eq!(
            counted.shuffle_total_bytes_read,
            counted.shuffle_remote_bytes_read + counted.shuffle_local_bytes_read
        );
    });
}

#[test]
fn shuf_003_words_are_counted_over_several_executors() {
    everywhere(|cluster| {
        let words = cluster.context.range(0..COUNT / 4, 1, 4);
        let words = words.map(|x| (format!("word {}", mix(x as u64) % 3_000), 1u64));
        let (mut found, _) = cluster.collect(&words.reduce_by_key_n(2, |a, b| a + b));
        found.sort_unstable();
        let mut expected = BTreeMap::<String, u64>::new();
        (0..COUNT / 4)
            .for_each(|x| *expected.entry(format!("word {}", mix(x as u64) % 3_000)).or_default() += 1);
        assert!(found.into_iter().eq(expected));
    });
}

#[test]
fn groups_keep_the_order_of_their_values() {
    everywhere(|cluster| {
        let groups =
            cluster.context.range(0..COUNT, 1, 4).map(|x| (mix(x as u64) % 900, x)).group_by_key_n(3);
        let (mut found, _) = cluster.collect(&groups);
        found.sort_unstable();
        let mut expected = BTreeMap::<u64, Vec<i64>>::new();
        (0..COUNT).for_each(|x| expected.entry(mix(x as u64) % 900).or_default().push(x));
        assert!(found.into_iter().eq(expected));
    });
}

#[test]
fn shuf_007_sorting_is_stable_both_ways() {
    everywhere(|cluster| {
        for ascending in [true, false] {
            let pairs = cluster.context.range(0..COUNT, 1, 4).map(|x| (mix(x as u64) % 5_000, x));
            let (found, _) = cluster.collect(&pairs.sort_by_key_n(ascending, 3));
            let mut expected: Vec<_> = (0..COUNT).map(|x| (mix(x as u64) % 5_000, x)).collect();
            expected.sort_by_key(|(key, _)| if ascending { *key as i64 } else { -(*key as i64) });
            assert!(found == expected);
        }
    });
}

#[test]
fn partitions_come_in_the_order_of_their_maps() {
    everywhere(|cluster| {
        let parts = cluster
            .context
            .range(0..COUNT, 1, 4)
            .map(|x| (x as u64 % 3, x))
            .partition_by(HashPartitioner::new(3));
        let (found, _) = cluster.collect(&parts);
        let mut expected: Vec<Vec<(u64, i64)>> = vec![Vec::new(); 3];
        use crate::Partitioner;
        let partitioner = HashPartitioner::new(3);
        (0..COUNT).for_each(|x| expected[partitioner.partition(&(x as u64 % 3))].push((x as u64 % 3, x)));
        assert!(found == expected.concat());
    });
}

#[test]
fn joins_of_two_shuffles() {
    everywhere(|cluster| {
        let left = cluster.context.range(0..8_000, 1, 4).map(|x| (mix(x as u64) % 4_000, x));
        let right = cluster.context.range(0..4_000, 1, 3).map(|x| (x as u64, format!("value {x}")));
        let (mut found, _) = cluster.collect(&left.join_n(3, &right));
        found.sort_unstable();
        let mut expected: Vec<_> = (0..8_000i64)
            .map(|x| (mix(x as u64) % 4_000, x))
            .map(|(key, x)| (key, (x, format!("value {key}"))))
            .collect();
        expected.sort_unstable();
        assert!(found == expected);
    });
}

#[test]
fn shuf_008_cogroups_of_two_shuffles() {
    everywhere(|cluster| {
        let left = cluster.context.range(0..9_000, 1, 4).map(|x| (x as u64 % 700, x));
        let right = cluster.context.range(0..3_000, 1, 3).map(|x| (x as u64 % 900, x));
        let (mut found, _) = cluster.collect(&left.cogroup_n(3, &right));
        found.sort_unstable();
        let mut expected = BTreeMap::<u64, (Vec<i64>, Vec<i64>)>::new();
        (0..9_000).for_each(|x| expected.entry(x as u64 % 700).or_default().0.push(x));
        (0..3_000).for_each(|x| expected.entry(x as u64 % 900).or_default().1.push(x));
        assert!(found.into_iter().eq(expected));
    });
}

#[test]
fn shuf_009_what_is_subtracted() {
    everywhere(|cluster| {
        let left = cluster.context.range(0..9_000, 1, 4).map(|x| (x as u64 % 700, x));
        let right = cluster.context.range(0..300, 1, 3).map(|x| (x as u64, x));
        let (mut found, _) = cluster.collect(&left.subtract_by_key(&right));
        found.sort_unstable();
        let mut expected: Vec<_> =
            (0..9_000).map(|x| (x as u64 % 700, x)).filter(|(key, _)| *key >= 300).collect();
        expected.sort_unstable();
        assert!(found == expected);
    });
}

#[test]
fn one_shuffle_after_the_other() {
    everywhere(|cluster| {
        let twice = cluster
            .context
            .range(0..COUNT, 1, 4)
            .map(|x| (x as u64 % 10_007, 1u64))
            .reduce_by_key_n(3, |a, b| a + b)
            .map(|(key, count)| (key % 11, count))
            .reduce_by_key_n(2, |a, b| a + b);
        let (mut found, _) = cluster.collect(&twice);
        found.sort_unstable();
        let mut expected = BTreeMap::<u64, u64>::new();
        (0..COUNT as u64).for_each(|x| *expected.entry(x % 10_007 % 11).or_default() += 1);
        assert!(found.into_iter().eq(expected));
    });
}

#[test]
fn shuf_005_parts_that_are_empty_are_not_asked_for() {
    let cluster = Cluster::start(2, &[]);
    let parts = cluster.context.range(0..4, 1, 4).map(|x| (x as u64, x)).group_by_key_n(201);
    let (mut found, counted) = cluster.collect(&parts);
    found.sort_unstable();
    assert_eq!(found, (0..4).map(|x| (x as u64, vec![x])).collect::<Vec<_>>());
    assert_eq!(counted.shuffle_remote_blocks_fetched + counted.shuffle_local_blocks_fetched, 4);
}

#[test]
fn rows_without_bytes_are_not_taken_for_nothing() {
    let cluster = Cluster::start(2, &[]);
    let units = cluster.context.range(0..100, 1, 4).map(|_| ((), ())).partition_by(HashPartitioner::new(2));
    assert_eq!(cluster.collect(&units).0.len(), 100);
}
