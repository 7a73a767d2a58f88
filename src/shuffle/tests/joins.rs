//! Joins, cogroups and sets whose sides do not fit into memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::Hash,
};

use super::*;
use crate::{
    Rdd,
    rdd::{Compute, Data},
};

/// The elements in order, however a consumer drives the iterators.
#[track_caller]
fn sorted<P: Compute>(rdd: &Rdd<P>) -> Vec<P::Item>
where
    P::Item: Data + Ord,
{
    let sorted = |mut items: Vec<P::Item>| {
        items.sort_unstable();
        items
    };
    let by_fold = sorted(rdd.collect().unwrap());
    let by_next = rdd.map_partitions(|mut items| std::iter::from_fn(move || items.next()));
    assert!(sorted(by_next.collect().unwrap()) == by_fold);
    let by_both = rdd.map_partitions(|mut items| {
        let begun: Vec<_> = items.by_ref().take(3).collect();
        begun.into_iter().chain(items)
    });
    assert!(sorted(by_both.collect().unwrap()) == by_fold);
    by_fold
}

type Groups<K> = BTreeMap<K, (Vec<i64>, Vec<i64>)>;

/// What both sides have of each key, in their order.
fn groups<K: Ord + Clone>(left: &[(K, i64)], right: &[(K, i64)]) -> Groups<K> {
    let mut groups = Groups::new();
    left.iter().for_each(|(key, value)| groups.entry(key.clone()).or_default().0.push(*value));
    right.iter().for_each(|(key, value)| groups.entry(key.clone()).or_default().1.push(*value));
    groups
}

/// A pair of a full outer join.
type Full<K> = (K, (Option<i64>, Option<i64>));

fn full<K: Ord + Clone>(groups: &Groups<K>) -> Vec<Full<K>> {
    let values = |values: &[i64]| match values {
        [] => vec![None],
        values => values.iter().map(|value| Some(*value)).collect(),
    };
    let mut all = Vec::new();
    for (key, (left, right)) in groups {
        for v in values(left) {
            all.extend(values(right).into_iter().map(|w| (key.clone(), (v, w))));
        }
    }
    all.sort_unstable();
    all
}

/// All four joins of two RDDs.
#[track_caller]
fn check_joins<K, P, Q>(left: &Rdd<P>, right: &Rdd<Q>, expected: &[Full<K>])
where
    K: Data + Ord + Hash,
    P: Compute<Item = (K, i64)>,
    Q: Compute<Item = (K, i64)>,
{
    assert!(sorted(&left.full_outer_join_n(2, right)) == expected);
    let pairs = |keep: fn(&Full<K>) -> bool| expected.iter().filter(move |pair| keep(pair)).cloned();
    let inner = pairs(|(_, (v, w))| v.is_some() && w.is_some());
    let found = left.join_n(2, right).map_values(|(v, w)| (Some(v), Some(w)));
    assert!(sorted(&found).into_iter().eq(inner));
    let found = left.left_outer_join_n(2, right).map_values(|(v, w)| (Some(v), w));
    assert!(sorted(&found).into_iter().eq(pairs(|(_, (v, _))| v.is_some())));
    let found = left.right_outer_join_n(2, right).map_values(|(v, w)| (v, Some(w)));
    assert!(sorted(&found).into_iter().eq(pairs(|(_, (_, w))| w.is_some())));
}

#[test]
fn joins_of_sides_that_are_many_times_the_memory() {
    // Both sides large, the right one so much larger that the left is in tables, and the left one.
    for (lefts, rights) in [(10_000i64, 10_000i64), (5_000, 15_000), (15_000, 4_000)] {
        let tiny = Tiny::start(&[("spark.driver.memory", "128k")]);
        let left = tiny.context.range(0..lefts, 1, 3).map(|x| (mix(x as u64) % 8_000, x));
        let right = tiny.context.range(0..rights, 1, 2).map(|x| (mix(x as u64 + (1 << 40)) % 10_000, -x));
        let groups = groups(&left.collect().unwrap(), &right.collect().unwrap());
        check_joins(&left, &right, &full(&groups));
        drop((left, right));
        tiny.end_spilled();
    }
}

#[test]
fn joins_of_keys_and_sides_that_own_memory_or_are_partitioned_already() {
    let tiny = Tiny::start(&[]);
    let partitioner = crate::HashPartitioner::new(2);
    let left = tiny.context.range(0..9_000, 1, 3).map(|x| (format!("{:030}", mix(x as u64) % 6_000), x));
    let right = tiny.context.range(0..9_000, 1, 2).map(|x| (format!("{:030}", mix(x as u64 + 5) % 7_000), x));
    let expected = full(&groups(&left.collect().unwrap(), &right.collect().unwrap()));
    let (left, right) = (left.partition_by(partitioner), right.partition_by(partitioner).filter(|_| true));
    check_joins(&left, &right, &expected);
    drop((left, right));
    tiny.end_spilled();
}

#[test]
fn a_key_with_more_rows_than_fit_is_joined_in_chunks() {
    let tiny = Tiny::start(&[("spark.driver.memory", "128k"), ("spark.shuffle.spill.compress", "false")]);
    let right = tiny.context.range(0..9_000, 1, 3).map(|x| (if x % 200 == 0 { mix(x as u64) } else { 7 }, x));
    // Some rows of the left meet the first chunk's, some the last, some all, and some none.
    let left = tiny.context.range(0..200, 1, 2).map(|x| (if x < 4 { 7 } else { mix(x as u64 * 100) }, x));
    let expected = full(&groups(&left.collect().unwrap(), &right.collect().unwrap()));
    let by_left =
        tiny.context.range(0..9_000, 1, 3).map(|x| (if x % 200 == 0 { mix(x as u64) } else { 7 }, x));
    // Its size is not known, so that it is not the one in tables.
    let placed = left.partition_by(crate::HashPartitioner::new(2)).filter(|_| true);
    check_joins(&placed, &right, &expected);
    let flipped: Vec<Full<u64>> = {
        let mut all: Vec<_> = expected.iter().map(|(key, (v, w))| (*key, (*w, *v))).collect();
        all.sort_unstable();
        all
    };
    check_joins(&by_left, &left, &flipped);
    drop((left, right, placed, by_left));
    tiny.end_spilled();
}

#[test]
fn rows_of_one_key_are_written_twice_at_most() {
    let tiny = Tiny::start(&[("spark.driver.memory", "128k"), ("spark.shuffle.spill.compress", "false")]);
    let partitioner = crate::HashPartitioner::new(1);
    let right = tiny.context.range(0..30_000, 1, 2).map(|x| (7u8, x)).partition_by(partitioner);
    let left = tiny.context.parallelize(vec![(7u8, 1), (7, 2), (8, 3)], 1).partition_by(partitioner);
    right.count().unwrap();
    let before = tiny.counted().disk_bytes_spilled;
    // Its size is not known, so that it is not streamed.
    let joined = left.filter(|_| true).left_outer_join(&right.filter(|_| true));
    assert_eq!(joined.count().unwrap(), 60_001);
    let written = tiny.counted().disk_bytes_spilled - before;
    assert!((30_000 * 9..2 * 30_000 * 9).contains(&written), "{written}");
    drop((left, right, joined));
    tiny.end_spilled();
}

#[test]
fn cogroups_keep_the_order_of_values() {
    let tiny = Tiny::start(&[]);
    let left = tiny.context.range(0..20_000, 1, 4).map(|x| (mix(x as u64) % 9_000, x));
    let right = tiny.context.range(0..20_000, 1, 3).map(|x| (mix(x as u64 + 99) % 9_500, x));
    let groups = groups(&left.collect().unwrap(), &right.collect().unwrap());
    assert!(sorted(&left.cogroup_n(2, &right)).into_iter().eq(groups.clone()));
    let third = tiny.context.range(0..20_000, 1, 2).map(|x| (x as u64 / 2, x as u8));
    let found = sorted(&left.cogroup3(&right, &third));
    let thirds =
        |key: u64| if key < 10_000 { vec![(2 * key) as u8, (2 * key + 1) as u8] } else { Vec::new() };
    let keys: BTreeSet<u64> = groups.keys().copied().chain(0..10_000).collect();
    let expected = keys.into_iter().map(|key| {
        let (left, right) = groups.get(&key).cloned().unwrap_or_default();
        (key, (left, right, thirds(key)))
    });
    assert!(found.into_iter().eq(expected));
    let found = sorted(&left.cogroup4(&right, &third, &left));
    assert!(found.iter().all(|(key, (a, _, c, d))| a == d && *c == thirds(*key)));
    drop((left, right, third));
    tiny.end_spilled();
}

#[test]
fn sets_of_elements_that_do_not_fit() {
    for (lefts, rights) in [(20_000i64, 20_000i64), (8_000, 25_000), (25_000, 8_000)] {
        let tiny = Tiny::start(&[("spark.driver.memory", "128k")]);
        let left = tiny.context.range(0..lefts, 1, 3).map(|x| mix(x as u64) % 25_000);
        let right = tiny.context.range(0..rights, 1, 2).map(|x| mix(x as u64 + 77) % 20_000);
        let (all, others) = (left.collect().unwrap(), right.collect().unwrap());
        let others: BTreeSet<u64> = others.into_iter().collect();
        let (mut both, mut rest): (Vec<u64>, Vec<u64>) = all.into_iter().partition(|x| others.contains(x));
        rest.sort_unstable();
        both.sort_unstable();
        both.dedup();
        assert!(sorted(&left.subtract(&right)) == rest);
        assert!(sorted(&left.intersection(&right)) == both);
        drop((left, right));
        tiny.end_spilled();
    }
}

#[test]
fn a_key_that_comes_often_is_kept_once_in_sets() {
    let tiny = Tiny::start(&[]);
    let partitioner = crate::HashPartitioner::new(2);
    let often =
        tiny.context.range(0..200_000, 1, 2).map(|x| (x as u64 % 1_500, ())).partition_by(partitioner);
    let pairs = tiny.context.range(0..2_000, 1, 2).map(|x| (x as u64, x)).partition_by(partitioner);
    often.count().unwrap();
    pairs.count().unwrap();
    let before = tiny.counted().disk_bytes_spilled;
    let rest = pairs.filter(|_| true).subtract_by_key(&often);
    assert_eq!(sorted(&rest), (1_500..2_000).map(|x| (x as u64, x)).collect::<Vec<_>>());
    assert_eq!(tiny.counted().disk_bytes_spilled, before, "its keys fit");
    drop((often, pairs, rest));
    // Also keys that own memory.
    let often = tiny.context.range(0..40_000, 1, 2).map(|x| (format!("{:040}", x % 300), ()));
    let all = tiny.context.range(0..400, 1, 2).map(|x| (format!("{x:040}"), ()));
    let (placed, all) = (often.partition_by(partitioner), all.partition_by(partitioner));
    assert_eq!((placed.count().unwrap(), all.count().unwrap()), (40_000, 400));
    let before = tiny.counted().disk_bytes_spilled;
    let few = all.filter(|_| true).subtract_by_key(&placed);
    assert_eq!(few.count().unwrap(), 100);
    assert_eq!(tiny.counted().disk_bytes_spilled, before, "its keys fit");
    drop((placed, all, few));
    tiny.assert_clean();
}

#[test]
fn values_larger_than_the_budget_are_joined_and_cogrouped() {
    let tiny = Tiny::start(&[]);
    let large = tiny.context.range(0..12, 1, 2).map(|x| (x % 4, vec![x; 100_000]));
    let small = tiny.context.range(0..8, 1, 2).map(|x| (x, x));
    let expected: Vec<_> =
        (0..12).map(|x| (x % 4, (x % 4, x))).collect::<BTreeSet<_>>().into_iter().collect();
    let joined = small.join(&large).map_values(|(v, list)| (v, list[list.len() - 1]));
    assert_eq!(sorted(&joined), expected);
    let unmet = large.right_outer_join(&small).filter(|(_, (list, _))| list.is_none());
    assert_eq!(unmet.count().unwrap(), 4);
    let sums = small.cogroup(&large).map_values(|(_, lists)| lists.iter().map(|list| list[0]).sum::<i64>());
    assert_eq!(sorted(&sums)[..4], [(0, 12), (1, 15), (2, 18), (3, 21)]);
    drop((large, small, joined, unmet, sums));
    tiny.assert_clean();
}

#[test]
fn joins_of_keys_of_one_hash_are_exact() {
    let tiny = Tiny::start(&[("spark.driver.memory", "64k")]);
    let left = tiny.context.range(0..1_000, 1, 2).map(|x| (answers::SameHash(mix(x as u64) % 500), x));
    let right = tiny.context.range(0..3_000, 1, 2).map(|x| (answers::SameHash(mix(x as u64 + 3) % 700), x));
    let groups = groups(&left.collect().unwrap(), &right.collect().unwrap());
    check_joins(&left, &right, &full(&groups));
    let keys: BTreeSet<_> = right.keys().collect().unwrap().into_iter().collect();
    let mut expected: Vec<_> =
        left.collect().unwrap().into_iter().filter(|(key, _)| !keys.contains(key)).collect();
    expected.sort_unstable();
    assert!(sorted(&left.subtract_by_key(&right)) == expected);
    drop((left, right));
    tiny.end();
}

#[test]
fn a_join_that_reads_a_shuffle_and_writes_another_has_memory_for_both() {
    let tiny = Tiny::start(&[]);
    let count = 40_000;
    let left = tiny.context.range(0..count, 1, 3).map(|x| (mix(x as u64), x));
    let right = tiny.context.range(0..count, 1, 2).map(|x| (mix(x as u64), -x));
    let sums = left.join(&right).map(|(_, (a, b))| (a % 10_000, b)).reduce_by_key_n(2, |a, b| a + b);
    let expected: Vec<_> =
        (0..10_000).map(|key| (key, (key..count).step_by(10_000).map(|x| -x).sum::<i64>())).collect();
    assert!(sorted(&sums) == expected);
    drop((left, right, sums));
    tiny.end_spilled();
}

#[test]
fn a_frequent_key_of_both_sides_of_a_subtraction_costs_nothing() {
    let tiny = Tiny::start(&[("spark.driver.memory", "64m")]);
    let right = tiny.context.range(0..100_000, 1, 2).map(|x| (1u8, x));
    let left = tiny.context.range(0..40_000, 1, 2).map(|x| (1 + (x % 20_000 == 7) as u8, x));
    assert_eq!(sorted(&left.subtract_by_key(&right)), [(2, 7), (2, 20_007)]);
    drop((left, right));
    tiny.end();
}

#[test]
fn rows_without_a_size_are_joined_and_subtracted() {
    let tiny = Tiny::start(&[]);
    let (some, none) =
        (tiny.context.parallelize(vec![(); 500], 3), tiny.context.parallelize(Vec::<()>::new(), 2));
    let pairs = some.map(|()| ((), ()));
    assert_eq!(pairs.join(&pairs).count().unwrap(), 250_000);
    assert_eq!(pairs.full_outer_join(&none.map(|()| ((), ()))).count().unwrap(), 500);
    assert_eq!((some.intersection(&some).count().unwrap(), some.subtract(&some).count().unwrap()), (1, 0));
    assert_eq!((some.intersection(&none).count().unwrap(), some.subtract(&none).count().unwrap()), (0, 500));
    drop((some, none, pairs));
    tiny.end();
}

/// A key that is not equal to itself if it is not a number.
#[derive(Clone, Debug, PartialEq, PartialOrd, serde::Serialize, serde::Deserialize)]
struct Float(f64);

impl Eq for Float {}

impl Hash for Float {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

#[test]
fn keys_that_are_not_equal_to_themselves_meet_none() {
    let tiny = Tiny::start(&[("spark.driver.memory", "64m")]);
    let key = |x: i64| Float(if x % 1_000 == 0 { 1.5 } else { f64::NAN });
    let (left, right) = (tiny.context.range(0..20_000, 1, 2), tiny.context.range(0..20_000, 1, 2));
    let (left, right) = (left.map(move |x| (key(x), x)), right.map(move |x| (key(x), x)));
    let is_unmet = |(_, (_, other)): &(Float, (i64, Option<i64>))| other.is_none();
    assert_eq!(left.join(&right).count().unwrap(), 400);
    assert_eq!(left.left_outer_join(&right).filter(is_unmet).count().unwrap(), 19_980);
    assert_eq!(left.subtract_by_key(&right).count().unwrap(), 19_980);
    drop((left, right));
    tiny.end();
}
