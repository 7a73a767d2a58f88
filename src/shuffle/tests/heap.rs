//! What rows own on the heap is charged, and few rows that own much are written too.

use super::*;
use crate::HashPartitioner;

const PLAIN_FILES: [(&str, &str); 2] =
    [("spark.shuffle.compress", "false"), ("spark.shuffle.spill.compress", "false")];

fn plain_files(memory: &str) -> Tiny {
    Tiny::start(&[PLAIN_FILES[0], PLAIN_FILES[1], ("spark.driver.memory", memory)])
}

impl Tiny {
    fn on_disk(&self) -> u64 {
        self.counted().disk_bytes_spilled
    }
}

#[test]
fn what_pairs_own_stays_charged_after_a_spill() {
    let tiny = plain_files("4m");
    let pairs = tiny.context.range(0..16_000, 1, 1).map(|x| (x, format!("{x:0100}")));
    let parts = pairs.partition_by(HashPartitioner::new(3));
    assert_eq!(parts.count().unwrap(), 16_000);
    let (on_disk, in_memory) = (tiny.on_disk(), tiny.env.memory.used());
    assert!(on_disk > 500_000 && in_memory > 100_000, "{on_disk} {in_memory}");
    assert!(on_disk + in_memory >= 16_000 * (8 + 24 + 100), "{on_disk} {in_memory}");
    drop((pairs, parts));
    tiny.end_spilled();
}

#[test]
fn what_keys_own_stays_charged_after_a_spill() {
    let tiny = plain_files("4m");
    let pairs = tiny.context.range(0..16_000, 1, 1).map(|x| (format!("{x:0100}"), 1u64));
    let counts = pairs.reduce_by_key_n(3, |a, b| a + b);
    assert_eq!(counts.count().unwrap(), 16_000);
    let (on_disk, in_memory) = (tiny.on_disk(), tiny.env.memory.used());
    assert!(on_disk > 500_000 && in_memory > 100_000, "{on_disk} {in_memory}");
    assert!(on_disk + in_memory >= 16_000 * (8 + 24 + 100), "{on_disk} {in_memory}");
    drop((pairs, counts));
    tiny.end_spilled();
}

#[test]
fn few_pairs_that_own_much_are_written_when_they_are_distributed_and_when_they_are_sorted() {
    let tiny = plain_files("512k");
    let bytes = 600 * 20_000;
    let pairs = tiny.context.range(0..600, 1, 2).map(|x| (mix(x as u64), vec![x as u8; 20_000]));
    let parts = pairs.partition_by(HashPartitioner::new(2));
    assert_eq!(parts.count().unwrap(), 600);
    let distributed = tiny.on_disk();
    // Two tasks may keep a mebibyte each for a while, but not as their output.
    assert!(distributed >= bytes, "{distributed}");
    let sorted = pairs.sort_by_key_n(true, 2);
    let keys = sorted.map(|(key, _)| key).collect().unwrap();
    assert!(keys.len() == 600 && keys.is_sorted());
    let to_sort = tiny.on_disk() - distributed;
    assert!(to_sort >= bytes + bytes / 2, "{to_sort}");
    drop((pairs, parts, sorted));
    tiny.end_spilled();
}

#[test]
fn one_large_value_counts_once() {
    let tiny = plain_files("64m");
    // Those are large that a sample of every 64th finds.
    let texts = tiny.context.range(0..129, 1, 1);
    let texts = texts.map(|x| (x, "x".repeat(if [64, 127, 128].contains(&x) { 1 << 20 } else { 1 })));
    let reduced = texts.reduce_by_key_n(2, |a, b| a + &b);
    let parts = texts.partition_by(HashPartitioner::new(2));
    assert_eq!((reduced.count().unwrap(), parts.count().unwrap()), (129, 129));
    drop((texts, reduced, parts));
    assert_eq!(tiny.end().disk_bytes_spilled, 0);
}

#[test]
fn keys_that_come_again_and_again_are_counted_once() {
    // More keys than the front cache has room for, and far more rows.
    let tiny = plain_files("64m");
    let pairs =
        tiny.context.range(0..400_000, 1, 1).map(|x| (format!("{:0100}", mix(x as u64) % 10_000), 1u64));
    let counts = pairs.reduce_by_key_n(2, |a, b| a + b);
    assert_eq!(counts.count().unwrap(), 10_000);
    drop((pairs, counts));
    assert_eq!(tiny.end().disk_bytes_spilled, 0);
}
