//! What the jobs that write a checkpoint do with a partition.

use std::{path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};

use super::part_name;
use crate::{
    rdd::{Data, action::ResultFunction},
    spill::SpillError,
    task::{TaskContext, TaskError},
};

/// Writes a partition to its file. Each attempt writes apart; the first that is whole takes the name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WritePartition {
    pub(super) directory: PathBuf,
}

impl<T: Data, I: Iterator<Item = T>> ResultFunction<I> for WritePartition {
    type Out = ();

    fn run(&self, items: I, task: &Arc<TaskContext>) -> Result<(), TaskError> {
        self.write(items, task).map_err(TaskError::Checkpoint)
    }
}

impl WritePartition {
    fn write<T: Data>(
        &self,
        items: impl Iterator<Item = T>,
        task: &Arc<TaskContext>,
    ) -> Result<(), SpillError> {
        let name = part_name(task.partition_id());
        let attempt = self.directory.join(format!(".{name}-attempt-{}", task.task_attempt_id()));
        let mut writer = task.env.local_dirs.create_at(attempt, 1)?;
        let records = writer.write_all(items, || task.kill_task_if_interrupted())?;
        let written = writer.end_part()?;
        let file = writer.finish()?;
        task.kill_task_if_interrupted();
        let place = self.directory.join(name);
        if !file.keep_as(&place)? {
            tracing::info!("Final output path {} already exists; not overwriting it", place.display());
            return Ok(());
        }
        task.metrics.bytes_written(written.stored);
        task.metrics.records_written(records);
        Ok(())
    }
}

/// Lets a partition pass, so that it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Drain;

impl<I: Iterator> ResultFunction<I> for Drain {
    type Out = ();

    fn run(&self, items: I, _task: &Arc<TaskContext>) -> Result<(), TaskError> {
        items.for_each(drop);
        Ok(())
    }
}
