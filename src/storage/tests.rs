//! Levels, and blocks as values.

mod computing;
mod readers;

use std::sync::Arc;

use firesteel_actors::{Config, RddId};

use super::{
    BlockId, BlockManager, StorageLevel,
    block::{Charged, DiskBlock, Rows},
    block_manager::Lookup,
    memory::StorageMemory,
};
use crate::{
    memory::{Evictor, MemoryManager},
    spill::{LocalDirs, SpillError, SpillWriter},
};

/// With so many bytes for storage.
fn blocks(bytes: u64) -> (Arc<BlockManager>, Arc<MemoryManager>, Arc<LocalDirs>) {
    let memory = MemoryManager::of_region(bytes * 8 / 7, 0.5, 1);
    let dirs = LocalDirs::new(&Config::default().spill);
    (BlockManager::new(&memory, &dirs), memory, dirs)
}

/// Keeps 100 bytes as a block.
fn put(blocks: &Arc<BlockManager>, rdd: u32, partition: u32) -> bool {
    let id = BlockId { rdd: RddId(rdd), partition };
    let mut memory = StorageMemory::new(blocks, id.rdd);
    let granted = memory.try_grow(100);
    if granted {
        blocks.put_in_memory(id, Arc::new(Charged::new(vec![partition as u8; 100], memory)));
    }
    granted
}

/// The blocks that are in memory, and those on disk.
fn there(blocks: &BlockManager) -> (u64, u64) {
    let infos = blocks.infos();
    let in_memory: u64 = infos.iter().map(|info| info.memory_size).sum();
    let all: usize = infos.iter().map(|info| info.num_cached_partitions).sum();
    (in_memory / 100, all as u64 - in_memory / 100)
}

#[test]
fn cache_002_the_level_of_a_local_checkpoint_has_disk() {
    for (level, expected) in [
        ("NONE", "MEMORY_AND_DISK"),
        ("MEMORY_ONLY", "MEMORY_AND_DISK"),
        ("MEMORY_ONLY_SER", "MEMORY_AND_DISK_SER"),
        ("MEMORY_ONLY_2", "MEMORY_AND_DISK_2"),
        ("MEMORY_AND_DISK", "MEMORY_AND_DISK"),
        ("DISK_ONLY", "DISK_ONLY"),
    ] {
        let level: StorageLevel = level.parse().unwrap();
        assert_eq!(Ok(level.of_local_checkpoint()), expected.parse());
    }
}

#[test]
fn levels_are_shown_as_in_spark() {
    let level = StorageLevel::MEMORY_AND_DISK_2;
    assert_eq!(level.description(), "Disk Memory Deserialized 2x Replicated");
    assert_eq!(level.to_string(), "StorageLevel(disk, memory, deserialized, 2 replicas)");
    assert_eq!(StorageLevel::NONE.to_string(), "StorageLevel(1 replicas)");
}

#[test]
fn blocks_make_room_for_those_of_others_longest_unused_first() {
    let (blocks, memory, _dirs) = blocks(400);
    for rdd in 0..3 {
        blocks.register(RddId(rdd), StorageLevel::MEMORY_ONLY);
    }
    assert!(put(&blocks, 0, 0) && put(&blocks, 1, 0) && put(&blocks, 0, 1) && put(&blocks, 0, 2));
    assert!(matches!(blocks.get(BlockId { rdd: RddId(0), partition: 0 }), Lookup::Found(_, 100)));
    // Of its own RDD none goes.
    assert!(put(&blocks, 0, 3) && !put(&blocks, 0, 4));
    assert!(matches!(blocks.get(BlockId { rdd: RddId(1), partition: 0 }), Lookup::Absent(_)));
    assert!(put(&blocks, 2, 0));
    assert!(matches!(blocks.get(BlockId { rdd: RddId(0), partition: 1 }), Lookup::Absent(_)));
    assert!(matches!(blocks.get(BlockId { rdd: RddId(0), partition: 0 }), Lookup::Found(_, 100)));
    assert_eq!(there(&blocks), (4, 0));
    blocks.remove_rdd(RddId(0));
    assert_eq!(there(&blocks), (1, 0));
    blocks.close();
    assert_eq!(memory.used(), 0);
}

#[test]
fn what_is_read_stays() {
    let (blocks, _memory, _dirs) = blocks(200);
    blocks.register(RddId(0), StorageLevel::MEMORY_ONLY);
    blocks.register(RddId(1), StorageLevel::MEMORY_ONLY);
    assert!(put(&blocks, 0, 0) && put(&blocks, 0, 1));
    let reading = blocks.get(BlockId { rdd: RddId(0), partition: 0 });
    // The other one goes, and then there is none that could.
    assert!(put(&blocks, 1, 0) && !put(&blocks, 1, 1));
    drop(reading);
    assert!(put(&blocks, 1, 1));
}

#[test]
fn tasks_that_need_memory_move_blocks_to_disk() {
    let (blocks, memory, dirs) = blocks(300);
    blocks.register(RddId(0), StorageLevel::MEMORY_AND_DISK);
    assert!((0..3).all(|partition| put(&blocks, 0, partition)));
    blocks.evict(150);
    assert_eq!((there(&blocks), dirs.files().len(), memory.used()), ((1, 2), 2, 100));
    // More than there is: nothing is moved in vain.
    blocks.evict(101);
    assert_eq!(there(&blocks), (1, 2));
    // A disk that is full: it stays, and can go later.
    dirs.set_room(0);
    blocks.evict(100);
    assert_eq!((there(&blocks), memory.used()), ((1, 2), 100));
    dirs.set_room(u64::MAX);
    blocks.evict(100);
    assert_eq!((there(&blocks), memory.used()), ((0, 3), 0));
    blocks.remove_rdd(RddId(0));
    assert_eq!(dirs.files().len(), 0);
}

#[test]
fn a_block_that_cannot_be_written_lets_others_go_first() {
    let (blocks, memory, dirs) = blocks(200);
    blocks.register(RddId(0), StorageLevel::MEMORY_AND_DISK);
    blocks.register(RddId(1), StorageLevel::MEMORY_ONLY);
    assert!(put(&blocks, 0, 0) && put(&blocks, 1, 0));
    dirs.set_room(0);
    for _ in 0..2 {
        blocks.evict(100);
    }
    assert!(matches!(blocks.get(BlockId { rdd: RddId(0), partition: 0 }), Lookup::Found(_, 100)));
    assert_eq!((there(&blocks), memory.used()), ((1, 0), 100));
}

#[test]
fn a_file_is_looked_through_once_until_it_changes() {
    let (_blocks, _memory, dirs) = blocks(0);
    let mut writer = dirs.create_spill("test", 1).unwrap();
    (0..1_000u64).try_for_each(|number| writer.write(&number)).unwrap();
    writer.end_part().unwrap();
    let block = DiskBlock::new(writer.finish().unwrap());
    block.verify(|| ()).unwrap();
    let path = block.file.path();
    let written = std::fs::metadata(path).unwrap().modified().unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    bytes[40] ^= 1;
    std::fs::write(path, bytes).unwrap();
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(written).unwrap();
    block.verify(|| ()).unwrap();
    file.set_modified(written + std::time::Duration::from_secs(1)).unwrap();
    block.verify(|| ()).unwrap_err();
}

#[test]
fn a_task_that_outlives_its_rdd_leaves_nothing() {
    let (blocks, memory, _dirs) = blocks(300);
    blocks.register(RddId(0), StorageLevel::MEMORY_ONLY);
    blocks.remove_rdd(RddId(0));
    assert!(put(&blocks, 0, 0));
    assert_eq!((there(&blocks), memory.used()), ((0, 0), 0));
    // Of two attempts the first stays.
    blocks.register(RddId(1), StorageLevel::MEMORY_ONLY);
    assert!(put(&blocks, 1, 0) && put(&blocks, 1, 0));
    assert_eq!((there(&blocks), memory.used()), ((1, 0), 100));
}

/// A block that looks at the memory when it is dropped.
struct Looks(Arc<MemoryManager>, std::sync::mpsc::Sender<u64>);

impl Drop for Looks {
    fn drop(&mut self) {
        self.1.send(self.0.used()).unwrap();
    }
}

impl Rows for Looks {
    fn write(&self, _writer: &mut SpillWriter) -> Result<(), SpillError> {
        Ok(())
    }
}

#[test]
fn memory_is_given_back_when_values_are_gone() {
    let (blocks, memory, _dirs) = blocks(400);
    let (sender, used) = std::sync::mpsc::channel();
    let id = BlockId { rdd: RddId(0), partition: 0 };
    blocks.register(id.rdd, StorageLevel::MEMORY_ONLY);
    let mut storage = StorageMemory::new(&blocks, id.rdd);
    assert!(storage.try_grow(100));
    blocks.put_in_memory(id, Arc::new(Charged::new(Looks(memory.clone(), sender), storage)));
    assert_eq!(memory.used(), 100);
    blocks.remove_rdd(id.rdd);
    assert_eq!((used.try_recv(), memory.used()), (Ok(100), 0));
}
