use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use super::*;
use crate::Error;

/// An error with all its causes.
fn text(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[test]
fn a_full_disk_fails_the_job_by_name_and_leaves_nothing() {
    for room in [0, 150_000, 600_000] {
        let tiny = Tiny::start(&[]);
        let pairs = tiny.context.range(0..tiny.pairs() as i64, 1, 4).map(|x| (mix(x as u64), x));
        tiny.env.local_dirs.set_room(room);
        let error = text(&pairs.sort_by_key(true).count().unwrap_err());
        assert!(error.contains("cannot spill to disk") && error.contains("no space left for "), "{error}");
        let error = text(&pairs.reduce_by_key(|a, b| a + b).count().unwrap_err());
        assert!(error.contains("spark.local.dir"), "{error}");
        let error = text(&pairs.join(&pairs).count().unwrap_err());
        assert!(error.contains("no space left for "), "{error}");
        // Once there is room the context is as good as before.
        tiny.env.local_dirs.set_room(u64::MAX);
        assert_eq!(pairs.reduce_by_key(|a, b| a + b).count().unwrap(), tiny.pairs());
        drop(pairs);
        tiny.end_spilled();
    }
}

/// Where the next tests' files are: a closure captures nothing.
static MERGES: Mutex<Option<PathBuf>> = Mutex::new(None);
static JOINS: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Changes a byte in each file of a name.
fn damage(dir: &Mutex<Option<PathBuf>>, name: &str) {
    let dir = dir.lock().unwrap().clone().unwrap();
    for entry in std::fs::read_dir(dir).unwrap() {
        for file in std::fs::read_dir(entry.unwrap().path()).unwrap().map(|file| file.unwrap().path()) {
            if file.file_name().unwrap().to_string_lossy().starts_with(name) {
                let mut bytes = std::fs::read(&file).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                std::fs::write(&file, bytes).unwrap();
            }
        }
    }
}

#[test]
fn a_damaged_spill_of_a_task_fails_it_by_name() {
    let dir = tempfile::tempdir().unwrap();
    *MERGES.lock().unwrap() = Some(dir.path().to_owned());
    let tiny = Tiny::start(&[("spark.local.dir", dir.path().to_str().unwrap())]);
    let groups = tiny.context.range(0..60_000, 1, 2).map(|x| (mix(x as u64), x)).group_by_key_n(1);
    let damaged = groups.map_partitions(|mut pairs| {
        let first = pairs.next();
        damage(&MERGES, "merge-");
        first.into_iter().chain(pairs)
    });
    let error = text(&damaged.count().unwrap_err());
    assert!(error.contains("is damaged: the checksum of the frame"), "{error}");
    assert_eq!(groups.count().unwrap(), 60_000);
    drop((groups, damaged));
    tiny.end_spilled();
}

#[test]
fn a_damaged_file_of_a_join_fails_its_task_by_name() {
    let dir = tempfile::tempdir().unwrap();
    *JOINS.lock().unwrap() = Some(dir.path().to_owned());
    let tiny = Tiny::start(&[("spark.local.dir", dir.path().to_str().unwrap())]);
    let left = tiny.context.range(0..60_000, 1, 2).map(|x| (mix(x as u64), x));
    let joined = left.join_n(1, &left);
    let damaged = joined.map_partitions(|mut pairs| {
        let first = pairs.next();
        damage(&JOINS, "join-");
        first.into_iter().chain(pairs)
    });
    let error = text(&damaged.count().unwrap_err());
    assert!(error.contains("cannot spill to disk") && error.contains("is damaged: the checksum"), "{error}");
    assert_eq!(joined.count().unwrap(), 60_000);
    drop((left, joined, damaged));
    tiny.end_spilled();
}

#[test]
fn stopping_removes_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let tiny = Tiny::start(&[("spark.local.dir", dir.path().to_str().unwrap())]);
    let parts = tiny.context.range(0..100_000, 1, 4).map(|x| (mix(x as u64), x)).group_by_key();
    parts.count().unwrap();
    let made = || std::fs::read_dir(dir.path()).unwrap().count();
    assert!(made() == 1 && !tiny.files().is_empty());
    tiny.context.stop();
    assert_eq!(made(), 0);
    drop(parts);
}

/// Whether the next test's task has begun to read.
static READS: AtomicBool = AtomicBool::new(false);

#[test]
fn a_killed_task_leaves_neither_files_nor_memory() {
    let tiny = Tiny::start(&[]);
    let sorted =
        tiny.context.range(0..tiny.pairs() as i64, 1, 2).map(|x| (mix(x as u64), x)).sort_by_key_n(true, 1);
    let waits = sorted.map_partitions_with_index(|_, pairs, task| {
        READS.store(true, Relaxed);
        while !task.is_interrupted() {
            std::thread::yield_now();
        }
        pairs
    });
    let context = tiny.context.clone();
    let job = std::thread::spawn(move || waits.count());
    while !READS.load(Relaxed) {
        std::thread::yield_now();
    }
    assert!(!tiny.files().is_empty() && tiny.env.memory.used() > 0);
    context.cancel_all_jobs().unwrap();
    assert!(job.join().unwrap().is_err());
    // Until the task's thread is done.
    assert_eq!(context.stop().left_behind, []);
    drop(sorted);
    tiny.assert_clean();
}

/// Whether the next test's task has begun to read.
static JOIN_READS: AtomicBool = AtomicBool::new(false);

#[test]
fn a_join_that_is_killed_while_it_spills_leaves_neither_files_nor_memory() {
    let tiny = Tiny::start(&[]);
    let pairs = tiny.context.range(0..tiny.pairs() as i64 / 2, 1, 2).map(|x| (mix(x as u64), x));
    let joined = pairs.join_n(1, &pairs);
    let waits = joined.map_partitions_with_index(|_, mut pairs, task| {
        // The sides are in files now, and the first of these is in memory.
        let first = pairs.next();
        JOIN_READS.store(true, Relaxed);
        while !task.is_interrupted() {
            std::thread::yield_now();
        }
        first.into_iter().chain(pairs)
    });
    let context = tiny.context.clone();
    let job = std::thread::spawn(move || waits.count());
    while !JOIN_READS.load(Relaxed) {
        std::thread::yield_now();
    }
    let names = tiny.files();
    assert!(names.iter().any(|name| name.to_string_lossy().contains("join-")), "{names:?}");
    assert!(tiny.env.memory.used() > 0);
    context.cancel_all_jobs().unwrap();
    assert!(job.join().unwrap().is_err());
    // Until the task's thread is done.
    assert_eq!(context.stop().left_behind, []);
    drop((pairs, joined));
    tiny.assert_clean();
}
