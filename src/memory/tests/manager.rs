use std::sync::{
    Arc, OnceLock, Weak,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use firesteel_actors::config::MemoryConfig;

use super::super::{Evictor, MemoryManager, TaskMemory};

/// 8000 bytes, half of what is shared protected, two slots: a floor of 500 each, 7000 shared.
fn manager() -> Arc<MemoryManager> {
    MemoryManager::of_region(8_000, 0.5, 2)
}

#[test]
fn a_task_gets_its_floor_and_one_share() {
    let manager = manager();
    let task = manager.task();
    assert!(task.try_grow(500 + 3_500));
    assert!(!task.try_grow(1));
    task.shrink(1);
    assert!(task.try_grow(1));
    assert_eq!((task.held(), task.peak(), manager.used()), (4_000, 4_000, 4_000));
    drop(task);
    assert_eq!((manager.used(), manager.peak()), (0, 4_000));
}

#[test]
fn the_region_is_never_exceeded() {
    let manager = manager();
    let tasks: Vec<_> = (0..5).map(|_| manager.task()).collect();
    let granted =
        tasks.iter().map(|task| (0..10_000).filter(|_| task.try_grow(1)).count()).collect::<Vec<_>>();
    assert_eq!(granted, [4_000, 4_000, 0, 0, 0], "threads beyond the slots have no floor");
    assert_eq!((manager.used(), manager.peak()), (8_000, 8_000));
    drop(tasks);
    assert_eq!(manager.used(), 0);
    assert!(manager.task().try_grow(4_000), "floors are free again");
}

#[test]
fn a_huge_wish_is_refused_without_harm() {
    let manager = manager();
    let task = manager.task();
    assert!(task.try_grow(10));
    assert!(!task.try_grow(u64::MAX));
    assert_eq!(task.held(), 10);
    assert!(!manager.acquire_storage(u64::MAX));
}

#[test]
fn outputs_are_kept_up_to_three_quarters() {
    let manager = manager();
    let task = manager.task();
    assert!(task.try_grow(4_000));
    let first = task.keep_output(4_000).unwrap();
    assert_eq!((task.held(), manager.used()), (0, 4_000));
    // Shares are of what is left.
    assert!(!task.try_grow(500 + 1_501));
    assert!(task.try_grow(500 + 1_500));
    assert!(task.keep_output(1_250).is_some());
    assert!(task.try_grow(1_250));
    assert!(task.keep_output(1_251).is_none());
    assert_eq!(task.held(), 2_000);
    drop(first);
    assert!(task.keep_output(2_000).is_some());
}

#[test]
fn storage_takes_what_is_free_but_no_floor() {
    let manager = manager();
    assert!(manager.acquire_storage(7_000));
    assert!(!manager.acquire_storage(1));
    let task = manager.task();
    assert!(task.try_grow(500));
    assert!(!task.try_grow(1), "nobody evicts");
    manager.release_storage(100);
    assert!(task.try_grow(100));
}

struct Cache {
    manager: Arc<MemoryManager>,
    asked: AtomicU64,
    gives: u64,
}

impl Evictor for Cache {
    fn evict(&self, bytes: u64) {
        self.asked.fetch_add(bytes, Relaxed);
        self.manager.release_storage(bytes.min(self.gives));
    }
}

fn with_cache(gives: u64) -> (Arc<MemoryManager>, Arc<Cache>) {
    let manager = manager();
    let cache = Arc::new(Cache { manager: manager.clone(), asked: AtomicU64::new(0), gives });
    let evictor: Weak<dyn Evictor> = Arc::downgrade(&(cache.clone() as Arc<dyn Evictor>));
    manager.set_evictor(evictor);
    (manager, cache)
}

#[test]
fn execution_evicts_storage_down_to_its_protected_part() {
    let (manager, cache) = with_cache(u64::MAX);
    assert!(manager.acquire_storage(7_000));
    let tasks = [manager.task(), manager.task()];
    assert!(tasks[0].try_grow(500 + 1_750));
    assert!(!tasks[0].try_grow(1), "its share of what execution can get");
    assert!(tasks[1].try_grow(500 + 1_750));
    assert_eq!((cache.asked.load(Relaxed), manager.used()), (3_500, 8_000));
    assert!(!tasks[1].try_grow(1));
    drop(tasks);
    assert!(manager.acquire_storage(3_500), "storage borrows again");
    assert!(manager.peak() <= manager.region());
}

#[test]
fn an_evictor_that_cannot_is_asked_once() {
    let (manager, cache) = with_cache(10);
    assert!(manager.acquire_storage(7_000));
    let task = manager.task();
    assert!(!task.try_grow(600));
    assert_eq!(cache.asked.load(Relaxed), 100);
}

/// Looks at the task for which it evicts.
struct Looks {
    manager: Arc<MemoryManager>,
    task: OnceLock<Arc<TaskMemory>>,
    was_locked: AtomicU64,
}

impl Evictor for Looks {
    fn evict(&self, bytes: u64) {
        let task = self.task.get().unwrap();
        self.was_locked.fetch_add(u64::from(task.is_locked()), Relaxed);
        // What is dropped may belong to the task itself.
        if !task.is_locked() {
            task.shrink(100);
        }
        self.manager.release_storage(bytes);
    }
}

#[test]
fn an_evictor_may_give_back_memory_of_the_task_that_asks() {
    let manager = manager();
    let cache = Arc::new(Looks { manager: manager.clone(), task: OnceLock::new(), was_locked: 0.into() });
    let evictor: Weak<dyn Evictor> = Arc::downgrade(&(cache.clone() as Arc<dyn Evictor>));
    manager.set_evictor(evictor);
    assert!(manager.acquire_storage(7_000));
    let task = Arc::new(manager.task());
    cache.task.set(task.clone()).unwrap();
    assert!(task.try_grow(500));
    assert!(task.try_grow(1_000));
    assert_eq!((cache.was_locked.load(Relaxed), task.held()), (0, 1_400));
}

#[test]
fn the_settings_say_how_much() {
    let config = |text: &str| MemoryConfig {
        executor_memory: Some(1_000_000).filter(|_| text.contains('e')),
        driver_memory: Some(2_000_000).filter(|_| text.contains('d')),
        ..MemoryConfig::default()
    };
    assert_eq!(MemoryManager::new(&config("ed"), false, 1).region(), 600_000);
    assert_eq!(MemoryManager::new(&config("ed"), true, 1).region(), 1_200_000);
    assert_eq!(MemoryManager::new(&config("e"), true, 1).region(), 600_000);
    let unset = MemoryManager::new(&config(""), true, 1).region();
    assert!(unset > 10 << 20, "{unset}");
}

#[cfg(feature = "cluster")]
#[test]
fn who_must_not_wait_gets_only_what_is_free() {
    let (manager, cache) = with_cache(u64::MAX);
    assert!(manager.acquire_storage(7_000));
    let task = manager.task();
    assert!(task.try_grow_reader_free(500));
    assert!(!task.try_grow_reader_free(100), "that would have to be evicted");
    assert_eq!((cache.asked.load(Relaxed), task.held()), (0, 500));
    assert!(task.try_grow_reader(100));
    assert_eq!((cache.asked.load(Relaxed), task.held()), (100, 600));
}
