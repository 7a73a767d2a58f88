//! Operators on two RDDs against the same in plain Rust.

use std::collections::{BTreeMap, BTreeSet};

use firesteel::{Context, HashPartitioner, Rdd, rdd::Compute};

use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{every_way_sorted, random, sorted, unfused},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both every_join_of_every_shape),
        scenario!(both joins_of_partitioned_sides),
        scenario!(both a_side_that_has_ended_is_not_asked_again),
        scenario!(both cogroups),
        scenario!(both sets_of_elements),
        scenario!(both subtractions_by_key),
        scenario!(both a_join_with_itself),
        scenario!(both a_join_of_a_hot_key),
    ]
}

type Pairs = Vec<(String, u64)>;

/// Lengths of both sides, different keys, map partitions of both sides, partitions. The long ones are more than one
/// subpart of a join's table.
const SHAPES: [(usize, usize, u64, usize, usize, usize); 8] = [
    (0, 0, 1, 1, 1, 1),
    (0, 5, 3, 2, 1, 3),
    (5, 0, 3, 1, 2, 3),
    (1, 1, 1, 1, 1, 4),
    (40, 30, 12, 3, 4, 2),
    (300, 20, 200, 2, 5, 7),
    (10, 4_500, 3_000, 2, 2, 1),
    (1_000, 4_500, 5_000, 3, 2, 1),
];

/// The short ones: other operators have no subparts.
const SHORT: &[(usize, usize, u64, usize, usize, usize)] = SHAPES.split_at(6).0;

/// Both sides share about half of their keys.
fn pairs(count: usize, keys: u64, from: u64) -> Pairs {
    let key = move |x: u64| format!("key {}", from + x % keys);
    random(keys + from).take(count).enumerate().map(|(i, x)| (key(x), i as u64)).collect()
}

fn grouped(pairs: &Pairs) -> BTreeMap<String, Vec<u64>> {
    let mut groups = BTreeMap::<_, Vec<u64>>::new();
    pairs.iter().for_each(|(key, value)| groups.entry(key.clone()).or_default().push(*value));
    groups
}

/// A pair of a full outer join.
type Full = (String, (Option<u64>, Option<u64>));

/// The full outer join, from which the others follow.
fn full(left: &Pairs, right: &Pairs) -> Vec<Full> {
    let (left, right) = (grouped(left), grouped(right));
    let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let values = |side: &BTreeMap<String, Vec<u64>>, key: &String| match side.get(key) {
        Some(values) => values.iter().map(|value| Some(*value)).collect(),
        None => vec![None],
    };
    let mut all = Vec::new();
    for key in keys {
        for v in values(&left, key) {
            all.extend(values(&right, key).into_iter().map(|w| (key.clone(), (v, w))));
        }
    }
    sorted(all)
}

/// All four joins of two RDDs of pairs.
async fn check_joins<P, Q>(left: &Rdd<P>, right: &Rdd<Q>, n: usize, expected: Vec<Full>) -> Outcome
where
    P: Compute<Item = (String, u64)>,
    Q: Compute<Item = (String, u64)>,
{
    let with = |keep: fn(&Full) -> bool| expected.iter().filter(move |pair| keep(pair)).cloned();
    let inner: Vec<_> = with(|(_, (v, w))| v.is_some() && w.is_some())
        .map(|(key, (v, w))| (key, (v.unwrap(), w.unwrap())))
        .collect();
    assert_eq!(every_way_sorted(&left.join_n(n, right)).await?, inner);
    let of_left: Vec<_> =
        with(|(_, (v, _))| v.is_some()).map(|(key, (v, w))| (key, (v.unwrap(), w))).collect();
    assert_eq!(every_way_sorted(&left.left_outer_join_n(n, right)).await?, of_left);
    let of_right: Vec<_> =
        with(|(_, (_, w))| w.is_some()).map(|(key, (v, w))| (key, (v, w.unwrap()))).collect();
    assert_eq!(every_way_sorted(&left.right_outer_join_n(n, right)).await?, of_right);
    assert_eq!(every_way_sorted(&left.full_outer_join_n(n, right)).await?, expected);
    // The counts when nothing is said.
    assert_eq!(sorted(left.join(right).collect_async().await?), inner);
    assert_eq!(sorted(left.full_outer_join(right).collect_async().await?), expected);
    Ok(())
}

async fn every_join_of_every_shape(context: Context) -> Outcome {
    for (left, right, keys, left_maps, right_maps, n) in SHAPES {
        let (left, right) = (pairs(left, keys, 0), pairs(right, keys, keys / 2));
        let expected = full(&left, &right);
        let (left, right) = (context.parallelize(left, left_maps), context.parallelize(right, right_maps));
        check_joins(&left, &right, n, expected).await?;
    }
    Ok(())
}

async fn joins_of_partitioned_sides(context: Context) -> Outcome {
    for (left, right, keys, left_maps, right_maps, n) in SHAPES {
        let (left, right) = (pairs(left, keys, 0), pairs(right, keys, keys / 2));
        let expected = full(&left, &right);
        let left = context.parallelize(left, left_maps).partition_by(HashPartitioner::new(n));
        // Its size is not known before it is read.
        let right =
            context.parallelize(right, right_maps).partition_by(HashPartitioner::new(n)).filter(|_| true);
        assert!(left.join_n(n, &right).to_debug_string().matches("+-").count() == 2);
        check_joins(&left, &right, n, expected.clone()).await?;
        // By ranges that are found out by a job.
        let ranges = left.sort_by_key_n(false, n);
        check_joins(&ranges, &right, n, expected).await?;
    }
    Ok(())
}

async fn a_side_that_has_ended_is_not_asked_again(context: Context) -> Outcome {
    let by = HashPartitioner::new(2);
    let left = context.parallelize((0..6).map(|x| (x, x)).collect::<Vec<_>>(), 2).partition_by(by);
    let left = left.map_partitions_preserving(|pairs| unfused(pairs, (7, 7)));
    let right = context.parallelize((4..20).map(|x| (x, x)).collect::<Vec<_>>(), 2).partition_by(by);
    let joined = sorted(left.right_outer_join(&right).collect_async().await?);
    let expected: Vec<_> = (4..20).map(|x| (x, ((x < 6).then_some(x), x))).collect();
    assert_eq!(joined, expected);
    assert_eq!(left.full_outer_join(&right).count_async().await?, 20);
    Ok(())
}

async fn cogroups(context: Context) -> Outcome {
    for (left, right, keys, left_maps, right_maps, n) in SHORT.iter().copied() {
        let (left, right) = (pairs(left, keys, 0), pairs(right, keys, keys / 2));
        let (of_left, of_right) = (grouped(&left), grouped(&right));
        let values =
            |side: &BTreeMap<String, Vec<u64>>, key: &String| side.get(key).cloned().unwrap_or_default();
        let keys: BTreeSet<String> = of_left.keys().chain(of_right.keys()).cloned().collect();
        let expected: Vec<_> =
            keys.iter().map(|key| (key.clone(), (values(&of_left, key), values(&of_right, key)))).collect();
        let (left, right) = (context.parallelize(left, left_maps), context.parallelize(right, right_maps));
        let cogrouped = left.cogroup_n(n, &right);
        assert_eq!(cogrouped.num_partitions()?, n);
        assert_eq!(every_way_sorted(&cogrouped).await?, expected);
        assert_eq!(sorted(left.cogroup(&right).collect_async().await?), expected);
        let three: Vec<_> =
            expected.iter().map(|(key, (v, w))| (key.clone(), (v.clone(), w.clone(), v.clone()))).collect();
        assert_eq!(sorted(left.cogroup3(&right, &left).collect_async().await?), three);
    }
    Ok(())
}

async fn sets_of_elements(context: Context) -> Outcome {
    for (left, right, keys, left_maps, right_maps, n) in SHORT.iter().copied() {
        let elements = |pairs: Pairs| pairs.into_iter().map(|pair| pair.0).collect::<Vec<String>>();
        let (left, right) = (elements(pairs(left, keys, 0)), elements(pairs(right, keys, keys / 2)));
        let (of_left, of_right): (BTreeSet<_>, BTreeSet<_>) =
            (left.iter().cloned().collect(), right.iter().cloned().collect());
        let only_left: Vec<_> = left.iter().filter(|x| !of_right.contains(*x)).cloned().collect();
        let both: Vec<_> = of_left.intersection(&of_right).cloned().collect();
        let (left, right) = (context.parallelize(left, left_maps), context.parallelize(right, right_maps));
        let subtracted = left.subtract(&right);
        assert_eq!(subtracted.num_partitions()?, left_maps);
        assert_eq!(every_way_sorted(&subtracted).await?, sorted(only_left.clone()));
        assert_eq!(sorted(left.subtract_n(n, &right).collect_async().await?), sorted(only_left));
        assert_eq!(every_way_sorted(&left.intersection(&right)).await?, both);
        assert_eq!(sorted(left.intersection_n(n, &right).collect_async().await?), both);
        let distinct: Vec<_> = of_left.into_iter().collect();
        assert_eq!(every_way_sorted(&left.distinct()).await?, distinct);
        assert_eq!(left.distinct().num_partitions()?, left_maps);
        assert_eq!(every_way_sorted(&left.distinct_n(n)).await?, distinct);
    }
    Ok(())
}

async fn subtractions_by_key(context: Context) -> Outcome {
    for (left, right, keys, left_maps, right_maps, n) in SHORT.iter().copied() {
        let (left, right) = (pairs(left, keys, 0), pairs(right, keys, keys / 2));
        let known = grouped(&right);
        let expected: Vec<_> = left.iter().filter(|pair| !known.contains_key(&pair.0)).cloned().collect();
        let expected = sorted(expected);
        let (left, right) = (context.parallelize(left, left_maps), context.parallelize(right, right_maps));
        let kept = left.subtract_by_key(&right.map_values(|value| value.to_string()));
        assert_eq!(kept.num_partitions()?, left_maps);
        assert_eq!(every_way_sorted(&kept).await?, expected);
        assert_eq!(sorted(left.subtract_by_key_n(n, &right).collect_async().await?), expected);
    }
    Ok(())
}

async fn a_join_with_itself(context: Context) -> Outcome {
    let sums = context.range(0..40, 1, 4).map(|x| (x % 8, x)).reduce_by_key(|a, b| a + b);
    let twice = sums.join(&sums).map_values(|(a, b)| (a == b, a));
    let found = sorted(twice.collect_async().await?);
    let expected: Vec<_> = (0..8).map(|key| (key, (true, (key..40).step_by(8).sum()))).collect();
    assert_eq!(found, expected);
    // A side of a union, and one below a map: diamonds.
    let again = twice.map_values(|(_, sum)| sum).union(&sums).cogroup(&sums.map(|(key, _)| (key, ())));
    let sizes = again.map_values(|(sums, units)| (sums.len(), units.len()));
    assert_eq!(sorted(sizes.collect_async().await?), (0..8).map(|key| (key, (2, 1))).collect::<Vec<_>>());
    Ok(())
}

async fn a_join_of_a_hot_key(context: Context) -> Outcome {
    let (left, right) = (context.range(0..300, 1, 3), context.range(0..200, 1, 2));
    let all = left.map(|x| (0u8, x)).join(&right.map(|x| (0u8, x)));
    assert_eq!(all.count_async().await?, 60_000);
    let sum = all.map(|(_, (v, w))| v * 1_000 + w).reduce_async(|a, b| a + b).await?;
    assert_eq!(sum, (0..300).sum::<i64>() * 1_000 * 200 + (0..200).sum::<i64>() * 300);
    Ok(())
}
