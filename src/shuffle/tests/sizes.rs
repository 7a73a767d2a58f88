//! Sizes of map outputs are those of rows in memory, wherever the rows are.

use super::*;
use crate::HashPartitioner;

fn written_and_read(memory: &str) -> (u64, u64, u64) {
    let tiny = Tiny::start(&[("spark.driver.memory", memory)]);
    let pairs = tiny.context.range(0..100_000, 1, 4).map(|x| (x as u64, 7u64));
    let parts = pairs.partition_by(HashPartitioner::new(3));
    assert_eq!(parts.count().unwrap(), 100_000);
    drop((pairs, parts));
    let metrics = tiny.end();
    (metrics.shuffle_bytes_written, metrics.shuffle_local_bytes_read, metrics.disk_bytes_spilled)
}

#[test]
fn rows_in_files_count_as_those_in_memory() {
    let (written, read, spilled) = written_and_read("64m");
    assert_eq!((written, read, spilled), (1_600_000, 1_600_000, 0));
    let (written, read, spilled) = written_and_read("256k");
    assert!(spilled > 0);
    assert_eq!((written, read), (1_600_000, 1_600_000));
}
