//! Spark's `PairRDDFunctionsSuite`: each test is a row of docs/conformance.md.

use std::collections::{BTreeMap, BTreeSet};

use firesteel::{Context, HashPartitioner, Partitioner, PartitionerInfo};
use serde::{Deserialize, Serialize};

use crate::{
    harness::{Outcome, Scenario, scenario},
    probe::Probe,
    support::{assert_fails, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both pair_001_values_are_aggregated_into_sets),
        scenario!(both pair_002_values_are_grouped),
        scenario!(both pair_003_groups_keep_duplicates),
        scenario!(both pair_005_groups_in_more_partitions_than_keys),
        scenario!(both pair_006_samples_by_key_are_about_as_large_as_asked),
        scenario!(both pair_008_values_are_reduced),
        scenario!(both pair_010_sums_in_more_partitions_than_keys),
        scenario!(both pair_013_a_join_pairs_values_of_like_keys),
        scenario!(both pair_014_a_join_of_one_key_pairs_all_with_all),
        scenario!(both pair_015_a_left_outer_join_keeps_the_left_side),
        scenario!(both pair_016_a_cogroup_with_nothing),
        scenario!(both pair_017_a_cogroup_with_groups_of_no_partitions),
        scenario!(both pair_018_a_much_smaller_partitioner_is_not_used),
        scenario!(both pair_019_a_partitioner_of_like_size_is_used),
        scenario!(both pair_021_a_partitioner_not_below_the_default_parallelism_is_used)
            .config("spark.default.parallelism", "4"),
        scenario!(both pair_023_a_right_outer_join_keeps_the_right_side),
        scenario!(both pair_025_a_join_without_matches_is_empty),
        scenario!(both pair_026_a_join_into_many_partitions),
        scenario!(both pair_027_groups_of_two),
        scenario!(both pair_028_groups_of_three),
        scenario!(both pair_029_groups_of_four),
        scenario!(both pair_030_no_partitions_are_reduced_to_nothing),
        scenario!(both pair_031_keys_and_values),
        scenario!(both pair_033_the_larger_parent_gives_the_count),
        scenario!(both pair_034_elements_are_subtracted),
        scenario!(both pair_035_elements_are_subtracted_from_a_partitioned_rdd),
        scenario!(both pair_036_keys_are_subtracted),
        scenario!(both pair_037_keys_are_subtracted_without_a_shuffle_of_the_left),
        scenario!(both pair_038_values_are_folded),
        scenario!(both pair_039_a_zero_that_is_changed_is_another_for_each_key),
        scenario!(both pair_048_a_lookup_computes_one_partition),
        scenario!(both pair_049_a_lookup_with_a_bad_partitioner_fails),
    ]
}

fn text(texts: &[(i32, &str)]) -> Vec<(i32, String)> {
    texts.iter().map(|(key, text)| (*key, (*text).to_owned())).collect()
}

/// The sides of most joins.
const NUMBERS: [(i32, i32); 4] = [(1, 1), (1, 2), (2, 1), (3, 1)];
const LETTERS: [(i32, char); 4] = [(1, 'x'), (2, 'y'), (2, 'z'), (4, 'w')];

async fn pair_001_values_are_aggregated_into_sets(context: Context) -> Outcome {
    let pairs = context.parallelize(vec![(1, 1), (1, 1), (3, 2), (5, 1), (5, 3)], 2);
    let insert = |mut set: BTreeSet<i32>, value| {
        set.insert(value);
        set
    };
    let sets = pairs.aggregate_by_key(BTreeSet::new(), insert, |a, b| &a | &b);
    let expected = [(1, vec![1]), (3, vec![2]), (5, vec![1, 3])];
    let found = sorted(sets.map_values(|set| set.into_iter().collect::<Vec<_>>()).collect_async().await?);
    assert_eq!(found, expected);
    Ok(())
}

async fn pair_002_values_are_grouped(context: Context) -> Outcome {
    let pairs = context.parallelize(vec![(1, 1), (1, 2), (1, 3), (2, 1)], 2);
    let groups = sorted(pairs.group_by_key().collect_async().await?);
    assert_eq!(groups, [(1, vec![1, 2, 3]), (2, vec![1])]);
    Ok(())
}

async fn pair_003_groups_keep_duplicates(context: Context) -> Outcome {
    let pairs = context.parallelize(vec![(1, 1), (1, 2), (1, 3), (1, 1), (2, 1)], 2);
    let groups = sorted(pairs.group_by_key().collect_async().await?);
    assert_eq!(groups, [(1, vec![1, 2, 3, 1]), (2, vec![1])]);
    Ok(())
}

async fn pair_005_groups_in_more_partitions_than_keys(context: Context) -> Outcome {
    let pairs = context.parallelize(vec![(1, 1), (1, 2), (1, 3), (2, 1)], 2);
    let groups = pairs.group_by_key_n(10);
    assert_eq!(groups.num_partitions()?, 10);
    assert_eq!(sorted(groups.collect_async().await?), [(1, vec![1, 2, 3]), (2, vec![1])]);
    Ok(())
}

async fn pair_006_samples_by_key_are_about_as_large_as_asked(context: Context) -> Outcome {
    for (with_replacement, many) in [(false, 0.7), (true, 2.5)] {
        for seed in [1, 2, 3] {
            // Three times as many of key 0 as of the others, and key 2 has no fraction.
            let pairs = context.range(0..10_000, 1, 5).map(|x| ((x % 5).max(2) - 2, x));
            let some = pairs.sample_by_key(with_replacement, [(0, 0.2), (1, many)], seed);
            let counts = some.map(|(key, _)| (key, 1u32)).reduce_by_key(|a, b| a + b).collect_async().await?;
            let expected = [6_000.0 * 0.2, 2_000.0 * many];
            for (key, count) in counts {
                let expected = expected[key as usize];
                // Five deviations of as many draws.
                assert!((f64::from(count) - expected).abs() < 5.0 * expected.sqrt(), "{key}: {count}");
            }
            assert_eq!(some.collect_async().await?, some.collect_async().await?);
        }
    }
    let pairs = context.range(0..10, 1, 2).map(|x| (x, x));
    assert!(pairs.sample_by_key(false, [(1, 1.5)], 1).collect_async().await.is_err());
    assert_eq!(pairs.sample_by_key(false, [(1, 1.0), (2, 0.0)], 1).collect_async().await?, [(1, 1)]);
    Ok(())
}

async fn pair_008_values_are_reduced(context: Context) -> Outcome {
    let pairs = context.parallelize(vec![(1, 1), (1, 2), (1, 1), (2, 1)], 2);
    assert_eq!(sorted(pairs.reduce_by_key(|a, b| a + b).collect_async().await?), [(1, 4), (2, 1)]);
    Ok(())
}

async fn pair_010_sums_in_more_partitions_than_keys(context: Context) -> Outcome {
    let pairs = context.parallelize(vec![(1, 1), (1, 2), (1, 1), (2, 1)], 2);
    let sums = pairs.reduce_by_key_n(10, |a, b| a + b);
    assert_eq!(sums.num_partitions()?, 10);
    assert_eq!(sorted(sums.collect_async().await?), [(1, 4), (2, 1)]);
    Ok(())
}

async fn pair_013_a_join_pairs_values_of_like_keys(context: Context) -> Outcome {
    let (left, right) = (context.parallelize(NUMBERS.into(), 2), context.parallelize(LETTERS.into(), 3));
    let expected = [(1, (1, 'x')), (1, (2, 'x')), (2, (1, 'y')), (2, (1, 'z'))];
    assert_eq!(sorted(left.join(&right).collect_async().await?), expected);
    Ok(())
}

async fn pair_014_a_join_of_one_key_pairs_all_with_all(context: Context) -> Outcome {
    let left = context.parallelize(vec![(1, 1), (1, 2), (1, 3)], 2);
    let right = context.parallelize(vec![(1, 'x'), (1, 'y')], 2);
    let expected: Vec<_> = (1..=3).flat_map(|v| ['x', 'y'].map(|w| (1, (v, w)))).collect();
    assert_eq!(sorted(left.join(&right).collect_async().await?), expected);
    Ok(())
}

async fn pair_015_a_left_outer_join_keeps_the_left_side(context: Context) -> Outcome {
    let (left, right) = (context.parallelize(NUMBERS.into(), 2), context.parallelize(LETTERS.into(), 3));
    let some = Some;
    let expected =
        [(1, (1, some('x'))), (1, (2, Some('x'))), (2, (1, Some('y'))), (2, (1, Some('z'))), (3, (1, None))];
    assert_eq!(sorted(left.left_outer_join(&right).collect_async().await?), expected);
    Ok(())
}

async fn pair_016_a_cogroup_with_nothing(context: Context) -> Outcome {
    let left = context.parallelize(NUMBERS.into(), 2);
    let nothing = context.parallelize(Vec::<(i32, i32)>::new(), 1);
    let expected = [(1, (vec![1, 2], vec![])), (2, (vec![1], vec![])), (3, (vec![1], vec![]))];
    assert_eq!(sorted(left.cogroup(&nothing).collect_async().await?), expected);
    Ok(())
}

async fn pair_017_a_cogroup_with_groups_of_no_partitions(context: Context) -> Outcome {
    let folder = tempfile::tempdir()?;
    let left = context.parallelize(NUMBERS.into(), 2);
    let none = context.text_file(folder.path().to_str().unwrap(), 2).map(|line| (line.len() as i32, 1));
    assert_eq!(none.num_partitions()?, 0);
    let cogrouped = left.cogroup(&none.group_by_key());
    let sizes = cogrouped.map_values(|(left, right)| (left.len(), right.len()));
    assert_eq!(sorted(sizes.collect_async().await?), [(1, (2, 0)), (2, (1, 0)), (3, (1, 0))]);
    assert_eq!(none.join(&none).count_async().await?, 0);
    Ok(())
}

async fn pair_018_a_much_smaller_partitioner_is_not_used(context: Context) -> Outcome {
    let wide = context.range(0..1_000, 1, 1_000).map(|x| (x, x));
    let narrow = context.range(0..4, 1, 2).map(|x| (x, x)).partition_by(HashPartitioner::new(10));
    assert_eq!(wide.cogroup(&narrow).num_partitions()?, 1_000);
    assert_eq!(narrow.join(&wide).num_partitions()?, 1_000);
    Ok(())
}

async fn pair_019_a_partitioner_of_like_size_is_used(context: Context) -> Outcome {
    let wide = context.range(0..20, 1, 20).map(|x| (x, x));
    let narrow = context.range(0..4, 1, 2).map(|x| (x, x)).partition_by(HashPartitioner::new(10));
    for cogrouped in [wide.cogroup(&narrow), narrow.cogroup(&wide)] {
        assert_eq!(cogrouped.partitioner(), Some(PartitionerInfo::hash(10)));
        assert_eq!(cogrouped.count_async().await?, 20);
    }
    // Of two partitioners the larger.
    let larger = wide.partition_by(HashPartitioner::new(12));
    assert_eq!(narrow.cogroup(&larger).num_partitions()?, 12);
    Ok(())
}

async fn pair_021_a_partitioner_not_below_the_default_parallelism_is_used(context: Context) -> Outcome {
    let wide = context.range(0..1_000, 1, 1_000).map(|x| (x, x));
    let placed = |n| context.range(0..4, 1, 2).map(|x| (x, x)).partition_by(HashPartitioner::new(n));
    // Smaller by a factor of ten and more, but not smaller than what would be used otherwise.
    assert_eq!(wide.cogroup(&placed(100)).num_partitions()?, 100);
    assert_eq!(wide.cogroup(&placed(4)).num_partitions()?, 4);
    assert_eq!(wide.cogroup(&placed(3)).num_partitions()?, 4);
    assert_eq!(wide.cogroup(&wide).num_partitions()?, 4);
    Ok(())
}

async fn pair_023_a_right_outer_join_keeps_the_right_side(context: Context) -> Outcome {
    let (left, right) = (context.parallelize(NUMBERS.into(), 2), context.parallelize(LETTERS.into(), 3));
    let expected = [
        (1, (Some(1), 'x')),
        (1, (Some(2), 'x')),
        (2, (Some(1), 'y')),
        (2, (Some(1), 'z')),
        (4, (None, 'w')),
    ];
    assert_eq!(sorted(left.right_outer_join(&right).collect_async().await?), expected);
    Ok(())
}

async fn pair_025_a_join_without_matches_is_empty(context: Context) -> Outcome {
    let left = context.parallelize(NUMBERS.into(), 2);
    let right = context.parallelize(vec![(4, 'x'), (5, 'y'), (5, 'z'), (6, 'w')], 2);
    assert_eq!(left.join(&right).count_async().await?, 0);
    Ok(())
}

async fn pair_026_a_join_into_many_partitions(context: Context) -> Outcome {
    let (left, right) = (context.parallelize(NUMBERS.into(), 2), context.parallelize(LETTERS.into(), 3));
    let joined = left.join_n(10, &right);
    assert_eq!(joined.num_partitions()?, 10);
    let expected = [(1, (1, 'x')), (1, (2, 'x')), (2, (1, 'y')), (2, (1, 'z'))];
    assert_eq!(sorted(joined.collect_async().await?), expected);
    Ok(())
}

async fn pair_027_groups_of_two(context: Context) -> Outcome {
    let (left, right) = (context.parallelize(NUMBERS.into(), 2), context.parallelize(LETTERS.into(), 3));
    let expected = [
        (1, (vec![1, 2], vec!['x'])),
        (2, (vec![1], vec!['y', 'z'])),
        (3, (vec![1], vec![])),
        (4, (vec![], vec!['w'])),
    ];
    assert_eq!(sorted(left.cogroup(&right).collect_async().await?), expected);
    Ok(())
}

async fn pair_028_groups_of_three(context: Context) -> Outcome {
    let (first, second) = (context.parallelize(NUMBERS.into(), 2), context.parallelize(LETTERS.into(), 3));
    let third = context.parallelize(text(&[(1, "a"), (3, "b"), (4, "c"), (4, "d")]), 2);
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let expected = [
        (1, (vec![1, 2], vec!['x'], texts(&["a"]))),
        (2, (vec![1], vec!['y', 'z'], texts(&[]))),
        (3, (vec![1], vec![], texts(&["b"]))),
        (4, (vec![], vec!['w'], texts(&["c", "d"]))),
    ];
    assert_eq!(sorted(first.cogroup3(&second, &third).collect_async().await?), expected);
    Ok(())
}

async fn pair_029_groups_of_four(context: Context) -> Outcome {
    let (first, second) = (context.parallelize(NUMBERS.into(), 2), context.parallelize(LETTERS.into(), 3));
    let third = context.parallelize(vec![(1, true), (4, false)], 1);
    let fourth = context.parallelize(vec![(2, '@')], 1);
    let expected = [
        (1, (vec![1, 2], vec!['x'], vec![true], vec![])),
        (2, (vec![1], vec!['y', 'z'], vec![], vec!['@'])),
        (3, (vec![1], vec![], vec![], vec![])),
        (4, (vec![], vec!['w'], vec![false], vec![])),
    ];
    let all = first.cogroup4(&second, &third, &fourth);
    assert_eq!(sorted(all.collect_async().await?), expected);
    assert_eq!(all.to_debug_string().matches("+-").count(), 4);
    Ok(())
}

async fn pair_030_no_partitions_are_reduced_to_nothing(context: Context) -> Outcome {
    let folder = tempfile::tempdir()?;
    let none = context.text_file(folder.path().to_str().unwrap(), 2);
    assert_eq!((none.num_partitions()?, none.count_async().await?), (0, 0));
    assert_eq!(none.map(|line| (line, 1)).reduce_by_key(|a, b| a + b).count_async().await?, 0);
    Ok(())
}

async fn pair_031_keys_and_values(context: Context) -> Outcome {
    let pairs = context.parallelize(text(&[(1, "a"), (2, "b")]), 2);
    assert_eq!(pairs.keys().collect_async().await?, [1, 2]);
    assert_eq!(pairs.values().collect_async().await?, ["a", "b"]);
    Ok(())
}

async fn pair_033_the_larger_parent_gives_the_count(context: Context) -> Outcome {
    let (small, large) = (context.range(0..4, 1, 2), context.range(0..4, 1, 2_000));
    let joined = small.map(|x| (x, x)).join(&large.map(|x| (x, x)));
    assert_eq!(joined.num_partitions()?, 2_000);
    Ok(())
}

async fn pair_034_elements_are_subtracted(context: Context) -> Outcome {
    let (all, some) = (context.parallelize(vec![1, 2, 3], 2), context.parallelize(vec![2, 3, 4], 4));
    let left = all.subtract(&some);
    assert_eq!((left.collect_async().await?, left.num_partitions()?), (vec![1], 2));
    Ok(())
}

/// Into the partition that the key names.
#[derive(Clone, Serialize, Deserialize)]
struct ByNumber;

impl Partitioner<i32> for ByNumber {
    fn num_partitions(&self) -> usize {
        5
    }

    fn partition(&self, key: &i32) -> usize {
        *key as usize
    }
}

async fn pair_035_elements_are_subtracted_from_a_partitioned_rdd(context: Context) -> Outcome {
    let placed = context.parallelize(text(&[(1, "a"), (2, "b"), (3, "c")]), 2).partition_by(ByNumber);
    let some = context.parallelize(text(&[(2, "b"), (3, "cc"), (4, "d")]), 4);
    let left = placed.subtract(&some);
    assert_eq!(sorted(left.collect_async().await?), text(&[(1, "a"), (3, "c")]));
    assert_eq!((left.partitioner(), left.num_partitions()?), (None, 5));
    Ok(())
}

async fn pair_036_keys_are_subtracted(context: Context) -> Outcome {
    let all = context.parallelize(text(&[(1, "a"), (1, "a"), (2, "b"), (3, "c")]), 2);
    let some = context.parallelize(text(&[(2, "bb"), (3, "cc"), (4, "d")]), 4);
    let left = all.subtract_by_key(&some);
    assert_eq!(left.collect_async().await?, text(&[(1, "a"), (1, "a")]));
    assert_eq!(left.num_partitions()?, 2);
    Ok(())
}

async fn pair_037_keys_are_subtracted_without_a_shuffle_of_the_left(context: Context) -> Outcome {
    let placed =
        context.parallelize(text(&[(1, "a"), (1, "a"), (2, "b"), (3, "c")]), 2).partition_by(ByNumber);
    let some = context.parallelize(vec![(2, 20), (3, 30), (4, 40)], 4);
    let left = placed.subtract_by_key(&some);
    assert_eq!(left.collect_async().await?, text(&[(1, "a"), (1, "a")]));
    assert_eq!(left.partitioner(), placed.partitioner());
    assert_eq!(left.to_debug_string().matches("+-").count(), 2);
    Ok(())
}

async fn pair_038_values_are_folded(context: Context) -> Outcome {
    let pairs = context.parallelize(vec![(1, 1), (1, 2), (1, 1), (2, 1)], 2);
    assert_eq!(sorted(pairs.fold_by_key(0, |a, b| a + b).collect_async().await?), [(1, 4), (2, 1)]);
    Ok(())
}

async fn pair_039_a_zero_that_is_changed_is_another_for_each_key(context: Context) -> Outcome {
    let counts = |key, value: u64| (key, BTreeMap::from([(value, 1u64)]));
    let pairs = context.parallelize(vec![counts(1, 7), counts(1, 8), counts(1, 7), counts(2, 7)], 2);
    let merged = pairs.fold_by_key(BTreeMap::new(), |mut a, b| {
        b.into_iter().for_each(|(value, count)| *a.entry(value).or_default() += count);
        a
    });
    let expected = [(1, BTreeMap::from([(7, 2), (8, 1)])), (2, BTreeMap::from([(7, 1)]))];
    assert_eq!(sorted(merged.collect_async().await?), expected);
    Ok(())
}

async fn pair_048_a_lookup_computes_one_partition(context: Context) -> Outcome {
    let pairs = context.parallelize(vec![(1, 2), (3, 4), (5, 6), (5, 7)], 3);
    // Without a partitioner all are computed.
    assert_eq!(pairs.lookup_async(5).await?, [6, 7]);
    let probe = Probe::new();
    let placed = pairs.partition_by(ByNumberTwice).map_values_with(probe, |probe, value| {
        probe.hit();
        value
    });
    assert_eq!(sorted(placed.lookup_async(5).await?), [6, 7]);
    assert_eq!(probe.hits(), 2, "values of the one partition");
    assert_eq!(placed.lookup_async(1).await?, [2]);
    assert_eq!(placed.lookup_async(4).await?, [0i32; 0]);
    Ok(())
}

/// As [`ByNumber`], with room for more.
#[derive(Clone, Serialize, Deserialize)]
struct ByNumberTwice;

impl Partitioner<i32> for ByNumberTwice {
    fn num_partitions(&self) -> usize {
        10
    }

    fn partition(&self, key: &i32) -> usize {
        *key as usize
    }
}

async fn pair_049_a_lookup_with_a_bad_partitioner_fails(context: Context) -> Outcome {
    let placed = context.parallelize(vec![(1, 2), (3, 4)], 2).partition_by(ByNumber);
    assert_eq!(placed.lookup_async(3).await?, [4]);
    assert_fails(placed.lookup_async(-1).await, &["non-existent partition"]);
    assert_fails(placed.lookup_async(5).await, &["non-existent partition: 5. Total number of partitions: 5"]);
    Ok(())
}
