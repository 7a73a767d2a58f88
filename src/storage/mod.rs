//! What executors keep of RDDs between jobs: the blocks of [`persist`](crate::Rdd::persist) and of local checkpoints.
//!
//! A [`BlockManager`] per executor holds one block per partition of a persisted RDD: its values as they are, its rows
//! encoded ([`codec`](crate::codec)), or a file of rows ([`spill`](crate::spill)), as the [`StorageLevel`] says. Memory is
//! that of the [`MemoryManager`](crate::memory::MemoryManager), shared with running tasks: blocks that were not used for
//! longest make room, by going to disk or away, but never for a block of their own RDD. [`get_or_compute`] is a task's way
//! to a block: read it, or compute the partition and keep it as far as there is room. A block that is gone or damaged is
//! computed again; one of a local checkpoint cannot be, so it stays: in memory if it cannot be written to disk. Of tasks that
//! need the same absent block at a time one computes it and the others wait ([`computing`]).
//!
//! The DAGScheduler is told of every block that comes or goes (`BlockUpdated`), so that it plans around what is there.
//! Not here: which RDDs are persisted (the driver's [`PersistedRdd`](crate::context::PersistedRdd) says so), replicas, and
//! serving other machines.

mod block;
mod block_manager;
mod computing;
mod get_or_compute;
mod level;
mod memory;
mod read;
#[cfg(test)]
mod tests;
mod unroll;

pub(crate) use block::{BlockId, drop_quietly};
pub(crate) use block_manager::BlockManager;
pub use block_manager::RddStorageInfo;
pub(crate) use get_or_compute::{get_block, get_or_compute};
pub use level::{StorageLevel, StorageLevelError};
pub use read::CachedIter;
pub(crate) use read::FileRows;
