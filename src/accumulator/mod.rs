//! Accumulators: values to which tasks only add, and which the driver reads (Spark's `AccumulatorV2`).
//!
//! An [`Accumulator`] is a handle that travels beside a function. On an executor it adds to a part of the task's own,
//! which begins at zero; the part comes back with the task's end, as bytes. The DAGScheduler says which parts count
//! (`spark-semantics` 3.1); the driver merges them on the thread that waits for the job, or that reads the value.
//!
//! What an accumulator adds up is an [`Accumulate`]: [`LongSum`], [`DoubleSum`], [`Collected`], or the program's own.

mod accumulate;
mod handle;
mod parts;
mod registry;

pub use accumulate::{Accumulate, Collected, DoubleSum, LongSum};
pub use handle::{Accumulator, CollectionAccumulator, DoubleAccumulator, LongAccumulator};
pub(crate) use parts::Parts;
pub(crate) use registry::Accumulators;
