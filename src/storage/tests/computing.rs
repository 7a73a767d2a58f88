//! Tasks that need the same absent block at a time.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
};

use crate::{Context, Rdd, rdd::Compute};

/// One test at a time: closures capture nothing, so what they do is said here.
static TEST: Mutex<()> = Mutex::new(());
/// How often the block was computed.
static COMPUTED: AtomicU32 = AtomicU32::new(0);
/// Whether the first task may end computing.
static MAY_END: AtomicBool = AtomicBool::new(false);
/// How many tasks are about to need the block.
static COME: AtomicU32 = AtomicU32::new(0);

fn start() -> (MutexGuard<'static, ()>, Context) {
    let test = TEST.lock().unwrap_or_else(PoisonError::into_inner);
    COMPUTED.store(0, SeqCst);
    MAY_END.store(false, SeqCst);
    COME.store(0, SeqCst);
    (test, Context::builder().master("local[3]").start().unwrap())
}

/// Waits for something that others do, on this thread.
fn until(is: impl Fn() -> bool) {
    while !is() {
        std::thread::yield_now();
    }
}

/// One block, whose first computation waits.
fn numbers(context: &Context) -> Rdd<impl Compute<Item = i64> + use<>> {
    let numbers = context.range(0..4, 1, 1).map(|x| {
        if x == 0 && COMPUTED.fetch_add(1, SeqCst) == 0 {
            until(|| MAY_END.load(SeqCst));
        }
        x
    });
    numbers.cache()
}

/// How many there are; says when its task is about to need them.
fn count(numbers: &Rdd<impl Compute<Item = i64>>) -> crate::JobFuture<u64> {
    let context = numbers.context().clone();
    let comes = context.range(0..1, 1, 1).map_partitions(|items| {
        COME.fetch_add(1, SeqCst);
        items
    });
    comes.zip_partitions(numbers, |_, numbers| numbers).count_async()
}

fn wait<T>(job: crate::JobFuture<T>) -> crate::Result<T> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(job)
}

#[test]
fn the_second_waits_for_the_first_and_reads_what_that_keeps() {
    let (_test, context) = start();
    let numbers = numbers(&context);
    let first = count(&numbers);
    until(|| COMPUTED.load(SeqCst) == 1);
    let others = [count(&numbers), count(&numbers)];
    until(|| COME.load(SeqCst) == 3);
    // They could have computed it by now.
    (0..2_000).for_each(|_| std::thread::yield_now());
    MAY_END.store(true, SeqCst);
    assert_eq!(wait(first).unwrap(), 4);
    assert_eq!(others.map(|other| wait(other).unwrap()), [4, 4]);
    assert_eq!(COMPUTED.load(SeqCst), 1);
}

#[test]
fn who_waits_can_be_killed() {
    let (_test, context) = start();
    let numbers = numbers(&context);
    let first = count(&numbers);
    until(|| COMPUTED.load(SeqCst) == 1);
    let second = count(&numbers);
    until(|| COME.load(SeqCst) == 2);
    second.cancel("as it waits");
    assert!(wait(second).unwrap_err().to_string().contains("as it waits"));
    MAY_END.store(true, SeqCst);
    assert_eq!(wait(first).unwrap(), 4);
    assert_eq!(context.stop().left_behind, []);
}

#[test]
fn nobody_waits_for_a_task_that_was_asked_to_end() {
    let (_test, context) = start();
    let numbers = numbers(&context);
    let first = count(&numbers);
    until(|| COMPUTED.load(SeqCst) == 1);
    let others = [count(&numbers), count(&numbers)];
    until(|| COME.load(SeqCst) == 3);
    first.cancel("as it does not end");
    // The first is still at it: one of the others takes its place.
    assert_eq!(others.map(|other| wait(other).unwrap()), [4, 4]);
    assert_eq!(COMPUTED.load(SeqCst), 2);
    MAY_END.store(true, SeqCst);
    assert!(wait(first).is_err());
    assert_eq!(count(&numbers).handle().job_ids().len(), 1);
}

#[test]
fn when_the_first_fails_another_computes() {
    let (_test, context) = start();
    let failing = context.range(0..4, 1, 1).map(|x| {
        if x == 0 && COMPUTED.fetch_add(1, SeqCst) == 0 {
            until(|| MAY_END.load(SeqCst));
            panic!("the first fails");
        }
        x
    });
    let numbers = failing.cache();
    let first = count(&numbers);
    until(|| COMPUTED.load(SeqCst) == 1);
    let second = count(&numbers);
    until(|| COME.load(SeqCst) == 2);
    MAY_END.store(true, SeqCst);
    assert_eq!(wait(second).unwrap(), 4);
    assert_eq!(COMPUTED.load(SeqCst), 2);
    assert!(wait(first).is_err());
}

#[test]
fn few_cached_lines_of_many_hold_little_of_their_file() {
    let (_test, context) = start();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lines.txt");
    let line = |row: u32| format!("{} {row:0100}\n", if row.is_multiple_of(2_000) { "kept" } else { "left" });
    std::fs::write(&path, (0..100_000).map(line).collect::<String>()).unwrap();
    let lines = context.text_file(path.to_str().unwrap(), 1).filter(|line| line.starts_with(b"kept")).cache();
    let held = || {
        let held = lines.map_partitions(|lines| {
            let mut held: Vec<(u64, u64)> = lines
                .filter_map(|line| line.held_chunk())
                .map(|held| (held.chunk as u64, held.size as u64))
                .collect();
            held.sort_unstable();
            held.dedup();
            std::iter::once(held.iter().map(|(_, size)| size).sum::<u64>())
        });
        held.collect().unwrap()[0]
    };
    held();
    let (held, counted) = (held(), context.rdd_storage_info()[0].memory_size);
    assert!(held < 2 << 20, "{held} of 10 MB");
    assert!((held..held + (1 << 20)).contains(&counted), "{held} are held, {counted} counted");
}
