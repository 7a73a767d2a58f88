//! The file of a map output that does not fit into memory.

use std::{sync::Arc, time::Instant};

use firesteel_actors::ShuffleId;
#[cfg(feature = "cluster")]
use firesteel_actors::{ExecutorId, TaskId};

use crate::{
    memory::OutputMemory,
    spill::{SpillError, SpillFile, SpillWriter},
    task::{FetchFailure, TaskContext, TaskError},
};

/// Nanoseconds since then.
pub(super) fn nanos_since(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Collects the runs of one map task in one file, which is made for the first run.
pub(super) struct OutputFile {
    task: Arc<TaskContext>,
    /// Of each run.
    parts: usize,
    writer: Option<SpillWriter>,
    /// Bytes of a row in memory.
    row: u64,
    /// What rows own beside that, all together.
    heap: u64,
    /// Rows in the file by part.
    rows: Vec<u64>,
}

impl OutputFile {
    /// For rows of a type.
    pub(super) fn of<T>(task: &Arc<TaskContext>, parts: usize) -> Self {
        let row = size_of::<T>() as u64;
        OutputFile { task: task.clone(), parts, writer: None, row, heap: 0, rows: Vec::new() }
    }

    /// Takes note of what rows own, of a run or of those that stay in memory.
    pub(super) fn add_heap(&mut self, bytes: u64) {
        self.heap = self.heap.saturating_add(bytes);
    }

    /// Writes a run: `write` is called once for each part, in order. `memory` is what that frees.
    pub(super) fn run(
        &mut self,
        memory: u64,
        mut write: impl FnMut(&mut SpillWriter, usize) -> Result<(), SpillError>,
    ) -> Result<(), SpillError> {
        let begun = Instant::now();
        let task = &self.task;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let name =
                    format!("shuffle-{}-{}-{}", task.stage_id(), task.partition_id(), task.task_attempt_id());
                none.insert(task.env.local_dirs.create_output(&name, self.parts)?)
            }
        };
        self.rows.resize(self.parts, 0);
        let before = writer.stored();
        for (part, rows) in self.rows.iter_mut().enumerate() {
            task.kill_task_if_interrupted();
            write(writer, part)?;
            *rows += writer.end_part()?.rows;
        }
        let stored = writer.stored() - before;
        task.metrics.memory_bytes_spilled(memory);
        task.metrics.disk_bytes_spilled(stored);
        task.metrics.shuffle_write_time(nanos_since(begun));
        tracing::debug!(
            "task {} spilled {memory} bytes of memory to disk ({stored} bytes, run {})",
            task.task_attempt_id(),
            writer.runs()
        );
        Ok(())
    }

    /// How many parts a run has.
    pub(super) fn parts(&self) -> usize {
        self.parts
    }

    /// Rows that were written.
    pub(super) fn rows(&self) -> u64 {
        self.rows.iter().sum()
    }

    /// The bytes of each reducer's rows, those in memory (`rows`) and those in the file, as they lie in memory: how many of
    /// them are where must not make a part look larger than another. What rows own is shared out evenly. To be called once, at
    /// the end.
    pub(super) fn sizes(&mut self, mut rows: Vec<u64>) -> Vec<u64> {
        let per_reducer = self.parts / rows.len().max(1);
        for (rows, in_file) in rows.iter_mut().zip(self.rows.chunks(per_reducer.max(1))) {
            *rows += in_file.iter().sum::<u64>();
        }
        self.row += std::mem::take(&mut self.heap) / rows.iter().sum::<u64>().max(1);
        // A part whose rows have no bytes is not empty: who looks for a reducer's parts passes over those of no size.
        self.row = self.row.max(1);
        rows.into_iter().map(|rows| rows.saturating_mul(self.row)).collect()
    }

    fn finish(self) -> Result<Option<Arc<SpillFile>>, SpillError> {
        self.writer.map(SpillWriter::finish).transpose()
    }
}

/// Where the rows of a map output are that are not in its block's memory, and what the block's memory is charged to.
#[derive(Debug)]
pub(crate) struct Kept {
    file: Option<Arc<SpillFile>>,
    /// Bytes of a row in memory, with what rows own on average.
    row: u64,
    /// Whose output it is.
    shuffle_id: Option<ShuffleId>,
    map_index: u32,
    /// Given back with the block.
    _memory: Option<OutputMemory>,
    #[cfg(feature = "cluster")]
    fetched: Option<FetchedFrom>,
}

/// Where what was fetched comes from, and what it holds meanwhile.
#[cfg(feature = "cluster")]
pub(crate) struct FetchedFrom {
    pub(crate) executor_id: ExecutorId,
    pub(crate) shuffle_id: ShuffleId,
    pub(crate) map_index: u32,
    pub(crate) map_id: TaskId,
    /// Given back with the block.
    pub(crate) _held: Option<Box<dyn Send + Sync>>,
}

#[cfg(feature = "cluster")]
impl std::fmt::Debug for FetchedFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "output {} of {} from {:?}", self.map_index, self.shuffle_id, self.executor_id)
    }
}

impl Kept {
    /// Ends a map output: `memory` is charged for what stays in memory, if it could be kept.
    pub(super) fn new(file: OutputFile, memory: Option<OutputMemory>) -> Result<Self, SpillError> {
        let (shuffle_id, map_index) = (file.task.output_of(), file.task.partition_id());
        let row = file.row;
        Ok(Kept {
            file: file.finish()?,
            row,
            shuffle_id,
            map_index,
            _memory: memory,
            #[cfg(feature = "cluster")]
            fetched: None,
        })
    }

    /// What was fetched of another executor's output.
    #[cfg(feature = "cluster")]
    pub(crate) fn fetched(file: SpillFile, from: FetchedFrom) -> Self {
        Kept {
            file: Some(Arc::new(file)),
            row: 0,
            shuffle_id: Some(from.shuffle_id),
            map_index: from.map_index,
            _memory: None,
            fetched: Some(from),
        }
    }

    /// The file, whatever it has.
    #[cfg(feature = "cluster")]
    pub(super) fn whole_file(&self) -> Option<&Arc<SpillFile>> {
        self.file.as_ref()
    }

    /// The file, if it has rows of a part.
    pub(super) fn file(&self, part: usize) -> Option<&Arc<SpillFile>> {
        self.file.as_ref().filter(|file| (0..file.runs()).any(|run| file.part(run, part).rows > 0))
    }

    /// How many rows of a part are in the file.
    pub(super) fn stored(&self, part: usize) -> u64 {
        let runs = self.file.iter().flat_map(|file| (0..file.runs()).map(move |run| file.part(run, part)));
        runs.map(|part| part.rows).sum()
    }

    /// Counts the rows of a part as read, of which so many are in memory.
    pub(super) fn count_read(&self, part: usize, in_memory: usize, task: &TaskContext) {
        let rows = in_memory as u64 + self.stored(part);
        task.metrics.shuffle_records_read(rows);
        // Bytes from elsewhere were counted when they came.
        #[cfg(feature = "cluster")]
        if self.fetched.is_some() {
            return;
        }
        let bytes = rows.saturating_mul(self.row);
        task.metrics.shuffle_total_bytes_read(bytes);
        task.metrics.shuffle_local_bytes_read(bytes);
    }

    /// What it means that the file cannot be read: the map task has to run again.
    pub(super) fn fetch_failed(&self, error: SpillError, reduce: usize, task: &TaskContext) -> TaskError {
        if !error.is_of_stored_data() {
            return error.into();
        }
        let Some(shuffle_id) = self.shuffle_id else { return error.into() };
        tracing::warn!("map output {} of shuffle {shuffle_id} has to be made again: {error}", self.map_index);
        let failure = FetchFailure {
            executor_id: Some(task.executor_id()),
            shuffle_id,
            map_id: None,
            map_index: Some(self.map_index),
            reduce_id: reduce as u32,
            message: error.to_string(),
        };
        #[cfg(feature = "cluster")]
        if let Some(from) = &self.fetched {
            let (executor_id, map_id) = (Some(from.executor_id), Some(from.map_id));
            return FetchFailure { executor_id, map_id, ..failure }.into();
        }
        failure.into()
    }
}
