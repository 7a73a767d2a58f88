//! Shuffles: bringing elements of one key together.
//!
//! A map task writes a typed block with one part per reducer into the executor's [`ShuffleStore`]; a reduce task
//! reads its part of every block. Within a process nothing is encoded. [`Combine`] adds up the values of a key on
//! the map side; [`Gather`] only distributes. Blocks are shared, not consumed, so that a shuffle can be read by
//! any number of jobs; they are freed when the last RDD of the shuffle is dropped.
//!
//! Tables and parts are charged to the task's memory ([`memory`](crate::memory)) as they grow. When more is refused, all of
//! them are written as a run to the map output's file ([`spill`](crate::spill)) and begin anew; nothing is sorted or merged
//! on the map side. At the end of the map task what is in memory stays there if that is granted, else it is the last run. A
//! reducer merges runs and tables part by part ([`CombinedIter`], [`AggregatedIter`]), streams them ([`GatheredRows`]), or
//! sorts them ([`sort_pairs`]); what does not fit goes to temporary files of its own ([`Overflow`]). A map output's file that is gone or
//! damaged is a failure to fetch, so its map task runs again; any other failure of a file fails the task by name.
//!
//! A block says how a reducer's part of it is sent ([`ShuffleBlock`]), and a part that came from another executor becomes a block
//! of the same type, all of whose rows are in what was fetched. Sending and fetching are in `blocks`.

mod aggregated;
mod aggregator;
mod backlog;
mod block;
mod buckets;
mod combine;
mod combined;
mod forgotten;
mod front_cache;
mod gather;
mod gathered;
mod hash;
mod key_keeper;
mod map_stage;
mod map_tables;
mod merge;
mod merger;
mod output_file;
mod overflow;
mod partitioner;
mod range_partitioner;
mod reader;
mod rows_heap;
#[cfg(feature = "cluster")]
mod served;
mod sorted;
mod sorter;
mod store;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use aggregated::{AggregatedIter, Group};
pub(crate) use aggregator::Aggregator;
pub(crate) use block::ShuffleBlock;
pub(crate) use combine::{Combine, CombinedBlock};
pub(crate) use combined::CombinedIter;
pub(crate) use forgotten::Forgotten;
pub(crate) use gather::{By, ByHash, Distribute, Gather, GatheredBlock};
pub(crate) use gathered::GatheredRows;
pub(crate) use hash::hash_key;
pub(crate) use key_keeper::KeyKeeper;
pub(crate) use map_stage::{ShuffleWriter, TypedMapStage, check_levels};
#[cfg(feature = "cluster")]
pub(crate) use output_file::{FetchedFrom, Kept};
pub(crate) use overflow::{FAN_OUT, LEAST_ROWS, MAX_LEVEL, Overflow, file_of};
pub use partitioner::{HashPartitioner, Partitioner};
pub(crate) use range_partitioner::RangeBounds;
pub(crate) use reader::read_blocks;
#[cfg(feature = "cluster")]
pub(crate) use reader::typed_block;
pub(crate) use rows_heap::RowsHeap;
#[cfg(all(test, feature = "cluster"))]
pub(crate) use served::ServedPart;
pub(crate) use sorted::{SortedIter, sort_pairs};
pub(crate) use store::{Block, ShuffleStore};
