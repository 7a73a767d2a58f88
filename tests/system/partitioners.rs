//! What is known of how keys are partitioned, and the shuffles that it saves.

use std::cmp::Reverse;

use firesteel::{
    Context, HashPartitioner, Partitioner, PartitionerInfo, Rdd,
    actors::message::SparkListenerEvent,
    rdd::{Compute, KeyOrder},
};
use serde::{Deserialize, Serialize};

use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{assert_fails, every_way, every_way_sorted, parts, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both narrow_operators_keep_or_lose_the_partitioner),
        scenario!(both partitioners_are_equal_by_value),
        scenario!(both equal_keys_are_where_the_partitioner_says),
        scenario!(both what_is_partitioned_is_not_shuffled).then(one_map_stage_in_each_job),
        scenario!(both operators_with_a_partitioner_of_their_own),
        scenario!(both partitions_are_made_and_sorted_at_once),
        scenario!(both counts_that_come_late),
        scenario!(both a_partitioner_of_the_first_side_shuffles_the_other),
        scenario!(both what_is_sorted_is_not_sorted_again),
        scenario!(both lookups_of_ranges_and_of_bad_partitioners),
    ]
}

/// Shuffles in an RDD's lineage.
fn shuffles<P: Compute>(rdd: &Rdd<P>) -> usize {
    rdd.to_debug_string().matches("+-").count()
}

/// By the remainder of the key.
#[derive(Clone, Serialize, Deserialize)]
struct Remainder(i64);

impl Partitioner<i64> for Remainder {
    fn num_partitions(&self) -> usize {
        self.0 as usize
    }

    fn partition(&self, key: &i64) -> usize {
        (key % self.0) as usize
    }
}

fn numbers(context: &Context) -> Rdd<impl Compute<Item = (i64, i64)> + use<>> {
    context.range(0..60, 1, 4).map(|x| (x % 12, x))
}

async fn narrow_operators_keep_or_lose_the_partitioner(context: Context) -> Outcome {
    let placed = numbers(&context).partition_by(HashPartitioner::new(3));
    let info = Some(PartitionerInfo::hash(3));
    assert_eq!(placed.partitioner(), info);
    assert_eq!(placed.filter(|pair| pair.1 > 5).partitioner(), info);
    assert_eq!(placed.map_values(|value| value.to_string()).partitioner(), info);
    assert_eq!(placed.flat_map_values(|value| [value, value]).partitioner(), info);
    assert_eq!(placed.boxed().map_values(|value| value).boxed().partitioner(), info);
    assert_eq!(placed.distinct().partitioner(), info);
    assert_eq!(placed.group_by_key().partitioner(), info);
    assert_eq!(placed.subtract_by_key(&numbers(&context)).partitioner(), info);
    for lost in [
        placed.map(|pair| pair).partitioner(),
        placed.flat_map(Some).partitioner(),
        placed.map_partitions(|pairs| pairs).partitioner(),
        placed.map_partitions_with_index(|_, pairs, _| pairs).partitioner(),
        placed.keys().partitioner(),
        placed.distinct_n(2).partitioner(),
        placed.subtract(&placed).partitioner(),
        numbers(&context).partitioner(),
    ] {
        assert_eq!(lost, None);
    }
    Ok(())
}

async fn partitioners_are_equal_by_value(context: Context) -> Outcome {
    let rdd = numbers(&context);
    let by = |n: i64| rdd.partition_by(Remainder(n)).partitioner().unwrap();
    assert_eq!(by(3), by(3));
    assert_ne!(by(3), by(4));
    assert_ne!(by(3), PartitionerInfo::hash(3));
    let hash = PartitionerInfo::hash(3);
    assert_eq!(rdd.partition_by(HashPartitioner::new(3)).partitioner(), Some(hash.clone()));
    assert_eq!(rdd.reduce_by_key_n(3, |a, b| a + b).partitioner(), Some(hash.clone()));
    assert_eq!(rdd.group_by_key_n(3).partitioner(), Some(hash.clone()));
    assert_eq!(rdd.join_n(3, &rdd).partitioner(), Some(hash));
    // A sort's ranges are its own.
    let ordered = rdd.sort_by_key_n(true, 3);
    assert_eq!(ordered.partitioner(), ordered.filter(|_| true).partitioner());
    assert_ne!(ordered.partitioner(), rdd.sort_by_key_n(true, 3).partitioner());
    Ok(())
}

async fn equal_keys_are_where_the_partitioner_says(context: Context) -> Outcome {
    let words: Vec<(String, u64)> = (0..500u64).map(|x| (format!("word {}", x % 170), x)).collect();
    let rdd = context.parallelize(words, 3);
    for n in [1, 2, 3, 7, 64, 65, 200] {
        let partitioner = HashPartitioner::new(n);
        let at = |key: &String| partitioner.partition(key);
        for (index, part) in parts(&rdd.reduce_by_key_n(n, |a, b| a + b)).await?.into_iter().enumerate() {
            assert!(part.iter().all(|pair| at(&pair.0) == index), "combined into {n}");
        }
        for (index, part) in parts(&rdd.group_by_key_n(n)).await?.into_iter().enumerate() {
            assert!(part.iter().all(|pair| at(&pair.0) == index), "gathered into {n}");
        }
        for (index, part) in parts(&rdd.cogroup_n(n, &rdd)).await?.into_iter().enumerate() {
            assert!(part.iter().all(|pair| at(&pair.0) == index), "cogrouped into {n}");
        }
    }
    Ok(())
}

async fn what_is_partitioned_is_not_shuffled(context: Context) -> Outcome {
    let sum = |x: i64| (x..60).step_by(12).sum::<i64>();
    let sums: Vec<(i64, i64)> = (0..12).map(|x| (x, sum(x))).collect();
    for by_hash in [true, false] {
        let rdd = numbers(&context);
        let placed = if by_hash {
            rdd.partition_by(HashPartitioner::new(3)).boxed()
        } else {
            rdd.partition_by(Remainder(3)).boxed()
        };
        let summed = placed.reduce_by_key(|a, b| a + b);
        assert_eq!((shuffles(&summed), summed.num_partitions()?), (1, 3));
        assert_eq!(sorted(summed.collect_async().await?), sums);
        let grouped = placed.filter(|_| true).group_by_key().map_values(|values| values.into_iter().sum());
        assert_eq!(sorted(grouped.collect_async().await?), sums);
        let folded = placed.aggregate_by_key(0, |sum, x| sum + x, |a, b| a + b);
        let joined = folded.join(&grouped).map_values(|(a, b)| a + b - a);
        let cogrouped = joined.cogroup(&summed).map_values(|(a, b)| a[0] + b[0] - a[0]);
        let kept = cogrouped.subtract_by_key(&placed.filter(|pair| pair.0 == 5));
        assert_eq!(sorted(kept.distinct().collect_async().await?).len(), 11);
        // Each of the RDDs above reads the same shuffle.
        assert_eq!(sorted(cogrouped.collect_async().await?), sums);
        assert_eq!(cogrouped.partitioner(), placed.partitioner());
        // Another count is another partitioner.
        assert_eq!(shuffles(&placed.reduce_by_key_n(4, |a, b| a + b)), 2);
    }
    Ok(())
}

/// Each run shuffles once in its first job, and never again.
fn one_map_stage_in_each_job(events: &[SparkListenerEvent]) -> Outcome {
    let mut ran = Vec::new();
    for event in events {
        match event {
            SparkListenerEvent::JobStart(_) => ran.push(0),
            SparkListenerEvent::StageSubmitted(_) => *ran.last_mut().unwrap() += 1,
            _ => {}
        }
    }
    assert_eq!(ran, [2, 1, 1, 1, 2, 1, 1, 1]);
    Ok(())
}

async fn operators_with_a_partitioner_of_their_own(context: Context) -> Outcome {
    let rdd = numbers(&context);
    let sums = rdd.reduce_by_key_by(Remainder(5), |a, b| a + b);
    let info = sums.partitioner();
    assert_eq!(info, rdd.partition_by(Remainder(5)).partitioner());
    let expected: Vec<_> = (0..12).map(|key| (key, (key..60).step_by(12).sum::<i64>())).collect();
    assert_eq!(every_way_sorted(&sums).await?, expected);
    for (index, part) in parts(&sums).await?.into_iter().enumerate() {
        assert!(part.iter().all(|pair| pair.0 as usize % 5 == index));
    }
    let by_hash = rdd.reduce_by_key_by(HashPartitioner::new(3), |a, b| a + b);
    assert_eq!(by_hash.partitioner(), Some(PartitionerInfo::hash(3)));
    assert_eq!((shuffles(&by_hash), sorted(by_hash.collect_async().await?)), (1, expected));
    // What is placed so already is not shuffled again.
    let groups = sums.group_by_key_by(Remainder(5));
    assert_eq!((shuffles(&groups), groups.partitioner()), (shuffles(&sums), info.clone()));
    let joined = rdd.join_by(Remainder(5), &sums);
    assert_eq!((shuffles(&joined), joined.partitioner()), (1 + shuffles(&sums), info.clone()));
    assert_eq!(joined.count_async().await?, 60);
    assert_eq!(rdd.left_outer_join_by(Remainder(7), &sums).num_partitions()?, 7);
    assert_eq!(rdd.right_outer_join_by(Remainder(5), &sums).partitioner(), info);
    assert_eq!(rdd.full_outer_join_by(Remainder(5), &sums).count_async().await?, 60);
    let cogrouped = sums.cogroup_by(Remainder(5), &rdd);
    assert_eq!(cogrouped.partitioner(), info);
    assert!(cogrouped.collect_async().await?.iter().all(|(_, (v, w))| (v.len(), w.len()) == (1, 5)));
    Ok(())
}

async fn partitions_are_made_and_sorted_at_once(context: Context) -> Outcome {
    let pairs = context.range(0..60, 1, 4).map(|x| (x * 7 % 60, x));
    let placed = pairs.repartition_and_sort_within_partitions(Remainder(3));
    assert_eq!(placed.partitioner(), pairs.partition_by(Remainder(3)).partitioner());
    for (index, part) in parts(&placed).await?.into_iter().enumerate() {
        assert_eq!(part.len(), 20);
        assert!(part.is_sorted_by_key(|pair| pair.0) && part.iter().all(|pair| pair.0 as usize % 3 == index));
    }
    // Each partition is in order, but they do not follow one another.
    assert_eq!(placed.key_order(), None);
    let all: Vec<i64> = placed.sort_by_key(true).keys().collect_async().await?;
    assert_eq!(all, (0..60).collect::<Vec<_>>());
    Ok(())
}

async fn counts_that_come_late(context: Context) -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("numbers");
    std::fs::write(&path, (0..200).map(|x| format!("{x}\n")).collect::<String>())?;
    let path = path.to_str().unwrap();
    let lines = context.text_file(path, 3).map(|line| (line.len(), 1u64));
    let counts = lines.reduce_by_key(|a, b| a + b);
    // Not listed yet.
    assert_eq!(counts.partitioner().unwrap().num_partitions(), None);
    let again = counts.map_values(|count| count * 2);
    assert_eq!(counts.partitioner(), again.partitioner());
    let other = context.text_file(path, 3).map(|line| (line.len(), 'x')).group_by_key();
    assert_ne!(counts.partitioner(), other.partitioner());
    let joined = counts.join(&again).join(&other);
    // One for the counts, one for the groups, one that brings the groups to the counts.
    assert_eq!(shuffles(&joined), 2 + 2);
    let found = joined.map_values(|((a, b), c)| (a, b, c.len() as u64));
    let expected = [(1, (10, 20, 10)), (2, (90, 180, 90)), (3, (100, 200, 100))];
    assert_eq!(sorted(found.collect_async().await?), expected);
    // Now it is known, and equal to all of that count.
    let known = counts.partitioner().unwrap();
    assert_eq!(known, PartitionerInfo::hash(known.num_partitions().unwrap()));
    assert_eq!(counts.partitioner(), other.partitioner());
    // A source that is not there is an error of the action, not of the transformation.
    let missing = context.text_file("/there/is/no/such", 2).map(|line| (line.len(), 1u64));
    let late = missing.reduce_by_key(|a, b| a + b).join(&counts).distinct();
    assert_fails(late.count_async().await, &["/there/is/no/such"]);
    Ok(())
}

async fn a_partitioner_of_the_first_side_shuffles_the_other(context: Context) -> Outcome {
    let left = numbers(&context).partition_by(Remainder(4));
    let right = context.range(0..12, 1, 3).map(|x| (x, -x));
    for joined in [left.join(&right).boxed(), right.join(&left).map_values(|(a, b)| (b, a)).boxed()] {
        assert_eq!(joined.partitioner(), left.partitioner());
        let placed = parts(&joined).await?;
        assert_eq!(placed.len(), 4);
        for (index, part) in placed.into_iter().enumerate() {
            assert!(part.len() == 15 && part.iter().all(|(key, _)| *key as usize % 4 == index));
            assert!(part.iter().all(|(key, (x, y))| x % 12 == *key && *y == -key));
        }
    }
    // Ranges that are not known yet.
    let ranges = numbers(&context).sort_by_key_n(false, 3);
    let joined = right.join(&ranges);
    assert_eq!(joined.partitioner(), ranges.partitioner());
    let firsts: Vec<i64> = parts(&joined).await?.iter().map(|part| part[0].0).collect();
    assert!(firsts.is_sorted_by(|a, b| a > b), "{firsts:?}");
    assert_eq!(joined.count_async().await?, 60);
    Ok(())
}

async fn lookups_of_ranges_and_of_bad_partitioners(context: Context) -> Outcome {
    let ranges = numbers(&context).sort_by_key_n(true, 3);
    assert_eq!(sorted(ranges.lookup_async(7).await?), [7, 19, 31, 43, 55]);
    assert_eq!(ranges.lookup_async(99).await?, [0i64; 0]);
    let placed = numbers(&context).partition_by(Remainder(3));
    assert_eq!(sorted(placed.lookup_async(7).await?), [7, 19, 31, 43, 55]);
    assert_fails(placed.lookup_async(-2).await, &["non-existent partition"]);
    Ok(())
}

async fn what_is_sorted_is_not_sorted_again(context: Context) -> Outcome {
    let sorted = numbers(&context).sort_by_key_n(true, 3);
    assert_eq!(sorted.key_order(), Some(KeyOrder::Ascending));
    let doubled = sorted.filter(|pair| pair.0 > 2).flat_map_values(|x| [x, x]).boxed();
    let again = doubled.sort_by_key(true);
    assert_eq!((shuffles(&again), again.key_order()), (1, Some(KeyOrder::Ascending)));
    assert_eq!(again.partitioner(), sorted.partitioner());
    assert_eq!(every_way(&again).await?, doubled.collect_async().await?);
    // The other way round, into another count, or by keys that may be others.
    let downwards = doubled.sort_by_key(false);
    assert_eq!((shuffles(&downwards), downwards.key_order()), (2, Some(KeyOrder::Descending)));
    let mut expected = doubled.collect_async().await?;
    expected.sort_by_key(|pair| Reverse(pair.0));
    assert_eq!(downwards.collect_async().await?, expected);
    assert_eq!(shuffles(&doubled.sort_by_key_n(true, 2)), 2);
    assert_eq!(shuffles(&sorted.map(|(key, x)| (x, key)).sort_by_key(true)), 2);
    // Combined in place: the ranges stay, the order does not.
    let sums = sorted.reduce_by_key(|a, b| a + b);
    assert_eq!((shuffles(&sums), sums.key_order()), (1, None));
    assert_eq!(sums.partitioner(), sorted.partitioner());
    Ok(())
}
