//! Which rows wait, and what is charged: the tables of a task that does nothing else.

use super::*;
use crate::{Context, shuffle::hash_key};

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Sum;

impl<V: Data + std::ops::Add<Output = V>> Aggregator<V> for Sum {
    type Combiner = V;

    fn create(&self, value: V) -> V {
        value
    }

    fn merge_value(&self, combiner: V, value: V) -> V {
        combiner + value
    }

    fn merge_combiners(&self, a: V, b: V) -> V {
        a + b
    }
}

/// Runs in a task of an executor with so much memory.
fn in_task(memory: &str, test: impl Fn(&Arc<TaskContext>) + Copy + Send + Sync + 'static) {
    let context =
        Context::builder().master("local[1]").config("spark.driver.memory", memory).start().unwrap();
    let one = context.range(0..1, 1, 1).map_partitions_with_index(move |_, _, task| {
        test(&task);
        std::iter::empty::<u8>()
    });
    assert_eq!(one.count().unwrap(), 0);
}

fn add<K: Key, C: Data + std::ops::Add<Output = C>>(
    tables: &mut MapTables<K, C>,
    rows: impl Iterator<Item = (K, C)>,
) {
    rows.for_each(|(key, value)| tables.add(hash_key(&key), key, value, &Sum));
}

fn len<K, C>(tables: &MapTables<K, C>) -> usize {
    tables.tables.iter().map(HashTable::len).sum()
}

#[test]
fn rows_wait_once_tables_are_large_and_the_useless_cache_closes() {
    in_task("1g", |task| {
        let mut tables = MapTables::new(128, task);
        add(&mut tables, (0..10_000u64).map(|key| (key, 1u64)));
        assert!(!tables.backlog.is_open() && tables.cache.is_open());
        add(&mut tables, (10_000..60_000).map(|key| (key, 1)));
        assert!(tables.backlog.is_open() && tables.cache.is_open());
        add(&mut tables, (60_000..200_000).map(|key| (key, 1)));
        assert!(!tables.cache.is_open());
        let waiting = tables.backlog.rows();
        assert_eq!(len(&tables) + waiting, 200_000);
        assert!(waiting > 1_000, "{waiting}");
        // The first allocations of small tables were taken for larger than they are.
        let charged = tables.reservation.bytes();
        assert!(
            (tables.room()..tables.room() + (64 << 10)).contains(&charged),
            "{charged} {}",
            tables.room()
        );
        let written = tables.finish(2, &Sum).unwrap();
        assert_eq!((written.records, written.sizes.iter().sum()), (200_000, 200_000 * 24));
    });
}

#[test]
fn frequent_keys_stay_in_the_cache_and_wait_for_nothing() {
    in_task("1g", |task| {
        let mut tables = MapTables::new(128, task);
        add(&mut tables, (0..200_000u64).map(|row| (row % 1_000, 1u64)));
        assert!(!tables.backlog.is_open() && tables.cache.is_open());
        assert_eq!(tables.finish(2, &Sum).unwrap().records, 1_000);
    });
}

/// A combiner that is large and owns nothing.
#[derive(Clone, Copy, serde::Serialize, serde::Deserialize)]
struct Large([[u64; 16]; 8]);

impl std::ops::Add for Large {
    type Output = Large;

    fn add(self, _: Large) -> Large {
        self
    }
}

#[test]
fn large_rows_and_those_of_small_tables_do_not_wait() {
    in_task("1g", |task| {
        let mut large = MapTables::new(128, task);
        add(&mut large, (0..5_000u64).map(|key| (key, Large([[key; 16]; 8]))));
        assert!(large.room() > 2 * BACKLOG_FROM && !large.backlog.is_open());
        let mut many = MapTables::new(20_000, task);
        add(&mut many, (0..60_000u64).map(|key| (key, 1u64)));
        assert!(many.room() > 2 * BACKLOG_FROM && !many.backlog.is_open());
    });
}

#[test]
fn words_wait_and_what_they_own_stays_charged_through_spills() {
    in_task("8m", |task| {
        let word = |key: u64| format!("a word of some more letters than twenty-four: {key}");
        let mut tables = MapTables::new(128, task);
        let mut has_waited = false;
        for begin in (0..60_000u64).step_by(1_000) {
            add(&mut tables, (begin..begin + 1_000).map(|key| (word(key), 1u64)));
            has_waited |= tables.backlog.is_open();
            let rows = tables.rows() as i64;
            // Of the rows in memory, but for those of the cache.
            assert!(
                tables.heap >= rows * 50 && tables.heap <= (rows + 4_000) * 120,
                "{} of {rows}",
                tables.heap
            );
        }
        assert!(has_waited && tables.spills > 0, "{has_waited} {}", tables.spills);
        let written = tables.finish(1, &Sum).unwrap();
        let bytes = written.sizes[0] / written.records;
        assert!(
            written.records >= 60_000 && (40 + 50..40 + 120).contains(&bytes),
            "{} {bytes}",
            written.records
        );
    });
}
