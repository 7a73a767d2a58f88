//! The rows of the left side, which look for theirs.

use std::sync::Arc;

use super::{
    rows::{Rows, hash_of, part_of},
    tables::BATCH_ROWS,
};
use crate::{
    memory::Reservation,
    rdd::{Data, Key, pair::side::SidePairs},
    shuffle::RowsHeap,
    spill::{RowReader, SpillError, SpillFile},
    task::TaskContext,
};

/// Where the rows come from.
pub(super) enum Source<K: 'static, V: 'static> {
    Side(SidePairs<K, V>),
    File(RowReader<(K, V)>),
    /// Not asked again.
    Ended,
}

impl<K: Data, V: Data> Source<K, V> {
    pub(super) fn of_file(file: Option<&SpillFile>) -> Result<Self, SpillError> {
        file.map_or(Ok(Source::Ended), |file| file.rows(0, 0).map(Source::File))
    }

    #[inline]
    fn next(&mut self, task: &TaskContext) -> Option<(K, V)> {
        let next = match self {
            Source::Side(pairs) => pairs.next(),
            Source::File(rows) => rows.next().map(|row| row.unwrap_or_else(|error| task.fail(error.into()))),
            Source::Ended => None,
        };
        if next.is_none() {
            *self = Source::Ended;
        }
        next
    }

    /// Hands on some rows, while `f` goes on; `false`: there are no more.
    fn next_some(&mut self, task: &TaskContext, mut f: impl FnMut((K, V)) -> bool) -> bool {
        const SOME: usize = 1024;
        if let Source::Side(pairs) = self {
            let more = pairs.next_some(SOME, f);
            if !more {
                *self = Source::Ended;
            }
            return more;
        }
        task.kill_task_if_interrupted();
        for _ in 0..SOME {
            match self.next(task) {
                Some(pair) => {
                    if !f(pair) {
                        break;
                    }
                }
                None => return false,
            }
        }
        true
    }

    /// All rows that there still are.
    #[inline]
    pub(super) fn fold<B>(self, task: &TaskContext, init: B, mut f: impl FnMut(B, (K, V)) -> B) -> B {
        match self {
            Source::Side(pairs) => pairs.fold(init, f),
            Source::File(rows) => rows.enumerate().fold(init, |sum, (passed, row)| {
                if passed % 1024 == 0 {
                    task.kill_task_if_interrupted();
                }
                f(sum, row.unwrap_or_else(|error| task.fail(error.into())))
            }),
            Source::Ended => init,
        }
    }
}

/// The left side's rows: streamed past one table, or collected in batches that are divided as the tables are, so that a
/// table stays in a core's cache while many rows look into it.
pub(super) struct Probe<K: 'static, V: 'static> {
    pub(super) source: Source<K, V>,
    /// How many tables there are.
    count: usize,
    /// One for each table; none: rows are streamed.
    batch: Vec<Rows<K, V>>,
    /// Which of the batch is being worked on.
    at: usize,
    /// Rows that were streamed.
    passed: u64,
    /// What the batch owns.
    heap: RowsHeap,
    reservation: Reservation,
    task: Arc<TaskContext>,
}

impl<K: Key, V: Data> Probe<K, V> {
    pub(super) fn new(task: &Arc<TaskContext>) -> Self {
        Probe {
            source: Source::Ended,
            count: 1,
            batch: Vec::new(),
            at: 0,
            passed: 0,
            heap: RowsHeap::default(),
            reservation: Reservation::reader(task),
            task: task.clone(),
        }
    }

    /// Begins anew, with rows for so many tables.
    pub(super) fn begin(&mut self, source: Source<K, V>, count: usize, is_streamed: bool) {
        self.source = source;
        self.count = count;
        self.batch = Vec::new();
        if count > 1 && !is_streamed {
            self.batch.resize_with(count, || Rows::with_capacity(0));
        }
        self.at = self.batch.len();
        self.passed = 0;
        self.heap.clear();
        self.reservation.resize(0);
    }

    pub(super) fn is_streamed(&self) -> bool {
        self.batch.is_empty()
    }

    /// The number of the streamed row at hand.
    pub(super) fn number(&self) -> u64 {
        self.passed - 1
    }

    /// The next row, with its hash and its table.
    #[inline]
    pub(super) fn next(&mut self) -> Option<(u32, usize, (K, V))> {
        if self.is_streamed() {
            let pair = self.source.next(&self.task)?;
            if self.passed & 1023 == 0 {
                self.task.kill_task_if_interrupted();
            }
            self.passed += 1;
            let hash = hash_of(&pair.0);
            return Some((hash, part_of(hash, self.count), pair));
        }
        let (at, rows) = self.next_rows()?;
        rows.pop().map(|(hash, pair)| (hash, at, pair))
    }

    /// The rows of the batch for the table that is next, and which it is; to be emptied.
    pub(super) fn next_rows(&mut self) -> Option<(usize, &mut Rows<K, V>)> {
        loop {
            while self.batch.get(self.at).is_some_and(|rows| rows.len() == 0) {
                self.at += 1;
            }
            if self.at < self.batch.len() {
                break;
            }
            if !self.refill() {
                return None;
            }
        }
        let at = self.at;
        self.batch.get_mut(at).map(|rows| (at, rows))
    }

    /// Collects the next batch: as many rows as are counted, or fewer that own much. `false`: there are no more.
    #[inline(never)]
    fn refill(&mut self) -> bool {
        self.reservation.resize(0);
        self.heap.clear();
        let Probe { source, batch, heap, reservation, task, .. } = self;
        // Batches of few keys each must not keep room for one another's.
        if batch.iter().map(Rows::capacity).sum::<usize>() > 2 * batch.len() * BATCH_ROWS {
            batch.iter_mut().for_each(|rows| *rows = Rows::with_capacity(0));
        }
        let (count, mut left) = (batch.len(), batch.len() * BATCH_ROWS);
        let mut goes_on = true;
        while goes_on && left > 0 {
            let more = source.next_some(task, |pair| {
                let is_due = heap.add(&pair);
                let hash = hash_of(&pair.0);
                // Below the count.
                let rows = &mut batch[part_of(hash, count)];
                if rows.is_full() {
                    rows.reserve(rows.len().max(BATCH_ROWS / 4));
                }
                rows.push(hash, pair);
                left -= 1;
                goes_on = left > 0 && (!is_due || heap.try_charge(reservation));
                goes_on
            });
            goes_on &= more;
        }
        self.at = 0;
        batch.iter().any(|rows| rows.len() > 0)
    }
}
