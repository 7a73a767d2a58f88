//! What readers hold when a block goes.

use super::*;

#[test]
fn memory_of_a_block_is_held_until_its_last_reader_ends() {
    let (blocks, memory, _dirs) = blocks(300);
    blocks.register(RddId(0), StorageLevel::MEMORY_ONLY);
    assert!(put(&blocks, 0, 0) && put(&blocks, 0, 1));
    let readers = [0, 0].map(|partition| blocks.get(BlockId { rdd: RddId(0), partition }));
    blocks.remove_rdd(RddId(0));
    assert_eq!((there(&blocks), memory.used()), ((0, 0), 100));
    let [first, second] = readers;
    drop(first);
    assert_eq!(memory.used(), 100);
    drop(second);
    assert_eq!(memory.used(), 0);
}

#[test]
fn a_reader_that_begins_while_a_block_is_written_holds_its_memory() {
    let (blocks, memory, dirs) = blocks(300);
    let id = BlockId { rdd: RddId(0), partition: 0 };
    blocks.register(id.rdd, StorageLevel::MEMORY_AND_DISK);
    let reader = Arc::default();
    put_rows(&blocks, id, WhileWritten(blocks.clone(), id, Action::Read(Arc::clone(&reader))));
    blocks.evict(100);
    assert_eq!((there(&blocks), memory.used(), dirs.files().len()), ((0, 1), 100, 1));
    drop(reader.lock().unwrap().take());
    assert_eq!(memory.used(), 0);
    blocks.close();
}

#[test]
fn a_block_that_is_unpersisted_while_it_is_written_leaves_no_file() {
    let (blocks, memory, dirs) = blocks(300);
    let id = BlockId { rdd: RddId(0), partition: 0 };
    blocks.register(id.rdd, StorageLevel::MEMORY_AND_DISK);
    put_rows(&blocks, id, WhileWritten(blocks.clone(), id, Action::Unpersist));
    blocks.evict(100);
    assert_eq!((there(&blocks), memory.used(), dirs.files().len()), ((0, 0), 0, 0));
}

#[test]
fn files_of_blocks_go_with_their_last_reader() {
    let (blocks, _memory, dirs) = blocks(300);
    blocks.register(RddId(0), StorageLevel::MEMORY_AND_DISK);
    assert!(put(&blocks, 0, 0) && put(&blocks, 0, 1));
    blocks.evict(200);
    assert_eq!(dirs.files().len(), 2);
    let reader = blocks.get(BlockId { rdd: RddId(0), partition: 0 });
    blocks.remove_rdd(RddId(0));
    assert_eq!(dirs.files().len(), 1);
    drop(reader);
    assert_eq!(dirs.files().len(), 0);
}

#[test]
fn a_panic_of_values_that_are_dropped_does_not_hit_who_needs_their_memory() {
    let (blocks, memory, _dirs) = blocks(300);
    let id = BlockId { rdd: RddId(0), partition: 0 };
    blocks.register(id.rdd, StorageLevel::MEMORY_ONLY);
    put_rows(&blocks, id, Panics);
    blocks.evict(100);
    assert_eq!((there(&blocks), memory.used()), ((0, 0), 0));
}

fn put_rows(blocks: &Arc<BlockManager>, id: BlockId, rows: impl Rows) {
    let mut memory = StorageMemory::new(blocks, id.rdd);
    assert!(memory.try_grow(100));
    blocks.put_in_memory(id, Arc::new(Charged::new(rows, memory)));
}

struct Panics;

impl Drop for Panics {
    fn drop(&mut self) {
        panic!("a value that cannot be dropped");
    }
}

impl Rows for Panics {
    fn write(&self, _writer: &mut SpillWriter) -> Result<(), SpillError> {
        Ok(())
    }
}

/// Rows that do something with their own block while they are written.
struct WhileWritten(Arc<BlockManager>, BlockId, Action);

enum Action {
    Read(Arc<std::sync::Mutex<Option<Lookup>>>),
    Unpersist,
}

impl Rows for WhileWritten {
    fn write(&self, _writer: &mut SpillWriter) -> Result<(), SpillError> {
        match &self.2 {
            Action::Read(reader) => *reader.lock().unwrap() = Some(self.0.get(self.1)),
            Action::Unpersist => self.0.remove_rdd(self.1.rdd),
        }
        Ok(())
    }
}
