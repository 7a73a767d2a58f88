//! [`Sorter`]: sorts more pairs than there is memory for.

use std::sync::Arc;

use super::{
    gather::room,
    merge::{Merge, Run},
    rows_heap::RowsHeap,
    table::LEAST_ROWS,
};
use crate::{
    memory::Reservation,
    rdd::Data,
    spill::{SpillError, SpillFile, SpillWriter},
    task::{TaskContext, TaskError},
};

/// So many runs are merged at a time even if memory for their readers is refused: with fewer, passes would have no end.
const LEAST_FAN_IN: usize = 4;

/// Fills memory, sorts it, writes it as a run, and so on; then merges the runs.
pub(super) struct Sorter<K, V> {
    pairs: Vec<(K, V)>,
    ascending: bool,
    task: Arc<TaskContext>,
    /// What the pairs own.
    heap: RowsHeap,
    /// Charged for that and the room in which they are sorted.
    reservation: Reservation,
    /// A file with one part for each run.
    writer: Option<SpillWriter>,
}

/// A run in a file.
struct StoredRun {
    file: Arc<SpillFile>,
    run: usize,
}

impl StoredRun {
    /// Of all runs of a file.
    fn all(file: &Arc<SpillFile>) -> impl Iterator<Item = StoredRun> + use<'_> {
        (0..file.runs()).map(|run| StoredRun { file: file.clone(), run })
    }

    /// A reader has the file open: its name can go.
    fn open<K: Data, V: Data>(self) -> Result<Run<K, V>, SpillError> {
        Ok(Run::File(self.file.rows(self.run, 0)?))
    }
}

impl<K: Data + Ord, V: Data> Sorter<K, V> {
    pub(super) fn new(ascending: bool, reservation: Reservation, task: &Arc<TaskContext>) -> Self {
        Sorter {
            pairs: Vec::new(),
            ascending,
            task: task.clone(),
            heap: RowsHeap::default(),
            reservation,
            writer: None,
        }
    }

    #[inline]
    pub(super) fn push(&mut self, pair: (K, V)) -> Result<(), TaskError> {
        if self.pairs.len() == self.pairs.capacity() {
            self.make_room()?;
        }
        let is_due = self.heap.add(&pair);
        self.pairs.push(pair);
        if is_due {
            self.charge_heap()?;
        }
        if self.pairs.len() & 1023 == 0 {
            self.task.kill_task_if_interrupted();
        }
        Ok(())
    }

    /// Makes room for pairs: more, or by writing those that there are.
    #[cold]
    fn make_room(&mut self) -> Result<(), TaskError> {
        let more = self.pairs.capacity().max(LEAST_ROWS);
        // While it grows there are two.
        let new = sorting_room::<K, V>(self.pairs.len() + more);
        if self.reservation.try_grow(new + self.heap.uncharged()) {
            self.heap.set_charged();
            self.pairs.reserve_exact(more);
            self.reservation.resize(self.room() + self.heap.charged());
            return Ok(());
        }
        if self.pairs.is_empty() {
            // Not even the least: it goes on uncounted.
            self.pairs.reserve_exact(LEAST_ROWS);
            return Ok(());
        }
        Ok(self.spill()?)
    }

    fn room(&self) -> u64 {
        sorting_room::<K, V>(self.pairs.capacity())
    }

    /// Charges what pairs own, or writes those that there are.
    #[cold]
    fn charge_heap(&mut self) -> Result<(), TaskError> {
        let granted = self.heap.try_charge(&mut self.reservation);
        if !granted && (self.pairs.len() >= LEAST_ROWS || self.heap.is_much()) {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<(), SpillError> {
        sort(&mut self.pairs, self.ascending, &self.task);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(new_file(&self.task)?),
        };
        writer.write_all(self.pairs.drain(..), || self.task.kill_task_if_interrupted())?;
        let part = writer.end_part()?;
        self.task.metrics.memory_bytes_spilled(self.reservation.bytes());
        self.task.metrics.disk_bytes_spilled(part.stored);
        self.heap.clear();
        // The room stays. If more is free by now, the next run is larger.
        self.reservation.resize(self.room());
        Ok(())
    }

    /// All pairs in order, and what they are charged to.
    pub(super) fn finish(mut self) -> Result<(Merge<K, V>, Reservation), TaskError> {
        let runs = match &self.writer {
            None => Vec::new(),
            Some(writer) if self.reservation.try_grow(writer.reader_room() * writer.runs() as u64) => {
                self.end_file()?
            }
            Some(_) => {
                // What is in memory makes room for readers.
                if !self.pairs.is_empty() {
                    self.spill()?;
                }
                self.pairs = Vec::new();
                let room = self.writer.as_ref().map_or(0, SpillWriter::reader_room);
                let runs = self.end_file()?;
                self.merge_down(runs, room)?
            }
        };
        let mut runs = runs.into_iter().map(StoredRun::open).collect::<Result<Vec<_>, _>>()?;
        sort(&mut self.pairs, self.ascending, &self.task);
        runs.push(Run::Memory(self.pairs.into_iter()));
        Ok((Merge::new(runs, self.ascending, &self.task)?, self.reservation))
    }

    /// The runs that were written.
    fn end_file(&mut self) -> Result<Vec<StoredRun>, SpillError> {
        let Some(writer) = self.writer.take() else { return Ok(Vec::new()) };
        Ok(StoredRun::all(&writer.finish()?).collect())
    }

    /// Merges runs, in as many passes as it takes, until there is memory for a reader of each that is left.
    fn merge_down(&mut self, mut runs: Vec<StoredRun>, mut room: u64) -> Result<Vec<StoredRun>, TaskError> {
        loop {
            self.reservation.resize(0);
            let granted = (0..runs.len()).take_while(|_| self.reservation.try_grow(room)).count();
            let fan_in = granted.max(LEAST_FAN_IN);
            if runs.len() <= fan_in {
                return Ok(runs);
            }
            let mut writer = new_file(&self.task)?;
            let mut left = runs.into_iter();
            // No more than it takes: the first ones, which stay in front.
            while left.len() > 1 && writer.runs() + left.len() > fan_in {
                let surplus = writer.runs() + left.len() - fan_in;
                let group = left.by_ref().take(fan_in.min(surplus + 1));
                let group = group.map(StoredRun::open).collect::<Result<_, _>>()?;
                self.write_merged(group, &mut writer)?;
            }
            room = room.max(writer.reader_room());
            runs = StoredRun::all(&writer.finish()?).chain(left).collect();
        }
    }

    fn write_merged(&self, runs: Vec<Run<K, V>>, writer: &mut SpillWriter) -> Result<(), SpillError> {
        let mut merge = Merge::new(runs, self.ascending, &self.task)?;
        while let Some(pair) = merge.next()? {
            writer.write(&pair)?;
        }
        self.task.metrics.disk_bytes_spilled(writer.end_part()?.stored);
        Ok(())
    }
}

/// A file of runs with one part each.
fn new_file(task: &TaskContext) -> Result<SpillWriter, SpillError> {
    task.env.local_dirs.create_spill(&format!("sort-{}", task.task_attempt_id()), 1)
}

/// Pairs in memory cost their room and half of it again while they are sorted.
pub(super) fn sorting_room<K, V>(pairs: usize) -> u64 {
    room::<K, V>(pairs) / 2 * 3
}

/// Pairs that are sorted without a look at the task's kill flag, and comparisons between two looks with more.
const UNCHECKED: usize = 64 << 10;

/// Stable.
pub(super) fn sort<K: Ord, V>(pairs: &mut [(K, V)], ascending: bool, task: &TaskContext) {
    task.kill_task_if_interrupted();
    if pairs.len() > UNCHECKED {
        let mut compared = 0usize;
        // It unwinds out of the sort, which leaves the pairs in some order.
        return sort_by(pairs, ascending, || {
            compared += 1;
            if compared.is_multiple_of(UNCHECKED) {
                task.kill_task_if_interrupted();
            }
        });
    }
    sort_by(pairs, ascending, || ());
}

#[inline(always)]
fn sort_by<K: Ord, V>(pairs: &mut [(K, V)], ascending: bool, mut check: impl FnMut()) {
    pairs.sort_by(|a, b| {
        check();
        if ascending { a.0.cmp(&b.0) } else { b.0.cmp(&a.0) }
    });
}
