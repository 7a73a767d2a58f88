//! firesteel: Apache Spark's task-scheduling pipeline as an actor system in Rust.
//!
//! ```
//! use firesteel::Context;
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("hamlet.txt");
//! # std::fs::write(&path, "to be or not to be\n")?;
//! # let path = path.to_str().unwrap();
//! let context = Context::builder().master("local[*]").start()?;
//! let counts = context
//!     .text_file(path, 2)
//!     .flat_map(|line| line.into_words())
//!     .map(|word| (word, 1u64))
//!     .reduce_by_key(|a, b| a + b);
//! for (count, word) in counts.map(|(word, count)| (count, word)).top(10)? {
//!     println!("{count:>8} {word}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layout
//! - [`Context`]: starts a system and makes RDDs. [`Error`]: what may fail.
//! - [`rdd`]: [`Rdd`], its operators and actions.
//! - [`text`]: [`Text`](text::Text), lines and words of files without allocation.
//! - [`task`]: what code sees of its task.
//! - [`Accumulator`], [`Broadcast`]: what tasks add to, and what they share; [`StorageLevel`]: where executors keep an RDD.
//! - [`code`]: how closures travel between processes of one executable.
//! - [`actors`]: the control plane, a crate of its own: the actors, their messages, the trace.
//! - `executor`, `launch`, `transport` (feature `cluster`): executors in other processes.

pub use firesteel_actors as actors;

pub mod accumulator;
#[cfg(feature = "cluster")]
mod blocks;
mod broadcast;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cluster")]
mod cluster;
pub mod code;
mod codec;
mod context;
mod error;
#[cfg(feature = "cluster")]
pub mod executor;
#[cfg(feature = "cluster")]
pub mod launch;
mod memory;
mod metrics;
mod output;
#[cfg(feature = "progress")]
mod progress;
mod random;
pub mod rdd;
mod shuffle;
mod spill;
mod storage;
pub mod task;
pub mod text;
#[cfg(feature = "cluster")]
pub mod transport;

pub use accumulator::{Accumulator, CollectionAccumulator, DoubleAccumulator, LongAccumulator};
#[cfg(feature = "cluster")]
#[doc(hidden)]
pub use blocks::fuzz as fuzz_blocks;
pub use broadcast::{Broadcast, BroadcastError};
#[cfg(feature = "cluster")]
pub use cluster::ClusterError;
#[cfg(feature = "cluster")]
#[doc(hidden)]
pub use cluster::fuzz as fuzz_cluster;
pub use codec::{CodecError, CodecErrorKind};
pub use context::{
    Context, ContextBuilder, ExecutorInfo, Explanation, JobFuture, JobHandle, Master, MasterError,
    SparkListener,
};
pub use error::{Error, JobFailure};
pub use metrics::{MetricsSum, MetricsTable, StageMetrics};
pub use output::OutputError;
#[cfg(feature = "progress")]
pub use progress::ConsoleProgressBar;
pub use rdd::{PartitionerInfo, Rdd, StatCounter};
pub use shuffle::{HashPartitioner, Partitioner};
pub use spill::SpillError;
pub use storage::{RddStorageInfo, StorageLevel, StorageLevelError};

/// What actions return.
pub type Result<T> = std::result::Result<T, Error>;
