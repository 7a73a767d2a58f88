//! The iterators of what is kept.

use std::sync::Arc;

use super::{BlockId, block::EncodedRows, memory::StorageMemory};
use crate::{
    codec::decode,
    rdd::Data,
    spill::{RowReader, SpillFile},
    task::{TaskContext, TaskError},
};

/// Elements between two looks at the task's kill flag.
const KILL_CHECK: usize = 1024;

/// The iterator of a persisted partition: of what is kept of it, or of `I` that computes it.
pub struct CachedIter<T, I>(pub(super) Source<T, I>);

/// Where the elements come from.
pub(super) enum Source<T, I> {
    Values(SharedValues<T>),
    Rows(SharedRows<T>),
    File(FileRows<T>),
    /// There was memory for some values only.
    SomeValues(Kept<std::vec::IntoIter<T>>, I),
    /// There was memory for some rows only.
    SomeRows(Kept<SharedRows<T>>, I),
    /// Nothing is kept.
    Computed(I),
}

macro_rules! each_source {
    ($source:expr, $items:ident => $one:expr, ($some:ident, $rest:ident) => $two:expr) => {
        match $source {
            Source::Values($items) => $one,
            Source::Rows($items) => $one,
            Source::File($items) => $one,
            Source::Computed($items) => $one,
            Source::SomeValues($some, $rest) => $two,
            Source::SomeRows($some, $rest) => $two,
        }
    };
}

impl<T: Data, I: Iterator<Item = T>> Iterator for CachedIter<T, I> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        each_source!(&mut self.0, items => items.next(), (some, rest) => some.next().or_else(|| rest.next()))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        each_source!(&self.0, items => items.size_hint(), (some, rest) => {
            let (some, rest) = (some.size_hint(), rest.size_hint());
            let most = some.1.zip(rest.1).and_then(|(some, rest)| some.checked_add(rest));
            (some.0.saturating_add(rest.0), most)
        })
    }

    #[inline]
    fn fold<B, F: FnMut(B, T) -> B>(self, init: B, mut f: F) -> B {
        each_source!(self.0, items => items.fold(init, f), (some, rest) => {
            let sum = some.fold(init, &mut f);
            rest.fold(sum, f)
        })
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
    values: Arc<Vec<T>>,
    at: usize,
    counted: Counted,
}

impl<T> SharedValues<T> {
    pub(super) fn new(values: Arc<Vec<T>>, counted: Counted) -> Self {
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
        let value = self.values.get(self.at)?.clone();
        if self.at.is_multiple_of(KILL_CHECK) {
            self.counted.task.kill_task_if_interrupted();
        }
        self.at += 1;
        Some(value)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.values.len() - self.at;
        (left, Some(left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, T) -> B>(mut self, init: B, mut f: F) -> B {
        let mut sum = init;
        let rest = self.values.get(self.at..).unwrap_or_default();
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
    rows: Arc<EncodedRows>,
    piece: usize,
    at: usize,
    left: u64,
    counted: Counted,
    row: std::marker::PhantomData<fn() -> T>,
}

impl<T> SharedRows<T> {
    pub(super) fn new(block: BlockId, rows: Arc<EncodedRows>, counted: Counted) -> Self {
        let left = rows.rows;
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
        // A row may have no bytes: what is left is counted, not seen.
        while let Some(piece) = self.rows.pieces.get(self.piece) {
            input = piece.bytes.get(self.at..).unwrap_or_default();
            if !input.is_empty() || self.piece + 1 == self.rows.pieces.len() {
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
    ) -> Result<Self, TaskError> {
        Ok(FileRows { rows: file.rows(0, 0)?, block: Some(block), counted: Counted::new(task, bytes) })
    }

    /// The rows of a checkpoint.
    pub(crate) fn of_checkpoint(file: &SpillFile, task: &Arc<TaskContext>) -> Result<Self, TaskError> {
        let rows = file.rows(0, 0).map_err(TaskError::Checkpoint)?;
        Ok(FileRows { rows, block: None, counted: Counted::new(task, None) })
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
