//! How the tables of a map task are written: as a run when memory is refused, and at the end.

use std::sync::Arc;

use hashbrown::HashTable;

use super::{
    super::{
        aggregator::Aggregator,
        combine::{CombinedBlock, subparts},
        hash::bucket,
        key_keeper::KeyKeeper,
        map_stage::Written,
        output_file::Kept,
        table::Entry,
    },
    MapTables,
};
use crate::{
    rdd::{Data, Key},
    spill::SpillError,
    task::TaskError,
};

impl<K: Key, C: Data> MapTables<K, C> {
    /// Writes everything as a run and begins anew.
    pub(super) fn spill(&mut self) {
        self.spills += 1;
        self.file.add_heap(self.heap.unsigned_abs());
        if let Err(error) = self.write_run() {
            self.task.fail(error.into());
        }
        debug_assert_eq!(self.rows(), 0);
        let bytes = self.room();
        // Tables that have room for what comes need not grow again; if that is more than is counted, it goes.
        if bytes > self.reservation.bytes() {
            self.tables.iter_mut().for_each(|table| *table = HashTable::new());
            self.tables_room = 0;
            self.reservation.resize(0);
        } else {
            self.reservation.resize(bytes);
        }
        (self.heap, self.charged) = (0, 0);
        // No key is held any more.
        self.keeper = KeyKeeper::default();
    }

    /// Writes all rows. Those of the cache and the backlog go with those of their tables: that a key comes several times
    /// is no matter. The backlog is closed: where memory is short, tables need it more.
    fn write_run(&mut self) -> Result<(), SpillError> {
        let count = self.tables.len();
        let mut cached: Vec<Entry<K, C>> = self.cache.drain().collect();
        cached.sort_unstable_by_key(|entry| std::cmp::Reverse(bucket(entry.0, count)));
        let mut waiting = self.backlog.close();
        let (tables, task) = (&mut self.tables, &self.task);
        let mut records = 0u64;
        self.file.run(self.reservation.bytes(), |writer, part| {
            let table = tables.get_mut(part).into_iter().flat_map(HashTable::drain);
            let waiting = waiting.get_mut(part).map(std::mem::take).unwrap_or_default();
            let of_cache = std::iter::from_fn(|| cached.pop_if(|entry| bucket(entry.0, count) == part));
            for (_, key, combiner) in table.chain(waiting).chain(of_cache) {
                if records & 1023 == 0 {
                    task.kill_task_if_interrupted();
                }
                records += 1;
                writer.write(&(key, combiner))?;
            }
            Ok(())
        })
    }

    /// Keeps the tables in memory if that is granted, else writes them as the last run.
    pub(in crate::shuffle) fn finish<V, A: Aggregator<V, Combiner = C>>(
        mut self,
        num_reduces: usize,
        aggregator: &A,
    ) -> Result<Written, TaskError> {
        self.close_cache(aggregator);
        for rows in self.backlog.close() {
            self.task.kill_task_if_interrupted();
            self.merge_all(rows.into_iter(), aggregator);
        }
        let is_charged = self.reservation.resize(self.room() + self.heap.unsigned_abs());
        debug_assert!(!is_charged || self.reservation.bytes() >= self.room());
        let memory = if is_charged { self.reservation.keep_output() } else { None };
        self.file.add_heap(self.heap.unsigned_abs());
        if memory.is_none() {
            self.write_run()?;
            self.tables = Vec::new();
            self.reservation.resize(0);
        }
        let MapTables { tables, mut file, .. } = self;
        let len = |tables: &[HashTable<_>]| tables.iter().map(|table| table.len() as u64).sum::<u64>();
        let records = len(&tables) + file.rows();
        let mut rows: Vec<u64> = tables.chunks(subparts(num_reduces)).map(len).collect();
        rows.resize(num_reduces, 0);
        let sizes = file.sizes(rows);
        Ok(Written {
            block: Arc::new(CombinedBlock {
                tables,
                per_reducer: subparts(num_reduces),
                kept: Kept::new(file, memory)?,
            }),
            sizes,
            records,
        })
    }
}
