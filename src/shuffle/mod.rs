//! Shuffles: bringing elements of one key together.
//!
//! A map task writes a typed block with one part per reducer into the executor's [`ShuffleStore`]; a reduce task
//! reads its part of every block. Within a process nothing is encoded. [`Combine`] adds up the values of a key on
//! the map side; [`Gather`] only distributes. Blocks are shared, not consumed, so that a shuffle can be read by
//! any number of jobs; they are freed when the last RDD of the shuffle is dropped.
//!
//! Not here: spilling, and serving other processes.

mod combine;
mod gather;
mod hash;
mod key_keeper;
mod map_stage;
mod partitioner;
mod range_partitioner;
mod reader;
mod store;

pub(crate) use combine::{Aggregator, Combine, CombinedBlock, CombinedIter};
pub(crate) use gather::{By, ByHash, Distribute, Gather, GatheredBlock};
pub(crate) use hash::hash_key;
pub(crate) use map_stage::{ShuffleWriter, TypedMapStage, check_levels};
pub use partitioner::{HashPartitioner, Partitioner};
pub(crate) use range_partitioner::RangeBounds;
pub(crate) use reader::read_blocks;
pub(crate) use store::ShuffleStore;
