//! What a block is, and the form of one in memory.

use std::{
    any::Any,
    fmt, fs,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use firesteel_actors::RddId;

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

/// What is in memory of a block: a `Vec` of values, or [`EncodedRows`].
pub(crate) trait MemoryBlock: Any + Send + Sync {
    /// Writes its rows, all into one part.
    fn write(&self, writer: &mut SpillWriter) -> Result<(), SpillError>;
}

impl<T: Data> MemoryBlock for Vec<T> {
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

impl MemoryBlock for EncodedRows {
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

    /// Looks the file through, once as long as nobody changes it.
    pub(super) fn verify(&self) -> Result<(), SpillError> {
        let path = self.file.path();
        let metadata = fs::metadata(path).and_then(|metadata| Ok((metadata.len(), metadata.modified()?)));
        let now = metadata.map_err(|error| SpillError::io("open", path, error))?;
        if *self.verified.lock().unwrap_or_else(PoisonError::into_inner) == Some(now) {
            return Ok(());
        }
        self.file.verify(0, 0)?;
        *self.verified.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(())
    }
}
