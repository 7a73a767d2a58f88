//! Operators with a shuffle against the same in plain Rust.

use std::{cmp::Reverse, collections::BTreeMap};

use firesteel::{Context, HashPartitioner, Partitioner};
use serde::{Deserialize, Serialize};

use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{every_way, every_way_sorted, parts, random, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both reduce_by_key_adds_up),
        scenario!(both reduce_by_key_with_data),
        scenario!(both combine_by_key_has_another_type),
        scenario!(both group_by_key_keeps_order),
        scenario!(both sort_by_key_sorts),
        scenario!(both sort_by_key_is_stable_and_descends),
        scenario!(both partition_by_puts_pairs_where_told),
        scenario!(both shuffles_in_a_row),
    ]
}

/// Pairs, different keys, map partitions, reduce partitions. The long ones pass the cache that is in front of
/// the tables.
const SHAPES: [(usize, u64, usize, usize); 9] = [
    (0, 1, 1, 1),
    (0, 1, 3, 4),
    (1, 1, 1, 1),
    (10, 3, 4, 2),
    (200, 50, 1, 7),
    (200, 50, 7, 1),
    (30, 10, 3, 50),
    (9_000, 4_000, 2, 3),
    (6_000, 20, 1, 2),
];

fn pairs(count: usize, keys: u64) -> Vec<(String, u64)> {
    random(keys).take(count).enumerate().map(|(i, x)| (format!("key {}", x % keys), i as u64)).collect()
}

fn groups(pairs: &[(String, u64)]) -> BTreeMap<String, Vec<u64>> {
    let mut groups = BTreeMap::<_, Vec<u64>>::new();
    pairs.iter().for_each(|(key, value)| groups.entry(key.clone()).or_default().push(*value));
    groups
}

async fn reduce_by_key_adds_up(context: Context) -> Outcome {
    for (count, keys, maps, reduces) in SHAPES {
        let pairs = pairs(count, keys);
        let rdd = context.parallelize(pairs.clone(), maps);
        let expected: Vec<(String, u64)> =
            groups(&pairs).into_iter().map(|(key, values)| (key, values.iter().sum())).collect();
        let sums = rdd.reduce_by_key_n(reduces, |a, b| a + b);
        assert_eq!(sums.num_partitions()?, reduces);
        assert_eq!(every_way_sorted(&sums).await?, expected, "{count} {keys} {maps} {reduces}");
        let sums = rdd.reduce_by_key(|a, b| a + b);
        assert_eq!(sums.num_partitions()?, maps);
        assert_eq!(sorted(sums.collect_async().await?), expected);
    }
    Ok(())
}

async fn reduce_by_key_with_data(context: Context) -> Outcome {
    let pairs = context.parallelize(pairs(100, 7), 3);
    let capped = pairs.reduce_by_key_with(120u64, |most, a, b| (a + b).min(*most));
    let all = sorted(capped.collect_async().await?);
    assert_eq!((all.len(), all.iter().map(|(_, sum)| *sum).max()), (7, Some(120)));
    Ok(())
}

async fn combine_by_key_has_another_type(context: Context) -> Outcome {
    for (count, keys, maps, _) in SHAPES {
        let pairs = pairs(count, keys);
        let rdd = context.parallelize(pairs.clone(), maps);
        let combined = rdd.combine_by_key(
            |value| (vec![value], 1u32),
            |(mut values, count), value| {
                values.push(value);
                (values, count + 1)
            },
            |(mut values, count), (more, further)| {
                values.extend(more);
                (values, count + further)
            },
        );
        let mut found = sorted(combined.collect_async().await?);
        // In which order the parts are merged is nobody's business.
        found.iter_mut().for_each(|(_, (values, _))| values.sort_unstable());
        let expected: Vec<_> = groups(&pairs)
            .into_iter()
            .map(|(key, values)| (key, (values.clone(), values.len() as u32)))
            .collect();
        assert_eq!(found, expected);
    }
    Ok(())
}

async fn group_by_key_keeps_order(context: Context) -> Outcome {
    for (count, keys, maps, reduces) in SHAPES {
        let pairs = pairs(count, keys);
        let rdd = context.parallelize(pairs.clone(), maps);
        let expected: Vec<_> = groups(&pairs).into_iter().collect();
        assert_eq!(every_way_sorted(&rdd.group_by_key_n(reduces)).await?, expected);
        assert_eq!(sorted(rdd.group_by_key().collect_async().await?), expected);
    }
    Ok(())
}

async fn sort_by_key_sorts(context: Context) -> Outcome {
    for (count, keys, maps, reduces) in SHAPES {
        let pairs = pairs(count, keys);
        let rdd = context.parallelize(pairs.clone(), maps);
        let ordered = rdd.sort_by_key_n(true, reduces);
        assert_eq!(ordered.num_partitions()?, reduces);
        let mut expected = pairs.clone();
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(every_way(&ordered).await?, expected, "{count} {keys} {maps} {reduces}");
        assert_eq!(rdd.sort_by_key(true).collect_async().await?, expected);
    }
    // Sorts of sorts, and two actions that find the ranges out at the same time.
    let rdd = context.parallelize(pairs(300, 40), 4);
    let twice = rdd.sort_by_key(false).map(|(key, value)| (value, key)).sort_by_key_n(true, 3);
    let (all, count, again) = (twice.collect_async(), twice.count_async(), twice.collect_async());
    let expected: Vec<(u64, String)> = pairs(300, 40).into_iter().map(|(key, value)| (value, key)).collect();
    assert_eq!((all.await?, count.await?, again.await?), (expected.clone(), 300, expected));
    // Many keys are spread over all partitions.
    let spread = context.parallelize(pairs(2_000, 2_000), 4).sort_by_key_n(true, 4);
    let sizes: Vec<usize> = parts(&spread).await?.iter().map(Vec::len).collect();
    assert!(sizes.iter().all(|size| *size > 100), "{sizes:?}");
    Ok(())
}

async fn sort_by_key_is_stable_and_descends(context: Context) -> Outcome {
    let pairs: Vec<(u8, usize)> = random(1).take(500).enumerate().map(|(i, x)| ((x % 9) as u8, i)).collect();
    let mut expected = pairs.clone();
    expected.sort_by_key(|pair| Reverse(pair.0));
    for (maps, reduces) in [(1, 1), (4, 3), (3, 20)] {
        let ordered = context.parallelize(pairs.clone(), maps).sort_by_key_n(false, reduces);
        assert_eq!(ordered.collect_async().await?, expected);
        // What was found out for the sort is remembered.
        assert_eq!(ordered.collect_async().await?, expected);
        assert_eq!(ordered.take_async(3).await?, expected[..3]);
    }
    Ok(())
}

/// By the first letter: vowels, and the others.
#[derive(Clone, Serialize, Deserialize)]
struct Vowels;

impl Partitioner<String> for Vowels {
    fn num_partitions(&self) -> usize {
        3
    }

    fn partition(&self, key: &String) -> usize {
        if key.starts_with(['a', 'e', 'i', 'o', 'u']) { 0 } else { 2 }
    }
}

async fn partition_by_puts_pairs_where_told(context: Context) -> Outcome {
    let words = ["eagle", "owl", "tit", "auk", "wren", "tit"].map(|word| (word.to_owned(), word.len()));
    let rdd = context.parallelize(words.to_vec(), 3);
    let placed = parts(&rdd.partition_by(Vowels)).await?;
    let texts = |part: &Vec<(String, usize)>| part.iter().map(|pair| pair.0.clone()).collect::<Vec<_>>();
    let placed: Vec<Vec<String>> = placed.iter().map(texts).collect();
    assert_eq!(placed, [vec!["eagle", "owl", "auk"], vec![], vec!["tit", "wren", "tit"]]);
    for (count, keys, maps, reduces) in SHAPES {
        let pairs = pairs(count, keys);
        let partitioner = HashPartitioner::new(reduces);
        let rdd = context.parallelize(pairs.clone(), maps).partition_by(partitioner);
        let mut expected = vec![Vec::new(); reduces];
        pairs.into_iter().for_each(|pair| expected[partitioner.partition(&pair.0)].push(pair));
        assert_eq!(parts(&rdd).await?, expected);
        assert_eq!(every_way(&rdd).await?, expected.concat());
    }
    Ok(())
}

async fn shuffles_in_a_row(context: Context) -> Outcome {
    // How many keys have how many values, most frequent first.
    let rdd = context.parallelize(pairs(1_000, 300), 4);
    let sizes = rdd
        .map(|(key, _)| (key, 1u32))
        .reduce_by_key_n(3, |a, b| a + b)
        .map(|(_, count)| (count, 1u32))
        .reduce_by_key_n(2, |a, b| a + b)
        .map(|(size, keys)| (keys, size))
        .group_by_key_n(5)
        .map_values(|sizes| sizes.len())
        .sort_by_key_n(false, 3);
    let mut of_size = BTreeMap::<usize, u32>::new();
    groups(&pairs(1_000, 300)).values().for_each(|values| *of_size.entry(values.len()).or_default() += 1);
    let mut expected = BTreeMap::<u32, usize>::new();
    of_size.values().for_each(|keys| *expected.entry(*keys).or_default() += 1);
    let expected: Vec<(u32, usize)> = expected.into_iter().rev().collect();
    assert_eq!(sizes.collect_async().await?, expected);
    Ok(())
}
