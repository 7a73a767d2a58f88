//! [`StorageMemory`]: memory for a block that is being made.

use std::sync::Arc;

use firesteel_actors::RddId;

use super::BlockManager;

/// Memory that is taken for a block, given back when it is dropped unless the block was kept.
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

    /// The block is kept: its bytes are given back with it.
    pub(super) fn keep(mut self) -> u64 {
        std::mem::take(&mut self.bytes)
    }
}

impl Drop for StorageMemory {
    fn drop(&mut self) {
        self.blocks.release(self.bytes);
    }
}
