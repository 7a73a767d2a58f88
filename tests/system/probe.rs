//! What tasks and tests tell each other beside the data: closures capture nothing, so the thing itself
//! travels as a number, and what it stands for is found in a table of the process.

use std::{
    collections::BTreeMap,
    sync::{
        Condvar, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use firesteel::task::TaskContext;
use serde::{Deserialize, Serialize};

use crate::harness::LIMIT;

static TABLE: Mutex<BTreeMap<u64, State>> = Mutex::new(BTreeMap::new());
static CHANGED: Condvar = Condvar::new();

#[derive(Clone, Copy, Default)]
struct State {
    hits: u64,
    open: bool,
}

/// Counts what happens, and is a gate that tasks can wait at.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Probe(u64);

impl Probe {
    /// One that nothing has happened to, and whose gate is shut.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Probe(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    fn change<T>(self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(TABLE.lock().unwrap().entry(self.0).or_default());
        CHANGED.notify_all();
        changed
    }

    /// It happened once more: how often by now.
    pub(crate) fn hit(self) -> u64 {
        self.change(|state| {
            state.hits += 1;
            state.hits
        })
    }

    /// One of the times it happened does not count any more.
    pub(crate) fn unhit(self) {
        self.change(|state| state.hits -= 1);
    }

    /// How often it has happened.
    pub(crate) fn hits(self) -> u64 {
        self.change(|state| state.hits)
    }

    /// Waits until it has happened `count` times.
    pub(crate) fn await_hits(self, count: u64) {
        self.await_state(|state| state.hits >= count);
    }

    /// Opens the gate.
    pub(crate) fn open(self) {
        self.change(|state| state.open = true);
    }

    /// Waits at the gate, deaf to the task's kill flag.
    pub(crate) fn pass(self) {
        self.await_state(|state| state.open);
    }

    fn await_state(self, holds: impl Fn(&State) -> bool) {
        let mut table = TABLE.lock().unwrap();
        let begun = Instant::now();
        while !holds(table.entry(self.0).or_default()) {
            let left = LIMIT.saturating_sub(begun.elapsed());
            assert!(!left.is_zero(), "waited too long");
            table = CHANGED.wait_timeout(table, left).unwrap().0;
        }
    }
}

/// Waits, as user code does that looks at its kill flag.
pub(crate) fn until_interrupted(task: &TaskContext) {
    let begun = Instant::now();
    while !task.is_interrupted() {
        assert!(begun.elapsed() < LIMIT, "nobody interrupted it");
        std::thread::sleep(Duration::from_millis(1));
    }
}
