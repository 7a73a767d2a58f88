//! [`ServedPart`]: a reducer's part of a map output as it is sent to another executor.
//!
//! It has the form of a part in a spill file, so that whoever fetched it reads it like one: runs of frames, first those of the
//! file and then one of what is in memory. Of each run and each part it says where the frames are.

use std::sync::Arc;

use super::output_file::Kept;
use crate::{
    spill::{Compression, LocalDirs, Part, SpillError, SpillFile, SpillWriter},
    task::TaskError,
};

/// Bytes that are read of a file at a time.
const READ_LEN: u64 = 256 << 10;

/// A reducer's part, ready to be sent.
pub(crate) struct ServedPart {
    pub(crate) compression: Compression,
    /// The first of its parts in a run.
    pub(crate) first: usize,
    /// How many parts it has in a run.
    pub(crate) count: usize,
    /// Of all runs, one after the other; offsets count from the first byte that is sent.
    pub(crate) parts: Vec<Part>,
    file: Option<Arc<SpillFile>>,
    /// Where the file's bytes are: one range per run.
    ranges: Vec<(u64, u64)>,
    memory: Vec<u8>,
}

impl ServedPart {
    /// Parts `first..first + count`: those of the file, and those in memory, which `write` writes one after the other.
    pub(super) fn new(
        kept: &Kept,
        (first, count): (usize, usize),
        in_memory: bool,
        dirs: &Arc<LocalDirs>,
        mut write: impl FnMut(&mut SpillWriter, usize) -> Result<(), SpillError>,
    ) -> Result<Self, TaskError> {
        let file = kept.whole_file().cloned();
        let (mut parts, mut ranges, mut end) = (Vec::new(), Vec::new(), 0);
        for run in 0..file.as_ref().map_or(0, |file| file.runs()) {
            let Some(file) = &file else { continue };
            let start = file.part(run, first).offset;
            let mut len = 0;
            for part in (first..first + count).map(|part| file.part(run, part)) {
                parts.push(Part { offset: end + len, ..part });
                len += part.stored;
            }
            if len > 0 {
                ranges.push((start, len));
            }
            end += len;
        }
        let mut compression = file.as_ref().map(|file| file.compression());
        let mut memory = Vec::new();
        if in_memory {
            let mut writer = dirs.create_in_memory("a part of a map output", count);
            for part in first..first + count {
                write(&mut writer, part)?;
                let part = writer.end_part()?;
                parts.push(Part { offset: end + part.offset, ..part });
            }
            let (used, _, bytes) = writer.finish_in_memory();
            compression.get_or_insert(used);
            memory = bytes;
        }
        let compression = compression.unwrap_or(Compression::None);
        Ok(ServedPart { compression, first, count, parts, file, ranges, memory })
    }

    /// Whether the file is there.
    pub(crate) fn check(&self) -> Result<(), TaskError> {
        let (Some(file), Some((start, _))) = (&self.file, self.ranges.first()) else { return Ok(()) };
        Ok(file.read_stored(&mut [0], *start)?)
    }

    /// Hands on all bytes.
    pub(crate) fn read<E: From<TaskError>>(
        self,
        mut send: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut buffer = Vec::new();
        for (start, len) in self.ranges {
            let Some(file) = &self.file else { continue };
            let mut at = 0;
            while at < len {
                let some = (len - at).min(READ_LEN);
                buffer.resize(some as usize, 0);
                file.read_stored(&mut buffer, start + at).map_err(TaskError::from)?;
                send(&buffer)?;
                at += some;
            }
        }
        self.memory.chunks(READ_LEN as usize).try_for_each(send)
    }
}
