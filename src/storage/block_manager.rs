//! [`BlockManager`]: the blocks of one executor.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use firesteel_actors::{
    ExecutorId, RddId,
    carrier::{SystemHandle, panic_text},
    message::{BlockUpdated, DagScheduler},
    units::size,
};

use super::{
    BlockId, StorageLevel,
    block::{BlockData, DiskBlock, MemoryBlock},
    computing::Computing,
};
use crate::{
    memory::{Evictor, MemoryManager},
    spill::{LocalDirs, SpillError, SpillFile},
};

/// What executors keep of a persisted RDD (Spark's `RDDInfo`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RddStorageInfo {
    /// The RDD.
    pub rdd_id: RddId,
    /// The level that it was persisted with.
    pub storage_level: StorageLevel,
    /// How many of its partitions are kept.
    pub num_cached_partitions: usize,
    /// Bytes of them in memory.
    pub memory_size: u64,
    /// Bytes of them in files.
    pub disk_size: u64,
}

/// The blocks of one executor. Blocks of an RDD are kept from [`register`](Self::register) to
/// [`remove_rdd`](Self::remove_rdd), and of others never: so a task that outlives its RDD leaves nothing.
pub(crate) struct BlockManager {
    memory: Arc<MemoryManager>,
    dirs: Arc<LocalDirs>,
    state: Mutex<State>,
    /// Blocks that tasks compute now.
    pub(super) computing: Computing,
}

#[derive(Default)]
struct State {
    rdds: BTreeMap<RddId, Persisted>,
    /// Blocks in memory, the one that was not used for longest first.
    by_use: BTreeMap<u64, BlockId>,
    uses: u64,
    /// Whom to tell, and who we are; not before the system has started.
    scheduler: Option<(SystemHandle, ExecutorId)>,
    closed: bool,
}

struct Persisted {
    level: StorageLevel,
    blocks: BTreeMap<u32, Block>,
}

struct Block {
    data: BlockData,
    /// In memory or in its file.
    bytes: u64,
    /// Its key in `by_use`.
    used: u64,
    /// Whether it is on its way out of memory.
    leaves: bool,
}

impl Block {
    fn memory(&self) -> u64 {
        if matches!(self.data, BlockData::Memory(_)) { self.bytes } else { 0 }
    }

    /// Bytes of memory that are given back if it is dropped now: what somebody reads goes when that ends.
    fn frees(&self) -> u64 {
        match &self.data {
            BlockData::Memory(data) if Arc::strong_count(data) == 1 => self.bytes,
            _ => 0,
        }
    }
}

/// What is known of a block.
pub(super) enum Lookup {
    /// It is there, with so many bytes.
    Found(BlockData, u64),
    /// It is not there and should be kept like this.
    Absent(StorageLevel),
    /// Blocks of its RDD are not kept.
    NotKept,
}

impl State {
    fn block(&mut self, id: BlockId) -> Option<&mut Block> {
        self.rdds.get_mut(&id.rdd)?.blocks.get_mut(&id.partition)
    }

    /// Tells the DAGScheduler. Under the lock, so that it hears of changes in their order.
    fn report(&self, BlockId { rdd, partition }: BlockId, is_cached: bool) {
        if let Some((system, executor_id)) = &self.scheduler {
            let (rdd_id, executor_id) = (rdd, *executor_id);
            let update = BlockUpdated { rdd_id, partition_id: partition, executor_id, is_cached };
            // A system that has stopped plans nothing any more.
            system.send(DagScheduler, update).ok();
        }
    }

    fn take(&mut self, id: BlockId) -> Option<Block> {
        let block = self.rdds.get_mut(&id.rdd)?.blocks.remove(&id.partition)?;
        self.by_use.remove(&block.used);
        self.report(id, false);
        Some(block)
    }
}

impl BlockManager {
    /// Without blocks; it frees memory for tasks when it has some.
    pub(crate) fn new(memory: &Arc<MemoryManager>, dirs: &Arc<LocalDirs>) -> Arc<Self> {
        let blocks = Arc::new(BlockManager {
            memory: memory.clone(),
            dirs: dirs.clone(),
            state: Mutex::default(),
            computing: Computing::default(),
        });
        let evictor = Arc::downgrade(&blocks);
        memory.set_evictor(evictor);
        blocks
    }

    pub(super) fn memory(&self) -> &Arc<MemoryManager> {
        &self.memory
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the DAGScheduler is told of blocks that come and go.
    pub(crate) fn connect(&self, system: SystemHandle, executor_id: ExecutorId) {
        self.lock().scheduler = Some((system, executor_id));
    }

    /// The system has stopped: frees everything, and nothing is kept any more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.scheduler = None;
        let persisted = std::mem::take(&mut state.rdds);
        state.by_use.clear();
        drop(state);
        Self::free(persisted.into_values().flat_map(|rdd| rdd.blocks.into_values()));
    }

    /// Blocks of an RDD are kept from now on.
    pub(crate) fn register(&self, rdd: RddId, level: StorageLevel) {
        let mut state = self.lock();
        if level.keeps() && !state.closed {
            state.rdds.insert(rdd, Persisted { level, blocks: BTreeMap::new() });
        }
    }

    /// How blocks of an RDD are kept; `NONE`: they are not.
    pub(crate) fn level(&self, rdd: RddId) -> StorageLevel {
        self.lock().rdds.get(&rdd).map_or(StorageLevel::NONE, |persisted| persisted.level)
    }

    /// Frees the blocks of an RDD, and keeps none of it any more.
    pub(crate) fn remove_rdd(&self, rdd: RddId) {
        drop(self.take_rdd(rdd));
    }

    /// Takes the blocks of an RDD out, and keeps none of it any more. They are to be dropped outside of all locks: there may
    /// be much to free, and the values are the user's.
    pub(crate) fn take_rdd(&self, rdd: RddId) -> Option<impl Send + use<>> {
        let mut state = self.lock();
        let persisted = state.rdds.remove(&rdd)?;
        for (partition, block) in &persisted.blocks {
            state.by_use.remove(&block.used);
            state.report(BlockId { rdd, partition: *partition }, false);
        }
        drop(state);
        tracing::info!("Removing RDD {rdd}");
        Some(persisted.blocks)
    }

    /// What is kept of each persisted RDD, by id.
    pub(crate) fn infos(&self) -> Vec<RddStorageInfo> {
        let state = self.lock();
        let infos = state.rdds.iter().map(|(rdd_id, persisted)| {
            let sum = |of: fn(&Block) -> u64| persisted.blocks.values().map(of).sum();
            RddStorageInfo {
                rdd_id: *rdd_id,
                storage_level: persisted.level,
                num_cached_partitions: persisted.blocks.len(),
                memory_size: sum(Block::memory),
                disk_size: sum(|block| block.bytes - block.memory()),
            }
        });
        infos.collect()
    }

    /// Drops blocks outside of the lock: there may be much to free, and the values are the user's. How many bytes that
    /// gave.
    fn free(blocks: impl Iterator<Item = Block>) -> u64 {
        let drop_one = |block: Block| {
            let freed = block.frees();
            drop(block);
            freed
        };
        blocks.map(drop_one).sum()
    }

    /// Looks a block up; one that is found counts as used.
    pub(super) fn get(&self, id: BlockId) -> Lookup {
        let mut state = self.lock();
        state.uses += 1;
        let now = state.uses;
        let Some(persisted) = state.rdds.get_mut(&id.rdd) else { return Lookup::NotKept };
        let Some(block) = persisted.blocks.get_mut(&id.partition) else {
            return Lookup::Absent(persisted.level);
        };
        let found = Lookup::Found(block.data.clone(), block.bytes);
        if let BlockData::Memory(_) = block.data {
            let before = std::mem::replace(&mut block.used, now);
            state.by_use.remove(&before);
            state.by_use.insert(now, id);
        }
        found
    }

    /// Keeps a block in memory. The first one of two attempts stays.
    pub(super) fn put_in_memory(&self, id: BlockId, data: Arc<dyn MemoryBlock>) {
        let bytes = data.bytes();
        if self.put(id, BlockData::Memory(data), bytes) {
            tracing::info!("Block {id} stored in memory (estimated size {})", size(bytes));
        }
    }

    /// Keeps a block that is in a file.
    pub(super) fn put_on_disk(&self, id: BlockId, file: &Arc<SpillFile>) {
        let bytes = file.part(0, 0).stored;
        if self.put(id, BlockData::Disk(Arc::new(DiskBlock::new(file.clone()))), bytes) {
            tracing::info!("Block {id} stored on disk (size {})", size(bytes));
        }
    }

    fn put(&self, id: BlockId, data: BlockData, bytes: u64) -> bool {
        let mut state = self.lock();
        state.uses += 1;
        let used = state.uses;
        let Some(persisted) = state.rdds.get_mut(&id.rdd) else { return false };
        if persisted.blocks.contains_key(&id.partition) {
            return false;
        }
        let is_in_memory = matches!(data, BlockData::Memory(_));
        persisted.blocks.insert(id.partition, Block { data, bytes, used, leaves: false });
        if is_in_memory {
            state.by_use.insert(used, id);
        }
        state.report(id, true);
        true
    }

    /// Drops a block that cannot be read.
    pub(super) fn remove(&self, id: BlockId) {
        let block = self.lock().take(id);
        Self::free(block.into_iter());
    }

    /// Takes memory for a block of an RDD, for which blocks of others may have to go.
    pub(super) fn acquire(&self, rdd: RddId, bytes: u64) -> bool {
        loop {
            if self.memory.acquire_storage(bytes) {
                return true;
            }
            let (free, most) = self.memory.storage_room();
            if bytes > most {
                return false;
            }
            // Nothing is wanted if others gave some back meanwhile.
            let wanted = bytes.saturating_sub(free);
            if wanted > 0 && self.make_room(wanted, Some(rdd)) == 0 {
                return false;
            }
        }
    }

    pub(super) fn release(&self, bytes: u64) {
        if bytes > 0 {
            self.memory.release_storage(bytes);
        }
    }

    /// Moves blocks out of memory that were not used for longest and that nobody reads now, none of `sparing`; none at
    /// all if that is not enough. How many bytes that gave.
    fn make_room(&self, wanted: u64, sparing: Option<RddId>) -> u64 {
        let mut leaving = Vec::new();
        let mut state = self.lock();
        let State { by_use, rdds, .. } = &mut *state;
        let mut found = 0;
        for id in by_use.values().filter(|id| Some(id.rdd) != sparing) {
            let Some(persisted) = rdds.get(&id.rdd) else { continue };
            let Some(block) = persisted.blocks.get(&id.partition) else { continue };
            let BlockData::Memory(data) = &block.data else { continue };
            // Clones are made under the lock only, so nobody begins to read it meanwhile.
            if block.leaves || Arc::strong_count(data) > 1 {
                continue;
            }
            found += block.bytes;
            leaving.push((*id, persisted.level.use_disk()));
            if found >= wanted {
                break;
            }
        }
        if found < wanted {
            return 0;
        }
        let mut moving = Vec::new();
        for (id, to_disk) in leaving {
            let Some(block) = state.block(id) else { continue };
            block.leaves = true;
            let data = match &block.data {
                BlockData::Memory(data) if to_disk => Some(data.clone()),
                _ => None,
            };
            moving.push((id, data));
        }
        drop(state);
        moving.into_iter().map(|(id, data)| self.move_out(id, data)).sum()
    }

    /// Drops a block from memory; `data`: what is to be written to disk. Until that is done it can be read, and if it
    /// cannot be done it stays: a local checkpoint has nothing else.
    fn move_out(&self, id: BlockId, data: Option<Arc<dyn MemoryBlock>>) -> u64 {
        tracing::info!("Dropping block {id} from memory");
        let file = match data.map(|data| self.write(id, &*data)).transpose() {
            Ok(file) => file,
            Err(reason) => {
                tracing::warn!("Block {id} could not be written to disk and stays in memory: {reason}");
                self.stay(id);
                return 0;
            }
        };
        let mut state = self.lock();
        // Its RDD may be gone, or the block another one.
        let Some(block) = state.block(id).filter(|block| block.leaves) else { return 0 };
        let Some(file) = file else {
            let block = state.take(id);
            drop(state);
            return Self::free(block.into_iter());
        };
        let bytes = file.part(0, 0).stored;
        let used = block.used;
        let data = BlockData::Disk(Arc::new(DiskBlock::new(file)));
        let on_disk = Block { data, bytes, used, leaves: false };
        let in_memory = std::mem::replace(block, on_disk);
        state.by_use.remove(&used);
        drop(state);
        Self::free(std::iter::once(in_memory))
    }

    /// A block does not leave memory after all. It counts as used, so that others are tried before it.
    fn stay(&self, id: BlockId) {
        let mut state = self.lock();
        state.uses += 1;
        let now = state.uses;
        let Some(block) = state.block(id).filter(|block| block.leaves) else { return };
        block.leaves = false;
        let before = std::mem::replace(&mut block.used, now);
        state.by_use.remove(&before);
        state.by_use.insert(now, id);
    }

    /// Writes a block to a file. The rows are the user's: a panic of theirs is not to fail the task that needs memory.
    fn write(&self, id: BlockId, data: &dyn MemoryBlock) -> Result<Arc<SpillFile>, String> {
        let write = || -> Result<_, SpillError> {
            let mut writer = self.dirs.create_spill(&id.to_string(), 1)?;
            data.write(&mut writer)?;
            writer.end_part()?;
            writer.finish()
        };
        match catch_unwind(AssertUnwindSafe(write)) {
            Ok(written) => written.map_err(|error| error.to_string()),
            Err(payload) => Err(format!("writing it panicked: {}", panic_text(&*payload))),
        }
    }
}

impl Evictor for BlockManager {
    fn evict(&self, bytes: u64) {
        self.make_room(bytes, None);
    }
}

impl std::fmt::Debug for BlockManager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BlockManager({:?})", self.infos())
    }
}
