//! Spark's `RDDSuite`: each test is a row of docs/conformance.md.

use firesteel::{Context, HashPartitioner, PartitionerInfo, actors::message::SparkListenerEvent};

use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{assert_fails, every_way, parts, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both rdd_003_distinct_pairs_of_a_partitioned_rdd_are_not_shuffled),
        scenario!(both rdd_005_a_union_keeps_the_order),
        scenario!(both rdd_007_a_union_without_partitioners_is_plain),
        scenario!(both rdd_008_rdd_011_a_union_of_one_partitioner_keeps_it),
        scenario!(both rdd_010_empty_rdds_have_no_say_in_a_union),
        scenario!(both rdd_022_an_empty_rdd),
        scenario!(both rdd_024_repartitioned_elements_are_spread_evenly),
        scenario!(both rdd_025_coalesced_partitions_are_neighbours).then(coalescing_takes_no_shuffle),
        scenario!(both small_partitions_of_shuffles_are_coalesced_by_their_sizes),
        scenario!(both rdd_047_an_empty_rdd_is_sorted),
        scenario!(both rdd_048_elements_are_sorted_by_a_key),
        scenario!(both rdd_049_elements_are_sorted_downwards),
        scenario!(both rdd_057_an_intersection_has_no_duplicates),
    ]
}

async fn rdd_003_distinct_pairs_of_a_partitioned_rdd_are_not_shuffled(context: Context) -> Outcome {
    let placed = context.range(0..100, 1, 4).map(|x| (x % 9, x % 2)).partition_by(HashPartitioner::new(10));
    let distinct = placed.distinct();
    assert_eq!(distinct.partitioner(), placed.partitioner());
    assert_eq!(distinct.to_debug_string().matches("+-").count(), 1);
    assert_eq!(distinct.count_async().await?, 18);
    let same = placed.distinct_n(10);
    assert_eq!((same.partitioner(), same.count_async().await?), (placed.partitioner(), 18));
    let other = placed.distinct_n(5);
    assert_eq!((other.partitioner(), other.count_async().await?), (None, 18));
    Ok(())
}

async fn rdd_005_a_union_keeps_the_order(context: Context) -> Outcome {
    let numbers = context.parallelize(vec![1, 2, 3, 4], 2);
    assert_eq!(every_way(&numbers.union(&numbers)).await?, [1, 2, 3, 4, 1, 2, 3, 4]);
    Ok(())
}

async fn rdd_007_a_union_without_partitioners_is_plain(context: Context) -> Outcome {
    let pairs = context.range(0..12, 1, 2).map(|x| (x % 3, x));
    let placed = pairs.partition_by(HashPartitioner::new(3));
    let other = pairs.partition_by(HashPartitioner::new(4));
    for (union, count) in [
        (pairs.union(&pairs).boxed(), 4),
        (pairs.union(&placed).boxed(), 5),
        (placed.union(&pairs).boxed(), 5),
        (placed.union(&other).boxed(), 7),
    ] {
        assert_eq!((union.partitioner(), union.num_partitions()?), (None, count));
        assert!(union.to_debug_string().contains(" UnionRDD["));
        assert_eq!(union.count_async().await?, 24);
    }
    Ok(())
}

async fn rdd_008_rdd_011_a_union_of_one_partitioner_keeps_it(context: Context) -> Outcome {
    let placed = |from| {
        let pairs = context.range(from..from + 40, 1, 3).map(|x| (x % 7, x));
        pairs.partition_by(HashPartitioner::new(4))
    };
    let (first, second, third) = (placed(0), placed(100), placed(200));
    let union = first.union(&second).union(&third);
    assert!(union.to_debug_string().contains(" PartitionerAwareUnionRDD["));
    assert_eq!((union.partitioner(), union.num_partitions()?), (Some(PartitionerInfo::hash(4)), 4));
    let (one, two, three) = (parts(&first).await?, parts(&second).await?, parts(&third).await?);
    let expected: Vec<_> = (0..4).map(|i| [&one[i][..], &two[i], &three[i]].concat()).collect();
    assert_eq!(parts(&union).await?, expected);
    assert_eq!(every_way(&union).await?, expected.concat());
    // So what brings keys together needs no shuffle.
    let sums = union.reduce_by_key(|a, b| a + b);
    assert_eq!(sums.to_debug_string().matches("+-").count(), 3);
    let sum = |key: i64| (0..240).filter(|x| x % 100 < 40 && x % 7 == key).sum::<i64>();
    let expected: Vec<(i64, i64)> = (0..7).map(|key| (key, sum(key))).collect();
    assert_eq!(sorted(sums.collect_async().await?), expected);
    Ok(())
}

async fn rdd_010_empty_rdds_have_no_say_in_a_union(context: Context) -> Outcome {
    let folder = tempfile::tempdir()?;
    let empty = context.text_file(folder.path().to_str().unwrap(), 2).map(|line| (line.len() as i64, 1));
    assert_eq!(empty.num_partitions()?, 0);
    let placed = context.range(0..12, 1, 2).map(|x| (x % 3, x)).partition_by(HashPartitioner::new(3));
    for union in [placed.union(&empty).boxed(), empty.union(&placed).boxed()] {
        assert_eq!(union.partitioner(), placed.partitioner());
        assert_eq!((union.num_partitions()?, union.count_async().await?), (3, 12));
    }
    let both = empty.union(&empty);
    assert_eq!((both.partitioner(), both.num_partitions()?, both.count_async().await?), (None, 0, 0));
    Ok(())
}

async fn rdd_022_an_empty_rdd(context: Context) -> Outcome {
    let folder = tempfile::tempdir()?;
    let empty = context.text_file(folder.path().to_str().unwrap(), 2).map(|line| (line.len(), 1));
    assert_eq!((empty.count_async().await?, empty.collect_async().await?), (0, vec![]));
    assert_fails(empty.reduce_async(|a, _| a).await, &["empty collection"]);
    let pairs = context.parallelize(vec![(1, 1), (2, 2)], 2).map(|(key, value)| (key as usize, value));
    assert_eq!(pairs.join(&empty).count_async().await?, 0);
    assert_eq!(pairs.right_outer_join(&empty).count_async().await?, 0);
    assert_eq!(pairs.left_outer_join(&empty).count_async().await?, 2);
    assert_eq!(pairs.full_outer_join(&empty).count_async().await?, 2);
    assert_eq!(pairs.cogroup(&empty).count_async().await?, 2);
    assert_eq!(pairs.union(&empty).count_async().await?, 2);
    assert_eq!(empty.coalesce(3).count_async().await?, 0);
    assert_eq!((empty.repartition(3).num_partitions()?, empty.repartition(3).count_async().await?), (3, 0));
    Ok(())
}

async fn rdd_024_repartitioned_elements_are_spread_evenly(context: Context) -> Outcome {
    for (count, from, to) in [(100, 10, 20), (10_000, 3, 7), (1_000, 10, 2), (5, 20, 3), (0, 2, 4)] {
        let spread = context.range(0..count, 1, from).repartition(to);
        assert_eq!(spread.num_partitions()?, to);
        let placed = parts(&spread).await?;
        let fair = count as f64 / to as f64;
        for part in &placed {
            assert!((part.len() as f64 - fair).abs() <= from as f64, "{} of {count}", part.len());
        }
        assert_eq!(sorted(placed.concat()), (0..count).collect::<Vec<_>>());
    }
    assert_fails(
        context.range(0..3, 1, 2).repartition(0).count_async().await,
        &["repartition", "0 partitions"],
    );
    Ok(())
}

async fn rdd_025_coalesced_partitions_are_neighbours(context: Context) -> Outcome {
    let numbers = context.range(1..11, 1, 10);
    let halves = numbers.coalesce(2);
    assert_eq!(parts(&halves).await?, [(1..6).collect::<Vec<_>>(), (6..11).collect()]);
    assert_eq!(every_way(&halves).await?, (1..11).collect::<Vec<_>>());
    let thirds = numbers.coalesce(3);
    assert_eq!(parts(&thirds).await?, [vec![1, 2, 3], vec![4, 5, 6], vec![7, 8, 9, 10]]);
    assert_eq!(every_way(&thirds.filter(|x| x % 2 == 0)).await?, [2, 4, 6, 8, 10]);
    // No more partitions without a shuffle.
    assert_eq!(numbers.coalesce(100).num_partitions()?, 10);
    assert_eq!(every_way(&numbers.coalesce(100)).await?, (1..11).collect::<Vec<_>>());
    // Below other operators, and one part of it only.
    assert_eq!(halves.map(|x| x * 2).coalesce(1).take_async(3).await?, [2, 4, 6]);
    assert_eq!(parts(&halves.union(&thirds).coalesce(2)).await?.iter().map(Vec::len).sum::<usize>(), 20);
    assert_fails(numbers.coalesce(0).count_async().await, &["coalesce cannot have 0 partitions"]);
    Ok(())
}

async fn small_partitions_of_shuffles_are_coalesced_by_their_sizes(context: Context) -> Outcome {
    let written = context.long_accumulator("written");
    let pairs = context.range(0..1_000, 1, 4).map(|x| (x % 100, x));
    let counted = pairs.map_with(written.clone(), |written, pair| {
        written.add(1);
        pair
    });
    let sums = counted.reduce_by_key_n(50, |a, b| a + b);
    let expected: Vec<(i64, i64)> = (0..100).map(|key| (key, 10 * key + 4_500)).collect();
    // Of 1,200 bytes in all at least, as (hash, key, sum).
    let (one, some, each) =
        (sums.coalesce_by_size(u64::MAX), sums.coalesce_by_size(2_000), sums.coalesce_by_size(0));
    assert_eq!(sorted(one.collect_async().await?), expected);
    assert_eq!(one.num_partitions()?, 1);
    assert_eq!(sorted(some.filter(|_| true).collect_async().await?), expected);
    let count = some.num_partitions()?;
    assert!((2..25).contains(&count), "{count}");
    assert_eq!(sorted(each.collect_async().await?), expected);
    assert_eq!(each.num_partitions()?, 50);
    assert_eq!(written.value(), 1_000, "the shuffle is written once for all of them");
    // Two shuffles, steps between, and a shuffle behind it, which has as many partitions as it turns out to have.
    let joined = sums.join_n(20, &pairs).map_values(|(sum, x)| sum + x).coalesce_by_size(8_000);
    let again = joined.group_by_key();
    assert_eq!(again.count_async().await?, 100);
    assert!((2..20).contains(&joined.num_partitions()?), "{}", joined.num_partitions()?);
    // As the first action of a tree, and beside others.
    let fresh = pairs.reduce_by_key_n(40, |a, b| a + b).coalesce_by_size(4_000);
    assert_eq!(fresh.tree_reduce_async(|a, b| (a.0.max(b.0), a.1 + b.1), 2).await?, (99, 499_500));
    let (one, two) = (fresh.union(&sums).cache(), sums.coalesce_by_size(3_000).zip_with_index());
    assert_eq!((one.count_async().await?, one.count_async().await?), (200, 200));
    let (first, second) = (two.count_async(), two.map(|(_, index)| index).max_async());
    assert_eq!((first.await?, second.await?), (100, 99));
    // Strings count with what they own.
    let words = context.range(0..200, 1, 2).map(|x| (x, "x".repeat(1_000))).group_by_key_n(20);
    let words = words.coalesce_by_size(50_000);
    assert_eq!(words.count_async().await?, 200);
    assert!((4..12).contains(&words.num_partitions()?), "{}", words.num_partitions()?);
    // What has no sizes.
    let numbers = context.range(0..10, 1, 4).coalesce_by_size(100);
    assert_fails(numbers.count_async().await, &["are not those of a shuffle", "range"]);
    let unknown = sums.coalesce_by_size(10).num_partitions().unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "coalesce_by_size: how many partitions there are is not known before an action has run"
    );
    // A map stage that fails.
    let failing = context.range(0..10, 1, 2).map(|x| (x / (x - 5).abs().min(1), x)).group_by_key();
    assert_fails(failing.coalesce_by_size(10).count_async().await, &["divide by zero"]);
    Ok(())
}

fn coalescing_takes_no_shuffle(events: &[SparkListenerEvent]) -> Outcome {
    let count = |kind: fn(&SparkListenerEvent) -> bool| events.iter().filter(|event| kind(event)).count();
    let jobs = count(|event| matches!(event, SparkListenerEvent::JobStart(_)));
    let stages = count(|event| matches!(event, SparkListenerEvent::StageSubmitted(_)));
    assert_eq!(stages, jobs);
    Ok(())
}

async fn rdd_047_an_empty_rdd_is_sorted(context: Context) -> Outcome {
    let empty = context.parallelize(Vec::<i64>::new(), 3);
    assert_eq!(empty.sort_by(|x| *x, true).collect_async().await?, [0i64; 0]);
    Ok(())
}

async fn rdd_048_elements_are_sorted_by_a_key(context: Context) -> Outcome {
    let texts = ["5|50|A", "4|60|C", "6|40|B"].map(str::to_owned);
    let rdd = context.parallelize(texts.to_vec(), 2);
    let part = |at: usize| {
        let mut texts = texts.to_vec();
        texts.sort_by_key(|text| text.split('|').nth(at).unwrap().to_owned());
        texts
    };
    let first = rdd.sort_by(|text| text.chars().next(), true);
    assert_eq!(first.collect_async().await?, part(0));
    let second = rdd.sort_by_n(|text| text.split('|').nth(1).map(str::to_owned), true, 5);
    assert_eq!(second.collect_async().await?, part(1));
    assert_eq!(rdd.sort_by(|text| text.chars().last(), true).collect_async().await?, part(2));
    Ok(())
}

async fn rdd_049_elements_are_sorted_downwards(context: Context) -> Outcome {
    let rdd = context.parallelize(vec![3, 1, 4, 1, 5, 9, 2, 6], 3);
    assert_eq!(every_way(&rdd.sort_by(|x| *x, false)).await?, [9, 6, 5, 4, 3, 2, 1, 1]);
    assert_eq!(every_way(&rdd.sort_by_n(|x| x % 3, true, 2)).await?, [3, 9, 6, 1, 4, 1, 5, 2]);
    Ok(())
}

async fn rdd_057_an_intersection_has_no_duplicates(context: Context) -> Outcome {
    let (a, b) = (context.parallelize(vec![1, 2, 3, 3], 2), context.parallelize(vec![1, 1, 2, 3], 2));
    assert_eq!(sorted(a.intersection(&b).collect_async().await?), [1, 2, 3]);
    assert_eq!(sorted(b.intersection(&a).collect_async().await?), [1, 2, 3]);
    Ok(())
}
