//! [`StorageMemory`]: memory for a block that is being made, and [`StorageCharge`], that of one that is there.

use std::sync::Arc;

use firesteel_actors::RddId;

use super::BlockManager;
use crate::memory::MemoryManager;

/// Memory that is taken for a block, given back when it is dropped unless the block has it.
pub(super) struct StorageMemory {
    blocks: Arc<BlockManager>,
    rdd: RddId,
    bytes: u64,
}

impl StorageMemory {
    /// Of nothing yet.
    pub(super) fn new(blocks: &Arc<BlockManager>, rdd: RddId) -> Self {
        StorageMemory { blocks: blocks.clone(), rdd, bytes: 0 }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes `bytes` more, for which blocks of other RDDs may have to go; else nothing changes.
    pub(super) fn try_grow(&mut self, bytes: u64) -> bool {
        let granted = bytes == 0 || self.blocks.acquire(self.rdd, bytes);
        if granted {
            self.bytes += bytes;
        }
        granted
    }

    /// Gives back what is above `bytes`.
    pub(super) fn shrink_to(&mut self, bytes: u64) {
        let surplus = self.bytes.saturating_sub(bytes);
        self.bytes -= surplus;
        self.blocks.release(surplus);
    }

    /// The block is made: its memory goes with it.
    pub(super) fn into_charge(mut self) -> StorageCharge {
        StorageCharge { memory: self.blocks.memory().clone(), bytes: std::mem::take(&mut self.bytes) }
    }
}

impl Drop for StorageMemory {
    fn drop(&mut self) {
        self.blocks.release(self.bytes);
    }
}

/// The memory of a block. It knows nothing of other blocks, which would keep each other.
pub(super) struct StorageCharge {
    memory: Arc<MemoryManager>,
    bytes: u64,
}

impl StorageCharge {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Gives it back.
    pub(super) fn release(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        if bytes > 0 {
            self.memory.release_storage(bytes);
        }
    }
}

impl Drop for StorageCharge {
    fn drop(&mut self) {
        self.release();
    }
}
