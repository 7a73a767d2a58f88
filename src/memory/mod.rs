//! The memory of an executor that shuffles and caches share (Spark's unified memory manager, without its lock waits).
//!
//! A region of `spark.memory.fraction` of the executor's memory is counted out. **Execution** is what running tasks
//! hold in tables and buffers: each has a [`TaskMemory`] and, in it, a [`Reservation`] per consumer. **Storage** is what
//! caches hold, and the outputs of finished map tasks ([`OutputMemory`]) beside it. Either may take what the other
//! leaves; execution pushes cached data out down to `spark.memory.storageFraction` of the region, and map outputs are
//! refused beyond three quarters of it.
//!
//! Nothing here ever waits, and the counted sum never exceeds the region. A consumer that is refused writes what it has to
//! a file and goes on; a floor that is set apart for every slot lets each task make progress whatever the others hold.
//!
//! Bytes are what their owner says: capacities exactly, what values own on the heap as [`HeapSampler`] and
//! [`RowsEstimate`] estimate it. Not here: who is evicted ([`Evictor`]), and the files.

mod estimate;
mod machine;
mod manager;
mod reservation;
mod rows;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use estimate::{HeapSampler, heap_bytes};
pub(crate) use manager::{Evictor, MemoryManager, OutputMemory};
pub(crate) use reservation::Reservation;
pub(crate) use rows::RowsEstimate;
pub(crate) use task::TaskMemory;
