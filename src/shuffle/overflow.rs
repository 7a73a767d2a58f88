//! [`Overflow`]: rows that did not fit into memory, divided among temporary files.

use std::sync::Arc;

use serde::Serialize;

use crate::{
    spill::{SpillError, SpillFile, SpillWriter},
    task::TaskContext,
};

/// Files of one overflow.
pub(crate) const FAN_OUT: usize = 16;
/// Levels of them. What is left together then has equal hashes, or is one key.
pub(crate) const MAX_LEVEL: u32 = 6;

/// So many rows stay in memory before a refusal makes them go to files.
pub(crate) const LEAST_ROWS: usize = super::table::LEAST_ROWS;

/// Which file of a level a hash belongs to. Other bits at each level, and none that chose the part or the table's slots
/// alone.
pub(crate) fn file_of(hash: u64, level: u32) -> usize {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    ((hash ^ u64::from(level).wrapping_mul(ODD)).wrapping_mul(ODD).rotate_left(4 * level + 4) as usize)
        % FAN_OUT
}

/// The files of one level into which rows go by bits of their hashes, each to be worked on like a part of its own. Rows of
/// one hash stay in their order. A file is made for its first row.
pub(crate) struct Overflow {
    /// What the files' names begin with.
    name: &'static str,
    level: u32,
    files: Vec<Option<SpillWriter>>,
    rows: u64,
    task: Arc<TaskContext>,
}

impl Overflow {
    pub(crate) fn new(name: &'static str, level: u32, task: &Arc<TaskContext>) -> Self {
        let mut files = Vec::new();
        files.resize_with(FAN_OUT, || None);
        Overflow { name, level, files, rows: 0, task: task.clone() }
    }

    /// Writes a row to its file.
    pub(crate) fn write<T: Serialize>(&mut self, hash: u64, row: &T) -> Result<(), SpillError> {
        if self.rows & 1023 == 0 {
            self.task.kill_task_if_interrupted();
        }
        self.rows += 1;
        let Some(slot) = self.files.get_mut(file_of(hash, self.level)) else { return Ok(()) };
        let writer = match slot {
            Some(writer) => writer,
            none => {
                let name = format!("{}-{}", self.name, self.task.task_attempt_id());
                none.insert(self.task.env.local_dirs.create_spill(&name, 1)?)
            }
        };
        writer.write(row)
    }

    /// Ends all files; those that have no row are not there.
    pub(crate) fn finish(self) -> Result<Vec<Option<Arc<SpillFile>>>, SpillError> {
        let mut finished = Vec::new();
        for file in self.files {
            let file = match file {
                Some(mut writer) => {
                    writer.end_part()?;
                    self.task.metrics.disk_bytes_spilled(writer.stored());
                    Some(writer.finish()?)
                }
                None => None,
            };
            finished.push(file);
        }
        Ok(finished)
    }
}
