//! The reduce side of gathering: streams a reducer's pairs out of all blocks.

use std::sync::Arc;

use super::{gather::GatheredBlock, output_file::Kept};
use crate::{
    rdd::Data,
    spill::{RowReader, SpillError},
    task::TaskContext,
};

/// Pairs between two looks at the task's kill flag.
const KILL_CHECK: usize = 1024;

/// The pairs of a reduce partition, by map partition, in the order in which they came. Nothing is collected: of files one
/// frame is in memory.
pub struct GatheredRows<K, V> {
    blocks: std::vec::IntoIter<Arc<GatheredBlock<K, V>>>,
    reduce: usize,
    task: Arc<TaskContext>,
    current: Option<Current<K, V>>,
}

/// What is being read of a block.
struct Current<K, V> {
    block: Arc<GatheredBlock<K, V>>,
    /// Runs that have been begun.
    runs: usize,
    rows: Option<Box<RowReader<(K, V)>>>,
    rows_read: usize,
    /// Pairs in memory that have passed.
    passed: usize,
}

impl<K: Data, V: Data> GatheredRows<K, V> {
    pub(crate) fn new(blocks: Vec<Arc<GatheredBlock<K, V>>>, reduce: usize, task: &Arc<TaskContext>) -> Self {
        GatheredRows { blocks: blocks.into_iter(), reduce, task: task.clone(), current: None }
    }

    /// Goes on to the next block.
    fn next_block(&mut self) -> Option<&mut Current<K, V>> {
        self.current = None;
        let block = self.blocks.next()?;
        self.task.kill_task_if_interrupted();
        count_read(&block, self.reduce, &self.task);
        Some(self.current.insert(Current { block, runs: 0, rows: None, rows_read: 0, passed: 0 }))
    }

    /// Hands on at most `most` pairs, while `f` goes on; `false`: there are no more.
    pub(crate) fn next_some(&mut self, most: usize, mut f: impl FnMut((K, V)) -> bool) -> bool {
        let (reduce, mut left) = (self.reduce, most);
        while left > 0 {
            if let Some(current) = &mut self.current {
                self.task.kill_task_if_interrupted();
                if current.passed == 0 {
                    match current.next_row(reduce, &self.task) {
                        Ok(Some(row)) => {
                            left -= 1;
                            if !f(row) {
                                return true;
                            }
                            continue;
                        }
                        Ok(None) => {}
                        Err(error) => {
                            let block = current.block.clone();
                            self.failed(&block.kept, error)
                        }
                    }
                }
                let pairs = current.block.part(reduce).get(current.passed..).unwrap_or_default();
                for pair in pairs.iter().take(left) {
                    current.passed += 1;
                    left -= 1;
                    if !f(pair.clone()) {
                        return true;
                    }
                }
                if left == 0 {
                    break;
                }
            }
            if self.next_block().is_none() {
                return false;
            }
        }
        true
    }

    /// Pairs that are to come from memory and from files.
    pub(super) fn sizes(&self) -> (u64, u64) {
        let blocks = self.blocks.as_slice().iter();
        blocks.fold((0, 0), |(memory, files), block| {
            (memory + block.part(self.reduce).len() as u64, files + block.kept.stored(self.reduce))
        })
    }

    #[cold]
    fn failed(&self, kept: &Kept, error: SpillError) -> ! {
        self.task.fail(kept.fetch_failed(error, self.reduce, &self.task))
    }
}

impl<K: Data, V: Data> Current<K, V> {
    /// The next row of the block's file.
    fn next_row(&mut self, reduce: usize, task: &TaskContext) -> Result<Option<(K, V)>, SpillError> {
        if self.rows_read.is_multiple_of(KILL_CHECK) {
            task.kill_task_if_interrupted();
        }
        self.rows_read += 1;
        loop {
            if let Some(rows) = &mut self.rows
                && let Some(row) = rows.next()
            {
                return row.map(Some);
            }
            self.rows = None;
            let Some(file) = self.block.kept.file(reduce).filter(|file| self.runs < file.runs()) else {
                return Ok(None);
            };
            self.rows = Some(Box::new(file.rows(self.runs, reduce)?));
            self.runs += 1;
        }
    }
}

impl<K: Data, V: Data> Iterator for GatheredRows<K, V> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        let reduce = self.reduce;
        loop {
            if let Some(current) = &mut self.current {
                if current.passed == 0 {
                    match current.next_row(reduce, &self.task) {
                        Ok(Some(row)) => return Some(row),
                        Ok(None) => {}
                        Err(error) => {
                            let block = current.block.clone();
                            self.failed(&block.kept, error)
                        }
                    }
                }
                if let Some(pair) = current.block.part(reduce).get(current.passed) {
                    if current.passed.is_multiple_of(KILL_CHECK) {
                        self.task.kill_task_if_interrupted();
                    }
                    current.passed += 1;
                    return Some(pair.clone());
                }
            }
            self.next_block()?;
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, (K, V)) -> B>(mut self, init: B, mut f: F) -> B {
        let (reduce, mut sum) = (self.reduce, init);
        loop {
            if let Some(mut current) = self.current.take() {
                while current.passed == 0 {
                    match current.next_row(reduce, &self.task) {
                        Ok(Some(row)) => sum = f(sum, row),
                        Ok(None) => break,
                        Err(error) => self.failed(&current.block.kept, error),
                    }
                }
                let rest = current.block.part(reduce).get(current.passed..).unwrap_or_default();
                for pairs in rest.chunks(KILL_CHECK) {
                    self.task.kill_task_if_interrupted();
                    sum = pairs.iter().cloned().fold(sum, &mut f);
                }
            }
            if self.next_block().is_none() {
                return sum;
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (memory, files) = self.sizes();
        (usize::try_from(memory + files).unwrap_or(0), None)
    }
}

/// Counts a block's part as read.
pub(super) fn count_read<K, V>(block: &GatheredBlock<K, V>, reduce: usize, task: &TaskContext) {
    block.kept.count_read(reduce, block.part(reduce).len(), task);
}

/// All pairs of a reduce partition in one vector, whatever that takes: [`GatheredRows`] is for what may be large.
pub(super) fn gather_pairs<K: Data, V: Data>(
    blocks: &[Arc<GatheredBlock<K, V>>],
    reduce: usize,
    task: &Arc<TaskContext>,
) -> Vec<(K, V)> {
    let mut rows = GatheredRows::new(blocks.to_vec(), reduce, task);
    let (memory, files) = rows.sizes();
    let mut pairs = Vec::with_capacity((memory + files) as usize);
    while let Some(current) = rows.next_block() {
        let block = current.block.clone();
        loop {
            match current.next_row(reduce, task) {
                Ok(Some(row)) => pairs.push(row),
                Ok(None) => break,
                Err(error) => task.fail(block.kept.fetch_failed(error, reduce, task)),
            }
        }
        pairs.extend_from_slice(block.part(reduce));
    }
    pairs
}
