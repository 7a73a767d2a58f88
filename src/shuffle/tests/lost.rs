use std::fs;

use super::*;

/// Sums whose map outputs are in files.
fn check(change: impl Fn(&std::path::Path)) {
    let tiny = Tiny::start(&[]);
    let count = tiny.pairs() as i64;
    let sums = tiny
        .context
        .range(0..count, 1, 4)
        .map(|x| (mix(x as u64) % 90_001, x))
        .reduce_by_key_n(2, |a, b| a + b);
    let groups = tiny
        .context
        .range(0..count / 2, 1, 3)
        .map(|x| (x % 30_000, x))
        .partition_by(crate::HashPartitioner::new(2));
    let sorted = || {
        let mut found = sums.collect().unwrap();
        found.sort_unstable();
        found
    };
    let (first, all) = (sorted(), groups.collect().unwrap());
    let files = tiny.files();
    assert!(files.len() > 2, "{files:?}");
    files.iter().for_each(|file| change(file));
    assert!(sorted() == first);
    assert!(groups.collect().unwrap() == all);
    drop((sums, groups));
    tiny.end_spilled();
}

#[test]
fn map_outputs_whose_files_are_gone_are_made_again() {
    check(|file| fs::remove_file(file).unwrap());
}

#[test]
fn map_outputs_that_are_damaged_are_made_again() {
    check(|file| {
        let mut bytes = fs::read(file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(file, bytes).unwrap();
    });
}

#[test]
fn map_outputs_that_are_cut_off_are_made_again() {
    check(|file| {
        let len = fs::metadata(file).unwrap().len();
        fs::OpenOptions::new().write(true).open(file).unwrap().set_len(len / 3).unwrap();
    });
}
