//! Sorting a reduce partition, in memory if it fits, else by merging sorted runs of files.

use std::sync::Arc;

use super::{
    buckets::Buckets,
    gather::{GatheredBlock, pairs_heap},
    gathered::{GatheredRows, gather_pairs},
    merge::Merge,
    sorter::{Sorter, sort, sorting_room},
};
use crate::{
    memory::Reservation,
    rdd::Data,
    task::{TaskContext, TaskError},
};

type Blocks<K, V> = Vec<Arc<GatheredBlock<K, V>>>;

/// The pairs of a reduce partition by key; equal keys stay in the order of the map partitions.
pub(crate) fn sort_pairs<K: Data + Ord, V: Data>(
    blocks: Blocks<K, V>,
    reduce: usize,
    ascending: bool,
    task: &Arc<TaskContext>,
) -> Result<SortedIter<K, V>, TaskError> {
    let mut reservation = Reservation::reader(task);
    let rows = GatheredRows::new(blocks.clone(), reduce, task);
    let (pairs, in_files) = rows.sizes();
    if in_files == 0
        && let Some(in_memory) =
            InMemory::new(&blocks, reduce, pairs as usize, ascending, &mut reservation, task)
    {
        let source = Source::Memory(in_memory);
        return Ok(SortedIter { source, task: task.clone(), _held: reservation });
    }
    drop(blocks);
    let mut sorter = Sorter::new(ascending, reservation, task);
    for pair in rows {
        sorter.push(pair)?;
    }
    let (merge, reservation) = sorter.finish()?;
    Ok(SortedIter { source: Source::Merge(merge), task: task.clone(), _held: reservation })
}

/// The sorted pairs of a reduce partition.
pub struct SortedIter<K, V> {
    source: Source<K, V>,
    task: Arc<TaskContext>,
    _held: Reservation,
}

enum Source<K, V> {
    Memory(InMemory<K, V>),
    Merge(Merge<K, V>),
}

/// Pairs that are copied out of the blocks slice by slice, and sorted bucket by bucket as they are reached.
struct InMemory<K, V> {
    /// What has not been copied. All has if keys are no numbers.
    rest: Option<Buckets<K, V>>,
    buckets: std::vec::IntoIter<Vec<(K, V)>>,
    current: std::vec::IntoIter<(K, V)>,
    ascending: bool,
}

impl<K: Data + Ord, V: Data> InMemory<K, V> {
    /// `None` if there is no memory for it.
    fn new(
        blocks: &Blocks<K, V>,
        reduce: usize,
        pairs: usize,
        ascending: bool,
        reservation: &mut Reservation,
        task: &Arc<TaskContext>,
    ) -> Option<Self> {
        let heap: u64 = blocks.iter().map(|block| pairs_heap(block.part(reduce))).sum();
        let rest = Buckets::of(blocks, reduce, ascending, task);
        let at_once = rest.as_ref().map_or(pairs, Buckets::largest_slice);
        let of_heap = (heap as f64 * at_once as f64 / pairs.max(1) as f64) as u64;
        if !reservation.try_grow(sorting_room::<K, V>(at_once) + of_heap) {
            return None;
        }
        let buckets = match &rest {
            Some(rest) => {
                rest.count_read();
                Vec::new()
            }
            None => vec![gather_pairs(blocks, reduce, task)],
        };
        Some(InMemory { rest, buckets: buckets.into_iter(), current: Vec::new().into_iter(), ascending })
    }

    /// The next bucket, sorted.
    #[inline(never)]
    fn next_bucket(&mut self, task: &TaskContext) -> Option<Vec<(K, V)>> {
        loop {
            if let Some(mut pairs) = self.buckets.next() {
                sort(&mut pairs, self.ascending, task);
                return Some(pairs);
            }
            let Some(slice) = self.rest.as_mut()?.next_slice() else {
                // The blocks may go.
                self.rest = None;
                return None;
            };
            self.buckets = slice.into_iter();
        }
    }
}

impl<K: Data + Ord, V: Data> Iterator for SortedIter<K, V> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        match &mut self.source {
            Source::Memory(memory) => loop {
                if let Some(pair) = memory.current.next() {
                    return Some(pair);
                }
                memory.current = memory.next_bucket(&self.task)?.into_iter();
            },
            Source::Merge(merge) => match merge.next() {
                Ok(pair) => pair,
                Err(error) => self.task.fail(error.into()),
            },
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, (K, V)) -> B>(self, init: B, mut f: F) -> B {
        let task = self.task;
        match self.source {
            Source::Memory(mut memory) => {
                let current = std::mem::take(&mut memory.current);
                let mut sum = current.fold(init, &mut f);
                while let Some(pairs) = memory.next_bucket(&task) {
                    sum = pairs.into_iter().fold(sum, &mut f);
                }
                sum
            }
            Source::Merge(mut merge) => {
                std::iter::from_fn(|| merge.next().unwrap_or_else(|error| task.fail(error.into())))
                    .fold(init, f)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.source {
            Source::Memory(InMemory { rest, buckets, current, .. }) => {
                let copied = current.len() + buckets.as_slice().iter().map(Vec::len).sum::<usize>();
                let pairs = copied + rest.as_ref().map_or(0, Buckets::left);
                (pairs, Some(pairs))
            }
            Source::Merge(merge) => (merge.runs(), None),
        }
    }
}
