//! Combining by key when the tables are larger than a core's cache, so that rows wait for their table.

use std::collections::BTreeMap;

use super::*;
use crate::{Rdd, rdd::Compute};

/// Distinct keys in tables of 2 MiB and more.
const KEYS: u64 = 60_000;

fn pairs(context: &Context, count: i64) -> Rdd<impl Compute<Item = (u64, i64)> + use<>> {
    context.range(0..count, 1, 2).map(|x| (mix(x as u64) % KEYS, x))
}

#[track_caller]
fn assert_sums(pairs: &Rdd<impl Compute<Item = (u64, i64)>>) {
    let mut expected = BTreeMap::<u64, i64>::new();
    pairs.collect().unwrap().into_iter().for_each(|(key, x)| *expected.entry(key).or_default() += x);
    let mut sums = pairs.reduce_by_key_n(3, |a, b| a + b).collect().unwrap();
    sums.sort_unstable();
    assert!(sums.into_iter().eq(expected));
}

#[test]
fn every_row_that_waits_gets_into_its_table() {
    let tiny = Tiny::start(&[("spark.driver.memory", "256m")]);
    assert_sums(&pairs(&tiny.context, 300_000));
    assert_eq!(tiny.end().disk_bytes_spilled, 0);
}

#[test]
fn rows_that_wait_are_written_with_the_tables_when_memory_is_refused() {
    let tiny = Tiny::start(&[("spark.driver.memory", "6m")]);
    assert_sums(&pairs(&tiny.context, 300_000));
    tiny.end_spilled();
}

#[test]
fn keys_that_become_few_or_many_are_summed_all_the_same() {
    let tiny = Tiny::start(&[("spark.driver.memory", "256m")]);
    // Few at first, which the cache in front catches, then many, then few again.
    let key = |x: i64| if x % 200_000 < 80_000 { (x % 10) as u64 } else { mix(x as u64) % KEYS };
    assert_sums(&tiny.context.range(0..400_000, 1, 1).map_with((), move |(), x| (key(x), x)));
    tiny.end();
}
