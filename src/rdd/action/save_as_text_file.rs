//! `save_as_text_file`: one file per partition, all or nothing.

use std::{any::Any, fmt::Display, io::Write, path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{ResultFunction, action};
use crate::{
    JobFuture,
    context::CallSite,
    output::{OutputDirectory, part_name},
    rdd::{Compute, Rdd},
    task::{TaskContext, TaskError},
    text::Text,
};

/// Records between two looks at the task's kill flag.
const KILL_CHECK: u64 = 1024;

/// Writes a partition as lines.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SaveText {
    /// Where the attempt writes; the driver moves the whole when all is there.
    directory: PathBuf,
}

impl<T: Display + 'static, I: Iterator<Item = T>> ResultFunction<I> for SaveText {
    type Out = ();

    fn run(&self, items: I, task: &Arc<TaskContext>) -> Result<(), TaskError> {
        let part = part_name(task.partition_id());
        // Attempts write apart, so that one that was given up cannot spoil another's file.
        let attempt = self.directory.join(format!(".{part}.attempt-{}", task.task_attempt_id()));
        let failed = |path: &PathBuf, source: std::io::Error| TaskError::Output {
            path: path.clone(),
            source: Arc::new(source),
        };
        let file = std::fs::File::create_new(&attempt).map_err(|error| failed(&attempt, error))?;
        let mut file = std::io::BufWriter::with_capacity(1 << 18, file);
        let (mut records, mut bytes) = (0u64, 0u64);
        let mut written = Ok(());
        for item in items {
            if records % KILL_CHECK == 0 {
                task.kill_task_if_interrupted();
            }
            records += 1;
            written = write_line(&mut file, &item).map(|count| bytes += count);
            if written.is_err() {
                break;
            }
        }
        written.and_then(|()| file.flush()).map_err(|error| failed(&attempt, error))?;
        task.kill_task_if_interrupted();
        let target = self.directory.join(part);
        std::fs::rename(&attempt, &target).map_err(|error| failed(&target, error))?;
        task.metrics.bytes_written(bytes);
        task.metrics.records_written(records);
        Ok(())
    }
}

/// A text is written byte by byte as it is; anything else as it is shown.
fn write_line<T: Display + 'static>(file: &mut impl Write, item: &T) -> std::io::Result<u64> {
    let written = match (item as &dyn Any).downcast_ref::<Text>() {
        Some(text) => file.write_all(text.as_bytes()).map(|()| text.len()),
        None => {
            let line = item.to_string();
            file.write_all(line.as_bytes()).map(|()| line.len())
        }
    };
    file.write_all(b"\n")?;
    written.map(|count| count as u64 + 1)
}

impl<P: Compute> Rdd<P> {
    action! {
        /// Writes the elements as lines into a new directory: `part-00000` and so on, one file per partition, and
        /// `_SUCCESS` when all are there. The directory appears only when the job has succeeded; if it fails
        /// nothing is left behind.
        ///
        /// # Errors
        /// [`Error::Output`](crate::Error::Output) if the directory exists already or cannot be made;
        /// [`Error`](crate::Error) if the job cannot be planned or fails.
        save_as_text_file, save_as_text_file_async = save_job [] (path: impl Into<PathBuf>) -> ()
        where P::Item: Display
    }

    fn save_job(&self, call_site: CallSite, path: impl Into<PathBuf>) -> JobFuture<()>
    where
        P::Item: Display,
    {
        let rdd = self.clone();
        let path = path.into();
        JobFuture::new(async move {
            let output = OutputDirectory::begin(&path)?;
            let function = SaveText { directory: output.temporary().to_owned() };
            rdd.run(function, None, call_site, |_, ()| {}).await?;
            output.commit()?;
            Ok(())
        })
    }
}
