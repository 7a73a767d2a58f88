//! Zips, products, samples, trees, statistics and ranges of keys: rows of Spark's `RDDSuite`, `SortingSuite` and
//! `DoubleRDDSuite`.

use std::{cmp::Reverse, collections::BTreeSet};

use firesteel::{Context, HashPartitioner, StatCounter, actors::message::SparkListenerEvent};

use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{assert_fails, every_way, every_way_sorted, parts, random, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both partitions_become_lists),
        scenario!(both rdd_019_a_tree_reduces_at_any_depth),
        scenario!(both a_tree_aggregates_many_partitions),
        scenario!(both rdd_031_rdds_of_the_same_sizes_are_zipped),
        scenario!(both rdd_036_rdd_040_elements_with_an_order_of_their_own),
        scenario!(both rdd_038_no_element_is_taken),
        scenario!(both rdd_041_whether_there_are_elements),
        scenario!(both rdd_042_a_sample_keeps_the_partitioner),
        scenario!(both rdd_043_samples_of_a_size),
        scenario!(both samples_that_cannot_be),
        scenario!(both rdd_045_a_random_split_is_a_partition),
        scenario!(both rdd_053_a_product_with_nothing),
        scenario!(both rdd_054_a_product),
        scenario!(both rdd_058_rdd_060_elements_are_numbered).then(elements_are_counted_once),
        scenario!(both rdd_059_one_partition_is_numbered_without_a_job).then(one_job),
        scenario!(both rdd_061_unique_ids_are_unique),
        scenario!(both sort_012_a_range_within_one_partition),
        scenario!(both sort_013_a_range_over_partitions_downwards),
        scenario!(both sort_014_a_range_of_unsorted_pairs),
        scenario!(both statistics_of_numbers),
        scenario!(both histograms),
    ]
}

async fn partitions_become_lists(context: Context) -> Outcome {
    let lists = context.range(0..10, 1, 3).filter(|x| *x < 3 || *x > 5).glom();
    assert_eq!(every_way(&lists).await?, [vec![0, 1, 2], vec![], vec![6, 7, 8, 9]]);
    Ok(())
}

async fn rdd_019_a_tree_reduces_at_any_depth(context: Context) -> Outcome {
    let numbers = context.range(-1_000..1_000, 1, 10);
    for depth in 1..10 {
        assert_eq!(numbers.tree_reduce_async(|a, b| a + b, depth).await?, -1_000);
    }
    let empty = numbers.filter(|x| *x > 5_000);
    assert_fails(empty.tree_reduce_async(|a, b| a + b, 2).await, &["empty collection"]);
    let wrong = numbers.tree_reduce_async(|a, b| a + b, 0).await;
    assert_fails(wrong, &["Depth must be greater than or equal to 1 but got 0."]);
    Ok(())
}

async fn a_tree_aggregates_many_partitions(context: Context) -> Outcome {
    let numbers = context.range(0..300, 1, 60);
    for depth in [1, 2, 3, 4] {
        let all = numbers.tree_aggregate_async(
            BTreeSet::new(),
            |mut set, x| {
                set.insert(x % 100);
                set
            },
            |a, b| &a | &b,
            depth,
        );
        assert_eq!(all.await?, (0..100).collect());
    }
    Ok(())
}

async fn rdd_031_rdds_of_the_same_sizes_are_zipped(context: Context) -> Outcome {
    let numbers = context.parallelize(vec![1, 2, 3, 4], 2);
    let zipped = numbers.zip(&numbers.map(|x| f64::from(x) + 1.0));
    assert_eq!(every_way(&zipped).await?, [(1, 2.0), (2, 3.0), (3, 4.0), (4, 5.0)]);
    let other_partitions = context.parallelize(vec![1, 2, 3, 4], 3);
    assert_fails(
        numbers.zip(&other_partitions).count_async().await,
        &["Can't zip RDDs with unequal numbers of partitions: 2 and 3"],
    );
    let other_lengths = context.parallelize(vec![1, 2, 3, 4, 5], 2);
    let text = ["Can only zip RDDs with same number of elements in each partition"];
    assert_fails(numbers.zip(&other_lengths).count_async().await, &text);
    assert_fails(other_lengths.zip(&numbers).count_async().await, &text);
    let by_next =
        other_lengths.zip(&numbers).map_partitions(|mut pairs| std::iter::from_fn(move || pairs.next()));
    assert_fails(by_next.collect_async().await, &text);
    let sums = numbers.zip_partitions(&other_lengths, |a, b| [a.sum::<i32>(), b.sum()].into_iter());
    assert_eq!(every_way(&sums).await?, [3, 3, 7, 12]);
    Ok(())
}

async fn rdd_036_rdd_040_elements_with_an_order_of_their_own(context: Context) -> Outcome {
    let words = context.parallelize(["a", "b", "c", "d"].map(str::to_owned).to_vec(), 2);
    assert_eq!(words.map(Reverse).top_async(2).await?, ["a", "b"].map(|word| Reverse(word.to_owned())));
    let numbers = context.parallelize(vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 2);
    assert_eq!(numbers.map(Reverse).take_ordered_async(3).await?, [10, 9, 8].map(Reverse));
    assert_eq!(numbers.take_ordered_async(3).await?, [1, 2, 3]);
    assert_eq!(numbers.take_ordered_async(20).await?, (1..11).collect::<Vec<_>>());
    assert_eq!((numbers.max_async().await?, numbers.min_async().await?), (10, 1));
    let empty = numbers.filter(|x| *x > 10);
    assert_eq!(empty.take_ordered_async(3).await?, [0i32; 0]);
    assert_fails(empty.max_async().await, &["empty collection"]);
    assert_fails(empty.min_async().await, &["empty collection"]);
    Ok(())
}

async fn rdd_038_no_element_is_taken(context: Context) -> Outcome {
    let numbers = context.parallelize(vec![5, 1, 3], 2);
    assert_eq!(numbers.take_ordered_async(0).await?, [0i32; 0]);
    assert_eq!(numbers.top_async(0).await?, [0i32; 0]);
    Ok(())
}

async fn rdd_041_whether_there_are_elements(context: Context) -> Outcome {
    let folder = tempfile::tempdir()?;
    let nothing = context.text_file(folder.path().to_str().unwrap(), 2);
    assert!(nothing.is_empty_async().await?);
    assert!(context.parallelize(Vec::<i64>::new(), 1).is_empty_async().await?);
    let numbers = context.range(0..3, 1, 3);
    assert!(!numbers.is_empty_async().await?);
    assert!(numbers.filter(|x| *x < 0).is_empty_async().await?);
    assert!(!numbers.filter(|x| *x > 1).is_empty_async().await?);
    Ok(())
}

async fn rdd_042_a_sample_keeps_the_partitioner(context: Context) -> Outcome {
    let pairs = context.range(0..500, 1, 3).map(|x| (x % 50, x)).partition_by(HashPartitioner::new(2));
    for with_replacement in [false, true] {
        let sample = pairs.sample(with_replacement, 0.5, 1);
        assert_eq!(sample.partitioner(), pairs.partitioner());
        let sizes: Vec<usize> = parts(&sample).await?.iter().map(Vec::len).collect();
        assert!(sizes.len() == 2 && (150..350).contains(&sizes.iter().sum::<usize>()), "{sizes:?}");
        // The same each time, and however it is driven.
        let once = every_way(&sample.map_partitions(|pairs| pairs)).await?;
        assert_eq!(sorted(once.clone()), sorted(sample.collect_async().await?));
        assert_eq!(once.iter().collect::<BTreeSet<_>>().len() == once.len(), !with_replacement);
    }
    assert_ne!(
        sorted(pairs.sample(false, 0.5, 1).collect_async().await?),
        sorted(pairs.sample(false, 0.5, 2).collect_async().await?)
    );
    Ok(())
}

async fn rdd_043_samples_of_a_size(context: Context) -> Outcome {
    let numbers = context.range(0..100, 1, 2);
    for seed in random(1).take(3) {
        for (count, expected) in [(0, 0), (20, 20), (100, 100), (200, 100)] {
            let sample = numbers.take_sample_async(false, count, seed).await?;
            let distinct: BTreeSet<i64> = sample.iter().copied().collect();
            assert_eq!((sample.len(), distinct.len()), (expected, expected));
            assert!(distinct.iter().all(|x| (0..100).contains(x)));
        }
        for count in [20, 100, 200] {
            let sample = numbers.take_sample_async(true, count, seed).await?;
            assert_eq!(sample.len(), count);
            assert!(count < 100 || sample.iter().collect::<BTreeSet<_>>().len() < 100);
            assert_eq!(numbers.take_sample_async(true, count, seed).await?, sample);
        }
    }
    assert_eq!(numbers.filter(|x| *x < 0).take_sample_async(true, 5, 1).await?, [0i64; 0]);
    Ok(())
}

async fn samples_that_cannot_be(context: Context) -> Outcome {
    let numbers = context.range(0..10, 1, 2);
    assert_fails(numbers.sample(false, 1.5, 1).count_async().await, &["fraction 1.5", "[0, 1]"]);
    assert_fails(numbers.sample(true, -1.0, 1).count_async().await, &["fraction -1", "nonnegative"]);
    assert_fails(numbers.sample(true, f64::NAN, 1).count_async().await, &["NaN"]);
    for weights in [&[1.0, -1.0, 2.0][..], &[0.0], &[f64::NAN, 1.0]] {
        for part in numbers.random_split(weights, 1) {
            assert_fails(part.count_async().await, &["Weights must be nonnegative"]);
        }
    }
    assert!(numbers.random_split(&[], 1).is_empty());
    assert_eq!(every_way(&numbers.sample(false, 1.0, 1)).await?.len(), 10);
    assert_eq!(every_way(&numbers.sample(true, 0.0, 1)).await?, [0i64; 0]);
    assert!(every_way(&numbers.sample(true, 20.0, 1)).await?.len() > 100);
    Ok(())
}

async fn rdd_045_a_random_split_is_a_partition(context: Context) -> Outcome {
    let numbers = context.range(0..600, 1, 3);
    for seed in 1..4 {
        let mut all = Vec::new();
        for (part, expected) in numbers.random_split(&[1.0, 2.0, 3.0], seed).iter().zip([100, 200, 300]) {
            let elements = part.collect_async().await?;
            assert!(elements.len().abs_diff(expected) < 50, "{} of {expected}", elements.len());
            all.extend(elements);
        }
        assert_eq!(sorted(all), (0..600).collect::<Vec<_>>());
    }
    let split = |seed| numbers.random_split(&[0.3, 0.7], seed).remove(0);
    assert_eq!(split(5).collect_async().await?, split(5).collect_async().await?);
    assert_ne!(split(5).collect_async().await?, split(6).collect_async().await?);
    Ok(())
}

async fn rdd_053_a_product_with_nothing(context: Context) -> Outcome {
    let (numbers, folder) = (context.range(0..3, 1, 2), tempfile::tempdir()?);
    let empty = numbers.filter(|x| *x < 0);
    assert_eq!(numbers.cartesian(&empty).count_async().await?, 0);
    assert_eq!(empty.cartesian(&numbers).count_async().await?, 0);
    let nothing = context.text_file(folder.path().to_str().unwrap(), 2).map(|line| line.len());
    let product = numbers.cartesian(&nothing);
    assert_eq!((product.num_partitions()?, product.count_async().await?), (0, 0));
    assert_eq!(nothing.cartesian(&numbers).count_async().await?, 0);
    Ok(())
}

async fn rdd_054_a_product(context: Context) -> Outcome {
    let (a, b) = (context.range(0..3, 1, 2), context.parallelize(vec![10, 20], 2));
    let product = a.cartesian(&b);
    assert_eq!(product.num_partitions()?, 4);
    let expected: Vec<(i64, i32)> = (0..3).flat_map(|x| [(x, 10), (x, 20)]).collect();
    assert_eq!(every_way_sorted(&product).await?, expected);
    // Over shuffles, and of an RDD with itself.
    let sums = a.map(|x| (x % 2, x)).reduce_by_key_n(2, |a, b| a + b);
    let pairs = every_way_sorted(&sums.cartesian(&sums)).await?;
    assert_eq!(pairs.len(), 4);
    assert_eq!((pairs[0], pairs[3]), (((0, 2), (0, 2)), ((1, 1), (1, 1))));
    let large = context.range(0..3, 1, 1 << 13);
    assert_fails(large.cartesian(&large).count_async().await, &["cartesian cannot have 67108864 partitions"]);
    Ok(())
}

async fn rdd_058_rdd_060_elements_are_numbered(context: Context) -> Outcome {
    let numbered = context.range(0..10, 1, 3).filter(|x| *x != 4).zip_with_index();
    let expected: Vec<(i64, u64)> = [0, 1, 2, 3, 5, 6, 7, 8, 9].into_iter().zip(0..).collect();
    assert_eq!(every_way(&numbered).await?, expected);
    let chained = numbered.map(|(x, _)| x).zip_with_index().zip_with_index();
    let last = chained.collect_async().await?.pop();
    assert_eq!(last, Some(((9, 8), 8)));
    Ok(())
}

/// The first RDD is counted by one job, and used by four; the chained ones are counted by one each.
fn elements_are_counted_once(events: &[SparkListenerEvent]) -> Outcome {
    assert_eq!(jobs(events), 4 + 1 + 2);
    Ok(())
}

async fn rdd_059_one_partition_is_numbered_without_a_job(context: Context) -> Outcome {
    let numbered = context.range(5..8, 1, 1).zip_with_index();
    assert_eq!(numbered.collect_async().await?, [(5, 0), (6, 1), (7, 2)]);
    Ok(())
}

fn one_job(events: &[SparkListenerEvent]) -> Outcome {
    assert_eq!(jobs(events), 1);
    Ok(())
}

fn jobs(events: &[SparkListenerEvent]) -> usize {
    events.iter().filter(|event| matches!(event, SparkListenerEvent::JobStart(_))).count()
}

async fn rdd_061_unique_ids_are_unique(context: Context) -> Outcome {
    let numbered = every_way(&context.range(0..10, 1, 3).zip_with_unique_id()).await?;
    let ids: Vec<u64> = numbered.iter().map(|pair| pair.1).collect();
    assert_eq!(ids, [0, 3, 6, 1, 4, 7, 2, 5, 8, 11]);
    Ok(())
}

async fn sort_012_a_range_within_one_partition(context: Context) -> Outcome {
    let sorted = context.range(1..101, 1, 4).map(|x| (101 - x, x)).sort_by_key_n(true, 1);
    let keys = sorted.filter_by_range(40, 50).map(|pair| pair.0);
    assert_eq!(every_way(&keys).await?, (40..51).collect::<Vec<_>>());
    Ok(())
}

async fn sort_013_a_range_over_partitions_downwards(context: Context) -> Outcome {
    let pairs = context.range(1..1_001, 1, 4).map(|x| (x, x)).sort_by_key_n(false, 10);
    let range = pairs.filter_by_range(200, 800);
    assert_eq!(range.num_partitions()?, 10);
    assert_eq!(every_way(&range.map(|pair| pair.0)).await?, (200..801).rev().collect::<Vec<_>>());
    assert_eq!(pairs.filter_by_range(-5, 0).count_async().await?, 0);
    assert_eq!(pairs.filter_by_range(800, 200).count_async().await?, 0);
    assert_eq!(pairs.filter_by_range(990, 5_000).count_async().await?, 11);
    Ok(())
}

async fn sort_014_a_range_of_unsorted_pairs(context: Context) -> Outcome {
    let pairs = context.range(0..1_000, 1, 4).map(|x| (x * 7 % 1_000, x));
    let plain = pairs.filter_by_range(200, 800);
    assert_eq!(every_way_sorted(&plain.map(|pair| pair.0)).await?, (200..801).collect::<Vec<_>>());
    let placed = pairs.partition_by(HashPartitioner::new(3)).filter_by_range(200, 800);
    assert_eq!(placed.count_async().await?, 601);
    Ok(())
}

async fn statistics_of_numbers(context: Context) -> Outcome {
    let numbers = context.parallelize(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 4);
    assert_eq!((numbers.sum_async().await?, numbers.mean_async().await?), (21.0, 3.5));
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} and {b}");
    close(numbers.variance_async().await?, 17.5 / 6.0);
    close(numbers.stdev_async().await?, (17.5f64 / 6.0).sqrt());
    close(numbers.sample_variance_async().await?, 3.5);
    close(numbers.sample_stdev_async().await?, 3.5f64.sqrt());
    let stats = numbers.stats_async().await?;
    assert_eq!((stats.count(), stats.min(), stats.max()), (6, 1.0, 6.0));
    let none = numbers.filter(|x| *x > 10.0);
    assert_eq!((none.sum_async().await?, none.stats_async().await?), (0.0, StatCounter::new()));
    Ok(())
}

async fn histograms(context: Context) -> Outcome {
    let numbers = context.parallelize(vec![10.01, -0.01, 1.0, 2.0, 5.0, 10.0, f64::NAN], 3);
    assert_eq!(numbers.histogram_bounds_async(&[0.0, 5.0, 10.0]).await?, [2, 2]);
    let (bounds, counts) = context.range(0..51, 1, 3).histogram_async(5).await?;
    assert_eq!((bounds, counts), (vec![0.0, 10.0, 20.0, 30.0, 40.0, 50.0], vec![10, 10, 10, 10, 11]));
    let equal = context.parallelize(vec![3, 3, 3], 2).histogram_async(4).await?;
    assert_eq!(equal, (vec![3.0, 3.0], vec![3]));
    assert_fails(numbers.histogram_async(2).await, &["empty RDD or RDD containing +/-infinity or NaN"]);
    let none = numbers.filter(|x| *x > 100.0);
    assert_fails(none.histogram_async(2).await, &["empty RDD or RDD containing +/-infinity or NaN"]);
    assert_fails(numbers.histogram_bounds_async(&[1.0]).await, &["at least two elements"]);
    assert_fails(numbers.histogram_bounds_async(&[1.0, 0.0]).await, &["ascending"]);
    Ok(())
}
