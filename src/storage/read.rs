//! The iterators of what is kept.

use std::sync::Arc;

use super::{
    BlockId,
    block::{Charged, EncodedRows},
    memory::StorageMemory,
};
use crate::{
    codec::decode,
    rdd::Data,
    spill::{RowReader, SpillError, SpillFile},
    task::{TaskContext, TaskError},
};

/// Elements between two looks at the task's kill flag.
const KILL_CHECK: usize = 1024;

/// The iterator of a persisted or checkpointed partition.
pub struct CachedIter<T>(Source<T>);

/// Where the elements come from. Values are the case that has to be fast; all others are one, so that the code of what
/// drives the iterator is there twice and not once for each.
enum Source<T> {
    Values(SharedValues<T>),
    Other(Box<dyn Iterator<Item = T>>),
}

impl<T> CachedIter<T> {
    pub(super) fn of_values(values: SharedValues<T>) -> Self {
        CachedIter(Source::Values(values))
    }

    pub(crate) fn of(items: impl Iterator<Item = T> + 'static) -> Self {
        CachedIter(Source::Other(Box::new(items)))
    }
}

impl<T: Data> Iterator for CachedIter<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Source::Values(values) => values.next(),
            Source::Other(items) => items.next(),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Source::Values(values) => values.size_hint(),
            Source::Other(items) => items.size_hint(),
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, T) -> B>(self, init: B, f: F) -> B {
        match self.0 {
            Source::Values(values) => values.fold(init, f),
            Source::Other(items) => items.fold(init, f),
        }
    }
}

/// Counts what is read of a kept block as input (`spark-semantics` 21); nothing if the block has just been made.
pub(super) struct Counted {
    task: Arc<TaskContext>,
    counts: bool,
    records: u64,
}

impl Counted {
    pub(super) fn new(task: &Arc<TaskContext>, bytes: Option<u64>) -> Self {
        task.metrics.bytes_read(bytes.unwrap_or(0));
        Counted { task: task.clone(), counts: bytes.is_some(), records: 0 }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if self.counts {
            self.task.metrics.records_read(self.records);
        }
    }
}

/// Values that the block and its readers share.
pub(super) struct SharedValues<T> {
    values: Arc<Charged<Vec<T>>>,
    at: usize,
    counted: Counted,
}

impl<T> SharedValues<T> {
    pub(super) fn new(values: Arc<Charged<Vec<T>>>, counted: Counted) -> Self {
        SharedValues { values, at: 0, counted }
    }
}

impl<T> Drop for SharedValues<T> {
    fn drop(&mut self) {
        self.counted.records = self.at as u64;
    }
}

impl<T: Clone> Iterator for SharedValues<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let value = self.values.rows()?.get(self.at)?.clone();
        if self.at.is_multiple_of(KILL_CHECK) {
            self.counted.task.kill_task_if_interrupted();
        }
        self.at += 1;
        Some(value)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.values.rows().map_or(0, Vec::len) - self.at;
        (left, Some(left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, T) -> B>(mut self, init: B, mut f: F) -> B {
        let mut sum = init;
        let rest = self.values.rows().and_then(|values| values.get(self.at..)).unwrap_or_default();
        for run in rest.chunks(KILL_CHECK) {
            self.counted.task.kill_task_if_interrupted();
            // A plain loop over a slice.
            for value in run {
                sum = f(sum, value.clone());
            }
            self.at += run.len();
        }
        sum
    }
}

/// Encoded rows that the block and its readers share.
pub(super) struct SharedRows<T> {
    block: BlockId,
    rows: Arc<Charged<EncodedRows>>,
    piece: usize,
    at: usize,
    left: u64,
    counted: Counted,
    row: std::marker::PhantomData<fn() -> T>,
}

impl<T> SharedRows<T> {
    pub(super) fn new(block: BlockId, rows: Arc<Charged<EncodedRows>>, counted: Counted) -> Self {
        let left = rows.rows().map_or(0, |rows| rows.rows);
        SharedRows { block, rows, piece: 0, at: 0, left, counted, row: std::marker::PhantomData }
    }
}

impl<T: Data> Iterator for SharedRows<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        if self.left == 0 {
            return None;
        }
        if self.left.is_multiple_of(KILL_CHECK as u64) {
            self.counted.task.kill_task_if_interrupted();
        }
        let mut input: &[u8] = &[];
        let pieces = self.rows.rows().map_or(&[][..], |rows| &rows.pieces);
        // A row may have no bytes: what is left is counted, not seen.
        while let Some(piece) = pieces.get(self.piece) {
            input = piece.bytes.get(self.at..).unwrap_or_default();
            if !input.is_empty() || self.piece + 1 == pieces.len() {
                break;
            }
            (self.piece, self.at) = (self.piece + 1, 0);
        }
        let before = input.len();
        match decode(&mut input) {
            Ok(row) => {
                self.at += before - input.len();
                self.left -= 1;
                self.counted.records += 1;
                Some(row)
            }
            Err(source) => self.counted.task.fail(TaskError::Row { block: self.block.to_string(), source }),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left).ok();
        (left.unwrap_or(usize::MAX), left)
    }
}

/// Rows of a file. An error fails the task; a block that has one is dropped, so that the next attempt computes it.
pub(crate) struct FileRows<T> {
    rows: RowReader<T>,
    /// `None`: of a checkpoint.
    block: Option<BlockId>,
    counted: Counted,
}

impl<T: Data> FileRows<T> {
    /// The rows of a kept block; `bytes` if they count as input.
    pub(super) fn of_block(
        block: BlockId,
        file: &SpillFile,
        task: &Arc<TaskContext>,
        bytes: Option<u64>,
    ) -> Result<Self, SpillError> {
        Ok(FileRows { rows: file.rows(0, 0)?, block: Some(block), counted: Counted::new(task, bytes) })
    }

    /// The rows of a checkpoint; `bytes` if they count as input.
    pub(crate) fn of_checkpoint(
        file: &SpillFile,
        task: &Arc<TaskContext>,
        bytes: Option<u64>,
    ) -> Result<Self, TaskError> {
        let rows = file.rows(0, 0).map_err(TaskError::Checkpoint)?;
        Ok(FileRows { rows, block: None, counted: Counted::new(task, bytes) })
    }
}

impl<T: Data> Iterator for FileRows<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        if self.counted.records.is_multiple_of(KILL_CHECK as u64) {
            self.counted.task.kill_task_if_interrupted();
        }
        match self.rows.next()? {
            Ok(row) => {
                self.counted.records += 1;
                Some(row)
            }
            Err(error) => {
                let task = &self.counted.task;
                let Some(block) = self.block else { task.fail(TaskError::Checkpoint(error)) };
                task.env.blocks.remove(block);
                task.fail(TaskError::Spill(error))
            }
        }
    }
}

/// The first part of a partition that did not fit, with its memory, which is given back as soon as it has passed.
pub(super) struct Kept<A> {
    items: Option<(A, StorageMemory)>,
}

impl<A: Iterator> Kept<A> {
    pub(super) fn new(items: A, memory: StorageMemory) -> Self {
        Kept { items: Some((items, memory)) }
    }
}

impl<A: Iterator> Iterator for Kept<A> {
    type Item = A::Item;

    #[inline]
    fn next(&mut self) -> Option<A::Item> {
        let item = self.items.as_mut()?.0.next();
        if item.is_none() {
            self.items = None;
        }
        item
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.as_ref().map_or((0, Some(0)), |(items, _)| items.size_hint())
    }

    #[inline]
    fn fold<B, F: FnMut(B, A::Item) -> B>(self, init: B, f: F) -> B {
        match self.items {
            Some((items, _memory)) => items.fold(init, f),
            None => init,
        }
    }
}
