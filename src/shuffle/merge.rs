//! [`Merge`]: sorted runs become one.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, binary_heap::PeekMut},
    sync::Arc,
};

use crate::{
    rdd::Data,
    spill::{RowReader, SpillError},
    task::TaskContext,
};

/// Pairs between two looks at the task's kill flag.
const KILL_CHECK: usize = 1024;

/// Sorted pairs.
pub(super) enum Run<K, V> {
    File(RowReader<(K, V)>),
    Memory(std::vec::IntoIter<(K, V)>),
}

impl<K: Data, V: Data> Run<K, V> {
    #[inline]
    fn next(&mut self) -> Result<Option<(K, V)>, SpillError> {
        match self {
            Run::File(rows) => rows.next().transpose(),
            Run::Memory(pairs) => Ok(pairs.next()),
        }
    }
}

/// The first pair of a run. The largest in the heap is the next: order is turned round.
struct Head<K, V> {
    pair: (K, V),
    run: usize,
    ascending: bool,
}

impl<K: Ord, V> Ord for Head<K, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        let keys = self.pair.0.cmp(&other.pair.0);
        let keys = if self.ascending { keys.reverse() } else { keys };
        // Earlier runs first: the sort is stable.
        keys.then(other.run.cmp(&self.run))
    }
}

impl<K: Ord, V> PartialOrd for Head<K, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord, V> PartialEq for Head<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<K: Ord, V> Eq for Head<K, V> {}

/// Merges sorted runs. Equal keys come in the order of the runs.
pub(super) struct Merge<K, V> {
    runs: Vec<Run<K, V>>,
    heads: BinaryHeap<Head<K, V>>,
    passed: usize,
    task: Arc<TaskContext>,
}

impl<K: Data + Ord, V: Data> Merge<K, V> {
    pub(super) fn new(
        mut runs: Vec<Run<K, V>>,
        ascending: bool,
        task: &Arc<TaskContext>,
    ) -> Result<Self, SpillError> {
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (run, rows) in runs.iter_mut().enumerate() {
            if let Some(pair) = rows.next()? {
                heads.push(Head { pair, run, ascending });
            }
        }
        Ok(Merge { runs, heads, passed: 0, task: task.clone() })
    }

    /// How many runs have pairs left.
    pub(super) fn runs(&self) -> usize {
        self.heads.len()
    }

    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(K, V)>, SpillError> {
        if self.passed.is_multiple_of(KILL_CHECK) {
            self.task.kill_task_if_interrupted();
        }
        self.passed += 1;
        let Some(mut head) = self.heads.peek_mut() else { return Ok(None) };
        let next = match self.runs.get_mut(head.run) {
            Some(run) => run.next()?,
            None => None,
        };
        Ok(Some(match next {
            Some(pair) => std::mem::replace(&mut head.pair, pair),
            None => PeekMut::pop(head).pair,
        }))
    }
}
