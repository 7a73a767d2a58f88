//! A partition's file while an attempt writes it, by the rules of Hadoop's FileOutputCommitter: each attempt writes
//! apart, the one that may commit moves its file into place, and the others leave nothing.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::directory::{attempts, part_name};
use crate::task::{TaskContext, TaskError};

const BUFFER: usize = 1 << 18;

/// A file that takes its place with [`commit`](AttemptFile::commit); dropped without, it is removed.
#[derive(Debug)]
pub(crate) struct AttemptFile {
    attempt: PathBuf,
    target: PathBuf,
    file: BufWriter<File>,
    committed: bool,
}

impl AttemptFile {
    /// Begins the file of a task's partition within a directory.
    pub(crate) fn create(directory: &Path, task: &TaskContext) -> Result<Self, TaskError> {
        let part = part_name(task.partition_id());
        let attempt = attempts(directory).join(format!("{part}.attempt-{}", task.task_attempt_id()));
        let file = File::create_new(&attempt).map_err(|error| failed(&attempt, error))?;
        let file = BufWriter::with_capacity(BUFFER, file);
        Ok(AttemptFile { attempt, target: directory.join(part), file, committed: false })
    }

    /// Lets `write` add to it.
    pub(crate) fn write<T>(
        &mut self,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
    ) -> Result<T, TaskError> {
        write(&mut self.file).map_err(|error| failed(&self.attempt, error))
    }

    /// Everything is written: asks whether this attempt may commit, and moves the file into its place.
    ///
    /// # Errors
    /// [`TaskError::CommitDenied`] if another attempt may; [`TaskError::Output`] if the file system refuses.
    pub(crate) fn commit(mut self, task: &TaskContext) -> Result<(), TaskError> {
        self.write(|file| file.flush())?;
        task.kill_task_if_interrupted();
        task.ask_permission_to_commit()?;
        // A kill that came meanwhile gives the permission back.
        task.kill_task_if_interrupted();
        fs::rename(&self.attempt, &self.target).map_err(|error| failed(&self.target, error))?;
        self.committed = true;
        Ok(())
    }
}

fn failed(path: &Path, source: io::Error) -> TaskError {
    TaskError::Output { path: path.to_owned(), source: Arc::new(source) }
}

impl Drop for AttemptFile {
    fn drop(&mut self) {
        if !self.committed
            && let Err(error) = fs::remove_file(&self.attempt)
            // The job has failed meanwhile, and its directory is gone.
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("cannot remove {}: {error}", self.attempt.display());
        }
    }
}
