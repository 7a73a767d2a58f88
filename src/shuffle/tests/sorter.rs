//! Merging more runs than there is memory for readers of, and ending a sort.

use std::{
    cmp::Ordering,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use serde::{Deserialize, Serialize};

use super::{
    super::sorter::{Sorter, sort},
    *,
};
use crate::{memory::Reservation, task::TaskContext};

/// What came of a sort of `0..count`: runs that were merged at last, bytes charged meanwhile, bytes that went to files, and
/// the pairs.
type Found = (u64, u64, u64, Vec<(u64, u64)>);

fn sorted(memory: &str, count: i64) -> Found {
    let tiny = Tiny::start(&[("spark.driver.memory", memory), ("spark.shuffle.spill.compress", "false")]);
    let found = tiny.context.range(0..count, 1, 1).map_partitions_with_index(|_, numbers, task| {
        let mut sorter = Sorter::new(true, Reservation::reader(&task), &task);
        for number in numbers {
            sorter.push((mix(number as u64) % 10_000, number as u64)).unwrap();
        }
        let (mut merge, reservation) = sorter.finish().unwrap();
        let (runs, charged) = (merge.runs() as u64, reservation.bytes());
        let pairs: Vec<_> = std::iter::from_fn(|| merge.next().unwrap()).collect();
        std::iter::once((runs, charged, pairs))
    });
    let (runs, charged, pairs) = found.collect().unwrap().remove(0);
    drop(found);
    (runs, charged, tiny.end().disk_bytes_spilled, pairs)
}

fn expected(count: u64) -> Vec<(u64, u64)> {
    let mut expected: Vec<_> = (0..count).map(|number| (mix(number) % 10_000, number)).collect();
    expected.sort_by_key(|pair| pair.0);
    expected
}

#[test]
fn runs_are_merged_in_passes_when_there_is_no_memory_for_readers_of_all() {
    // Runs of some ten thousand pairs at most.
    let (runs, charged, written, pairs) = sorted("512k", 200_000);
    assert!(runs <= 4 && charged < 300_000, "{runs} runs, {charged} bytes");
    assert!(written > 2 * 200_000 * 16, "{written}: more than one pass");
    assert!(pairs == expected(200_000));
}

#[test]
fn readers_are_charged_and_with_enough_memory_one_pass_is_enough() {
    let (runs, charged, written, pairs) = sorted("8m", 1_000_000);
    assert!(runs > 4, "{runs}");
    // Frames of 64 KiB, once as they are stored and once as they are.
    assert!(charged >= (runs - 1) * 2 * (60 << 10), "{runs} runs, {charged} bytes");
    assert!(written < 1_000_000 * 18, "{written}");
    assert!(pairs == expected(1_000_000));
}

/// Comparisons after the task was asked to end.
static COMPARED: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Slow(u64);

impl PartialOrd for Slow {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Slow {
    fn cmp(&self, other: &Self) -> Ordering {
        if let Some(task) = TaskContext::get() {
            let begun = COMPARED.fetch_add(1, Relaxed);
            while begun == 0 && !task.is_interrupted() {
                std::thread::yield_now();
            }
        }
        self.0.cmp(&other.0)
    }
}

#[test]
fn a_sort_of_many_pairs_ends_when_its_task_is_killed() {
    let tiny = Tiny::start(&[("spark.driver.memory", "256m")]);
    let sorted = tiny.context.range(0..1, 1, 1).map_partitions_with_index(|_, _, task| {
        let mut pairs: Vec<_> = (0..300_000).map(|number| (Slow(mix(number)), ())).collect();
        sort(&mut pairs, true, &task);
        std::iter::once(pairs.len() as u64)
    });
    let job = sorted.count_async();
    while COMPARED.load(Relaxed) == 0 {
        std::thread::yield_now();
    }
    tiny.context.cancel_all_jobs().unwrap();
    let ended = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(job);
    assert!(ended.is_err());
    assert_eq!(tiny.context.stop().left_behind, []);
    let compared = COMPARED.load(Relaxed);
    assert!(compared < 200_000, "{compared} of some millions");
}
