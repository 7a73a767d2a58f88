//! `save_as_text_file`: one file per partition, all or nothing.

use std::{any::Any, fmt::Display, io::Write, path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{ResultFunction, action};
use crate::{
    JobFuture,
    context::CallSite,
    output::{AttemptFile, OutputDirectory},
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
        let mut file = AttemptFile::create(&self.directory, task)?;
        let (mut records, mut bytes) = (0u64, 0u64);
        for item in items {
            if records % KILL_CHECK == 0 {
                task.kill_task_if_interrupted();
            }
            records += 1;
            bytes += file.write(|file| write_line(file, &item))?;
        }
        file.commit(task)?;
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
        /// `_SUCCESS` when all are there. Of a task's attempts at most one commits its file. The directory appears only
        /// when the job has succeeded; if it fails nothing is left behind.
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
        JobFuture::new(&self.context, async move {
            let output = OutputDirectory::begin(&path)?;
            let function = SaveText { directory: output.temporary().to_owned() };
            rdd.run(function, None, call_site, |_, ()| {}).await?;
            output.commit()?;
            Ok(())
        })
    }
}
