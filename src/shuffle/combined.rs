//! The reduce side of combining: merges the map outputs, one small table after the other.

use std::{marker::PhantomData, ops::Range, sync::Arc};

use hashbrown::HashTable;

use super::{
    aggregator::Aggregator,
    combine::{CombinedBlock, subparts},
    hash::hash_key,
    merger::{MergedParts, Merger, Parts, add_combiner},
};
use crate::{
    rdd::Key,
    task::{TaskContext, TaskError},
};

/// The parts of one reducer in all blocks.
struct CombinedParts<K, C, A, V> {
    blocks: Vec<Arc<CombinedBlock<K, C>>>,
    aggregator: A,
    task: Arc<TaskContext>,
    reduce: usize,
    /// The parts that have not been merged.
    parts: Range<usize>,
    value: PhantomData<fn(V)>,
}

impl<K: Key, V, A: Aggregator<V>> CombinedParts<K, A::Combiner, A, V> {
    /// Merges the rows of a part.
    fn merge_part(&self, index: usize, merger: &mut Merger<K, A::Combiner>) -> Result<(), TaskError> {
        let tables = self.blocks.iter().filter_map(|block| block.tables.get(index));
        let mut tables: Vec<_> = tables.filter(|table| !table.is_empty()).collect();
        // The largest is copied whole, which is cheaper than inserting its entries one by one.
        tables.sort_by_key(|table| table.len());
        if tables.last().is_some_and(|largest| merger.start_with(largest)) {
            tables.pop();
        }
        for table in tables {
            for (hash, key, combiner) in table {
                // The map tasks have looked after the keys.
                add_combiner(merger, *hash, key.clone(), combiner.clone(), &self.aggregator)?;
            }
        }
        for block in &self.blocks {
            block.kept.count_read(index, block.tables.get(index).map_or(0, HashTable::len), &self.task);
            self.merge_runs(block, index, merger)?;
        }
        Ok(())
    }

    /// Merges what a block has in its file.
    fn merge_runs(
        &self,
        block: &CombinedBlock<K, A::Combiner>,
        index: usize,
        merger: &mut Merger<K, A::Combiner>,
    ) -> Result<(), TaskError> {
        let Some(file) = block.kept.file(index) else { return Ok(()) };
        let failed = |error| block.kept.fetch_failed(error, self.reduce, &self.task);
        for run in 0..file.runs() {
            for row in file.rows::<(K, A::Combiner)>(run, index).map_err(failed)? {
                let (key, combiner) = row.map_err(failed)?;
                add_combiner(merger, hash_key(&key), key, combiner, &self.aggregator)?;
            }
        }
        Ok(())
    }
}

impl<K: Key, V, A: Aggregator<V>> Parts<K, A::Combiner> for CombinedParts<K, A::Combiner, A, V> {
    fn feed(&mut self, merger: &mut Merger<K, A::Combiner>) -> Result<bool, TaskError> {
        let Some(index) = self.parts.next() else { return Ok(false) };
        self.merge_part(index, merger)?;
        Ok(true)
    }
}

/// The elements of a reduce partition.
pub struct CombinedIter<K, C, V, A>(MergedParts<K, C, A, V, CombinedParts<K, C, A, V>>);

impl<K: Key, V, A: Aggregator<V>> CombinedIter<K, A::Combiner, V, A> {
    pub(crate) fn new(
        blocks: Vec<Arc<CombinedBlock<K, A::Combiner>>>,
        reduce: usize,
        num_reduces: usize,
        aggregator: A,
        task: Arc<TaskContext>,
    ) -> Self {
        let subparts = subparts(num_reduces);
        let parts = reduce * subparts..(reduce + 1) * subparts;
        let of_reducer = CombinedParts {
            blocks,
            aggregator: aggregator.clone(),
            task: task.clone(),
            reduce,
            parts,
            value: PhantomData,
        };
        CombinedIter(MergedParts::new(of_reducer, aggregator, &task))
    }
}

impl<K: Key, V, A: Aggregator<V>> Iterator for CombinedIter<K, A::Combiner, V, A> {
    type Item = (K, A::Combiner);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B {
        self.0.fold(init, f)
    }
}
