//! What a block is, and the form of one in memory.

use std::{
    any::Any,
    fmt, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use firesteel_actors::{RddId, carrier::panic_text};

use super::memory::{StorageCharge, StorageMemory};
use crate::{
    rdd::Data,
    spill::{SpillError, SpillFile, SpillWriter},
};

/// A partition of a persisted RDD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BlockId {
    pub(crate) rdd: RddId,
    pub(crate) partition: u32,
}

/// As Spark names it: `rdd_3_0`.
impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rdd_{}_{}", self.rdd, self.partition)
    }
}

/// What is in memory of a block: [`Charged`] rows.
pub(crate) trait MemoryBlock: Any + Send + Sync {
    /// What it is charged with.
    fn bytes(&self) -> u64;

    /// Writes its rows, all into one part.
    fn write(&self, writer: &mut SpillWriter) -> Result<(), SpillError>;
}

/// The rows of a block: a `Vec` of values, or [`EncodedRows`].
pub(super) trait Rows: Send + Sync + 'static {
    fn write(&self, writer: &mut SpillWriter) -> Result<(), SpillError>;
}

/// Rows in memory, and what they are charged to. The block and its readers share it, so its memory is given back when the
/// last of them goes.
pub(super) struct Charged<R> {
    /// There until it is dropped.
    rows: Option<R>,
    charge: StorageCharge,
}

impl<R> Charged<R> {
    pub(super) fn new(rows: R, memory: StorageMemory) -> Self {
        Charged { rows: Some(rows), charge: memory.into_charge() }
    }

    #[inline]
    pub(super) fn rows(&self) -> Option<&R> {
        self.rows.as_ref()
    }
}

impl<R> Drop for Charged<R> {
    fn drop(&mut self) {
        let rows = self.rows.take();
        drop_quietly("kept values", rows);
        self.charge.release();
    }
}

/// Drops values of the user's. A panic of theirs is not to hit the task that happens to be the one that does it.
pub(crate) fn drop_quietly<T>(what: &str, values: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(values))) {
        tracing::error!("dropping {what} panicked: {}", panic_text(&*payload));
    }
}

impl<R: Rows> MemoryBlock for Charged<R> {
    fn bytes(&self) -> u64 {
        self.charge.bytes()
    }

    fn write(&self, writer: &mut SpillWriter) -> Result<(), SpillError> {
        self.rows.as_ref().map_or(Ok(()), |rows| rows.write(writer))
    }
}

impl<T: Data> Rows for Vec<T> {
    fn write(&self, writer: &mut SpillWriter) -> Result<(), SpillError> {
        self.iter().try_for_each(|value| writer.write(value))
    }
}

/// Rows as the codec writes them, in pieces of whole rows.
#[derive(Debug, Default)]
pub(super) struct EncodedRows {
    pub(super) pieces: Vec<Piece>,
    pub(super) rows: u64,
}

#[derive(Debug)]
pub(super) struct Piece {
    pub(super) bytes: Box<[u8]>,
    pub(super) rows: u64,
}

impl Rows for EncodedRows {
    fn write(&self, writer: &mut SpillWriter) -> Result<(), SpillError> {
        self.pieces.iter().try_for_each(|piece| writer.write_encoded(&piece.bytes, piece.rows))
    }
}

/// Where a block is.
#[derive(Clone)]
pub(super) enum BlockData {
    Memory(Arc<dyn MemoryBlock>),
    Disk(Arc<DiskBlock>),
}

/// A block's file.
pub(super) struct DiskBlock {
    pub(super) file: Arc<SpillFile>,
    /// Length and time of the last change when it was looked through.
    verified: Mutex<Option<(u64, SystemTime)>>,
}

impl DiskBlock {
    pub(super) fn new(file: Arc<SpillFile>) -> Self {
        DiskBlock { file, verified: Mutex::default() }
    }

    /// Looks the file through, once as long as nobody changes it. `check` is called again and again meanwhile, and may end
    /// the task.
    pub(super) fn verify(&self, check: impl Fn()) -> Result<(), SpillError> {
        let path = self.file.path();
        let metadata = fs::metadata(path).and_then(|metadata| Ok((metadata.len(), metadata.modified()?)));
        let now = metadata.map_err(|error| SpillError::io("open", path, error))?;
        if *self.verified.lock().unwrap_or_else(PoisonError::into_inner) == Some(now) {
            return Ok(());
        }
        self.file.verify(0, 0, check)?;
        *self.verified.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(())
    }
}
