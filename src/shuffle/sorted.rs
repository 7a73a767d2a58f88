//! Sorting a reduce partition, in memory if it fits, else by merging sorted runs of a file.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, binary_heap::PeekMut},
    sync::Arc,
};

use super::{
    buckets::bucketed,
    gather::{GatheredBlock, pairs_heap, room},
    gathered::{GatheredRows, gather_pairs},
    rows_heap::RowsHeap,
    table::LEAST_ROWS,
};
use crate::{
    memory::Reservation,
    rdd::Data,
    spill::{RowReader, SpillError, SpillWriter},
    task::{TaskContext, TaskError},
};

/// Pairs in memory cost their room and half of it again while they are sorted.
fn sorting_room<K, V>(pairs: usize) -> u64 {
    room::<K, V>(pairs) / 2 * 3
}

/// The pairs of a reduce partition by key; equal keys stay in the order of the map partitions.
pub(crate) fn sort_pairs<K: Data + Ord, V: Data>(
    blocks: Vec<Arc<GatheredBlock<K, V>>>,
    reduce: usize,
    ascending: bool,
    task: &Arc<TaskContext>,
) -> Result<SortedIter<K, V>, TaskError> {
    let mut reservation = Reservation::reader(task);
    let rows = GatheredRows::new(blocks.clone(), reduce, task);
    let (in_memory, in_files) = rows.sizes();
    let heap: u64 = blocks.iter().map(|block| pairs_heap(block.part(reduce))).sum();
    if in_files == 0 && reservation.try_grow(sorting_room::<K, V>(in_memory as usize) + heap) {
        let mut buckets =
            bucketed(&blocks, reduce, task).unwrap_or_else(|| vec![gather_pairs(&blocks, reduce, task)]);
        if !ascending {
            buckets.reverse();
        }
        let source =
            Source::Memory { buckets: buckets.into_iter(), current: Vec::new().into_iter(), ascending };
        return Ok(SortedIter { source, task: task.clone(), _held: reservation });
    }
    drop(blocks);
    let mut sorter = Sorter {
        pairs: Vec::new(),
        ascending,
        task: task.clone(),
        heap: RowsHeap::default(),
        reservation,
        writer: None,
    };
    for pair in rows {
        sorter.push(pair)?;
    }
    sorter.finish()
}

/// Stable.
fn sort<K: Ord, V>(pairs: &mut [(K, V)], ascending: bool) {
    if ascending {
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
    } else {
        pairs.sort_by(|a, b| b.0.cmp(&a.0));
    }
}

/// Fills memory, sorts it, writes it as a run, and so on.
struct Sorter<K, V> {
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

impl<K: Data + Ord, V: Data> Sorter<K, V> {
    #[inline]
    fn push(&mut self, pair: (K, V)) -> Result<(), TaskError> {
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
        sort(&mut self.pairs, self.ascending);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let name = format!("sort-{}", self.task.task_attempt_id());
                none.insert(self.task.env.local_dirs.create_spill(&name, 1)?)
            }
        };
        for (rows, pair) in self.pairs.drain(..).enumerate() {
            if rows % 1024 == 0 {
                self.task.kill_task_if_interrupted();
            }
            writer.write(&pair)?;
        }
        let part = writer.end_part()?;
        self.task.metrics.memory_bytes_spilled(self.reservation.bytes());
        self.task.metrics.disk_bytes_spilled(part.stored);
        self.heap.clear();
        // The room stays. If more is free by now, the next run is larger.
        self.reservation.resize(self.room());
        Ok(())
    }

    fn finish(mut self) -> Result<SortedIter<K, V>, TaskError> {
        sort(&mut self.pairs, self.ascending);
        let mut runs = Vec::new();
        if let Some(writer) = self.writer.take() {
            let file = writer.finish()?;
            for run in 0..file.runs() {
                runs.push(Run::File(file.rows(run, 0)?));
            }
            // Readers have it open: its name can go.
        }
        runs.push(Run::Memory(self.pairs.into_iter()));
        let source = Source::Merge(Merge::new(runs, self.ascending)?);
        Ok(SortedIter { source, task: self.task, _held: self.reservation })
    }
}

enum Run<K, V> {
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

/// Merges sorted runs.
struct Merge<K, V> {
    runs: Vec<Run<K, V>>,
    heads: BinaryHeap<Head<K, V>>,
}

impl<K: Data + Ord, V: Data> Merge<K, V> {
    fn new(mut runs: Vec<Run<K, V>>, ascending: bool) -> Result<Self, SpillError> {
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (run, rows) in runs.iter_mut().enumerate() {
            if let Some(pair) = rows.next()? {
                heads.push(Head { pair, run, ascending });
            }
        }
        Ok(Merge { runs, heads })
    }

    #[inline]
    fn next(&mut self) -> Result<Option<(K, V)>, SpillError> {
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

/// The sorted pairs of a reduce partition.
pub struct SortedIter<K, V> {
    source: Source<K, V>,
    task: Arc<TaskContext>,
    _held: Reservation,
}

enum Source<K, V> {
    /// Buckets that follow one another; each is sorted when it is reached.
    Memory {
        buckets: std::vec::IntoIter<Vec<(K, V)>>,
        current: std::vec::IntoIter<(K, V)>,
        ascending: bool,
    },
    Merge(Merge<K, V>),
}

impl<K: Data + Ord, V: Data> Iterator for SortedIter<K, V> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        match &mut self.source {
            Source::Memory { buckets, current, ascending } => loop {
                if let Some(pair) = current.next() {
                    return Some(pair);
                }
                let mut pairs = buckets.next()?;
                self.task.kill_task_if_interrupted();
                sort(&mut pairs, *ascending);
                *current = pairs.into_iter();
            },
            Source::Merge(merge) => match merge.next() {
                Ok(pair) => pair,
                Err(error) => self.task.fail(error.into()),
            },
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, (K, V)) -> B>(self, init: B, f: F) -> B {
        match self.source {
            Source::Memory { buckets, current, ascending } => {
                let (task, mut f) = (self.task, f);
                let sum = current.fold(init, &mut f);
                buckets.fold(sum, |sum, mut pairs| {
                    task.kill_task_if_interrupted();
                    sort(&mut pairs, ascending);
                    pairs.into_iter().fold(sum, &mut f)
                })
            }
            Source::Merge(mut merge) => {
                let task = self.task;
                std::iter::from_fn(|| merge.next().unwrap_or_else(|error| task.fail(error.into())))
                    .fold(init, f)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.source {
            Source::Memory { buckets, current, .. } => {
                let pairs = current.len() + buckets.as_slice().iter().map(Vec::len).sum::<usize>();
                (pairs, Some(pairs))
            }
            Source::Merge(merge) => (merge.heads.len(), None),
        }
    }
}
