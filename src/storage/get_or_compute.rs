//! A task's way to a block: read it, or compute the partition and keep it.

use std::{any::Any, sync::Arc};

use firesteel_actors::units::size;

use super::{
    BlockId, CachedIter, StorageLevel,
    block::{BlockData, Charged, DiskBlock, EncodedRows, MemoryBlock},
    block_manager::Lookup,
    computing::Turn,
    memory::StorageMemory,
    read::{Counted, FileRows, Kept, SharedRows, SharedValues},
    unroll::{UnrolledRows, UnrolledValues},
};
use crate::{
    rdd::Data,
    task::{TaskContext, TaskError},
};

/// A partition of a persisted RDD: what is kept of it, or `compute`d now and kept if it can be. Of two tasks that need the
/// same absent block at a time the second waits for the first.
pub(crate) fn get_or_compute<T: Data, I: Iterator<Item = T> + 'static>(
    id: BlockId,
    task: &Arc<TaskContext>,
    compute: impl FnOnce() -> Result<I, TaskError>,
) -> Result<CachedIter<T>, TaskError> {
    let blocks = &task.env.blocks;
    // Held until the block is kept, or cannot be. Whoever gets it looks once more: the block may have been kept between.
    let mut claim = None;
    let level = loop {
        match blocks.get(id) {
            Lookup::NotKept => return compute().map(CachedIter::of),
            Lookup::Found(data, bytes) => match open(id, data, bytes, task) {
                Some(items) => return Ok(items),
                None => blocks.remove(id),
            },
            Lookup::Absent(level) if claim.is_some() => break level,
            Lookup::Absent(level) => match blocks.computing.turn(id, task) {
                Turn::Compute(None) => break level,
                Turn::Compute(fresh) => claim = fresh,
                Turn::Look => {}
            },
        }
    };
    let store = Store { id, level, task };
    let items = compute()?;
    match (level.use_memory(), level.deserialized()) {
        (true, true) => store.values(items),
        (true, false) => store.rows(items),
        (false, _) => store.file(items),
    }
}

fn open<T: Data>(id: BlockId, data: BlockData, bytes: u64, task: &Arc<TaskContext>) -> Option<CachedIter<T>> {
    match data {
        BlockData::Memory(data) => open_memory(id, data, bytes, task),
        BlockData::Disk(block) => open_file(id, &block, bytes, task),
    }
}

/// A block that has to be there; `None`: it is not. One that cannot be read fails the task and stays: there is nothing
/// to compute it from, and the next attempt may be able to read it.
pub(crate) fn get_block<T: Data>(
    id: BlockId,
    task: &Arc<TaskContext>,
) -> Result<Option<CachedIter<T>>, TaskError> {
    let Lookup::Found(data, bytes) = task.env.blocks.get(id) else { return Ok(None) };
    match data {
        BlockData::Memory(data) => Ok(open_memory(id, data, bytes, task)),
        BlockData::Disk(block) => {
            let rows = FileRows::of_checkpoint(&block.file, task, Some(bytes))?;
            Ok(Some(CachedIter::of(rows)))
        }
    }
}

fn open_memory<T: Data>(
    id: BlockId,
    data: Arc<dyn MemoryBlock>,
    bytes: u64,
    task: &Arc<TaskContext>,
) -> Option<CachedIter<T>> {
    let data: Arc<dyn Any + Send + Sync> = data;
    let counted = || Counted::new(task, Some(bytes));
    match data.downcast::<Charged<Vec<T>>>() {
        Ok(values) => Some(CachedIter::of_values(SharedValues::new(values, counted()))),
        Err(data) => {
            let rows = data.downcast::<Charged<EncodedRows>>().ok()?;
            Some(CachedIter::of(SharedRows::new(id, rows, counted())))
        }
    }
}

/// Begins to read a file; `None`: it is damaged, and has to be computed again. It is looked through before: what has been
/// handed on cannot be taken back.
fn open_file<T: Data>(
    id: BlockId,
    block: &DiskBlock,
    bytes: u64,
    task: &Arc<TaskContext>,
) -> Option<CachedIter<T>> {
    let verified = block.verify(|| task.kill_task_if_interrupted());
    let rows = verified.and_then(|()| FileRows::of_block(id, &block.file, task, Some(bytes)));
    match rows {
        Ok(rows) => Some(CachedIter::of(rows)),
        Err(error) => {
            tracing::warn!("Block {id} is computed again: {error}");
            None
        }
    }
}

/// Keeps a partition that is computed now.
struct Store<'a> {
    id: BlockId,
    level: StorageLevel,
    task: &'a Arc<TaskContext>,
}

impl Store<'_> {
    fn memory(&self) -> StorageMemory {
        StorageMemory::new(&self.task.env.blocks, self.id.rdd)
    }

    /// A task that was asked to end keeps nothing.
    fn finish(&self) {
        self.task.kill_task_if_interrupted();
    }

    fn no_room(&self, bytes: u64) {
        let id = self.id;
        tracing::warn!("Not enough space to cache {id} in memory! (computed {} so far)", size(bytes));
        if self.level.use_disk() {
            tracing::warn!("Persisting block {id} to disk instead.");
        }
    }

    fn values<T: Data, I: Iterator<Item = T> + 'static>(&self, items: I) -> Result<CachedIter<T>, TaskError> {
        // It may have ended when memory does, and is asked once more then.
        let mut items = items.fuse();
        let mut unrolled = UnrolledValues::new(self.memory());
        let is_whole = unrolled.fill(&mut items);
        let UnrolledValues { values, memory, .. } = unrolled;
        if is_whole {
            self.finish();
            let values = Arc::new(Charged::new(values, memory));
            self.task.env.blocks.put_in_memory(self.id, values.clone());
            let values = SharedValues::new(values, Counted::new(self.task, None));
            return Ok(CachedIter::of_values(values));
        }
        self.no_room(memory.bytes());
        let some = Kept::new(values.into_iter(), memory);
        if self.level.use_disk() {
            return self.file(some.chain(items));
        }
        Ok(CachedIter::of(some.chain(items)))
    }

    fn rows<T: Data, I: Iterator<Item = T> + 'static>(&self, items: I) -> Result<CachedIter<T>, TaskError> {
        // It may have ended when memory does, and is asked once more then.
        let mut items = items.fuse();
        let mut unrolled = UnrolledRows::new(self.memory());
        let is_whole = unrolled.fill(&mut items);
        let is_whole = is_whole.map_err(|source| TaskError::Row { block: self.id.to_string(), source })?;
        let UnrolledRows { rows, memory } = unrolled;
        if is_whole {
            self.finish();
        } else {
            self.no_room(memory.bytes());
        }
        // What does not fit is charged as long as it is read.
        let rows = Arc::new(Charged::new(rows, memory));
        let some = SharedRows::new(self.id, rows.clone(), Counted::new(self.task, None));
        if is_whole {
            self.task.env.blocks.put_in_memory(self.id, rows);
            return Ok(CachedIter::of(some));
        }
        drop(rows);
        if self.level.use_disk() {
            return self.file(some.chain(items));
        }
        Ok(CachedIter::of(some.chain(items)))
    }

    fn file<T: Data>(&self, items: impl Iterator<Item = T>) -> Result<CachedIter<T>, TaskError> {
        let mut writer = self.task.env.local_dirs.create_spill(&self.id.to_string(), 1)?;
        writer.write_all(items, || self.task.kill_task_if_interrupted())?;
        writer.end_part()?;
        let file = writer.finish()?;
        self.finish();
        let rows = FileRows::of_block(self.id, &file, self.task, None)?;
        self.task.env.blocks.put_on_disk(self.id, &file);
        Ok(CachedIter::of(rows))
    }
}
