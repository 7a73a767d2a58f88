//! `text_file`: the lines of files.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::{
    Context,
    context::CallSite,
    rdd::{Compute, PlanError, Rdd},
    task::{TaskContext, TaskError},
    text::{
        Lines, LinesOfChunk, Text,
        input::{self, FileSplit},
    },
};

/// Lines between two looks at the task's kill flag.
const KILL_CHECK: u64 = 1024;

/// The operator of [`Context::text_file`]. The files are listed at the first action, and that is remembered;
/// a task carries its own split and no other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TextFile {
    #[serde(skip)]
    paths: Arc<str>,
    #[serde(skip)]
    min_partitions: usize,
    #[serde(skip)]
    splits: Arc<OnceLock<Vec<FileSplit>>>,
}

impl TextFile {
    /// The splits. An error is not remembered: the file may be there next time.
    fn splits(&self) -> Result<&[FileSplit], PlanError> {
        if let Some(splits) = self.splits.get() {
            return Ok(splits);
        }
        let min_partitions = PlanError::check_count("text_file", self.min_partitions)?;
        let splits = input::splits(&input::list(&self.paths)?, min_partitions);
        Ok(self.splits.get_or_init(|| splits))
    }
}

impl Compute for TextFile {
    type Item = Text;
    type Split = FileSplit;
    type Iter = TextLines;

    /// A directory without files has none.
    fn num_partitions(&self) -> Result<usize, PlanError> {
        let count = self.splits()?.len();
        PlanError::check_count("text_file", count.max(1)).map(|_| count)
    }

    fn known_num_partitions(&self) -> Option<usize> {
        self.splits.get().map(Vec::len)
    }

    fn split(&self, index: usize) -> Result<FileSplit, PlanError> {
        let splits = self.splits()?;
        let missing = PlanError::NoSuchPartition { partition: index, total: splits.len() };
        splits.get(index).cloned().ok_or(missing)
    }

    fn compute(&self, split: FileSplit, task: &Arc<TaskContext>) -> Result<TextLines, TaskError> {
        Ok(TextLines { lines: Lines::open(&split)?, chunk: None, task: task.clone(), counted: 0, passed: 0 })
    }
}

/// The iterator of [`TextFile`]: looks at the task's kill flag at each chunk, and counts what it read.
#[derive(Debug)]
pub struct TextLines {
    lines: Lines,
    chunk: Option<LinesOfChunk>,
    task: Arc<TaskContext>,
    /// Bytes that the task's metrics have.
    counted: u64,
    /// Lines that `next` gave out.
    passed: u64,
}

impl TextLines {
    fn next_chunk(&mut self) -> Option<LinesOfChunk> {
        // Give the old chunk back first, so that its buffer can be used again.
        self.chunk = None;
        self.task.kill_task_if_interrupted();
        let chunk = self.lines.next_chunk().unwrap_or_else(|error| self.task.fail(error.into()));
        let read = self.lines.bytes_read();
        self.task.metrics.bytes_read(read - self.counted);
        self.counted = read;
        chunk
    }
}

impl Iterator for TextLines {
    type Item = Text;

    #[inline]
    fn next(&mut self) -> Option<Text> {
        loop {
            if let Some(line) = self.chunk.as_mut().and_then(Iterator::next) {
                self.task.metrics.records_read(1);
                self.passed += 1;
                if self.passed.is_multiple_of(KILL_CHECK) {
                    self.task.kill_task_if_interrupted();
                }
                return Some(line);
            }
            self.chunk = Some(self.next_chunk()?);
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, Text) -> B>(mut self, init: B, mut f: F) -> B {
        let mut sum = init;
        let mut records = 0u64;
        let mut chunk = self.chunk.take().or_else(|| self.next_chunk());
        while let Some(lines) = chunk {
            sum = lines.fold(sum, |sum, line| {
                records += 1;
                if records.is_multiple_of(KILL_CHECK) {
                    self.task.kill_task_if_interrupted();
                }
                f(sum, line)
            });
            self.task.metrics.records_read(std::mem::take(&mut records));
            chunk = self.next_chunk();
        }
        sum
    }
}

impl Context {
    /// The lines of text files, as Spark's `textFile`: a file, a directory, a glob, or several of these with
    /// commas between; `.gz` files too. At least `min_partitions` partitions if the files can be cut so.
    /// Files are listed by the first action, not now. A line is a [`Text`] and need not be UTF-8.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("poem.txt");
    /// # std::fs::write(&path, "to see a world\nin a grain of sand\n")?;
    /// # let path = path.to_str().unwrap();
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let words = context.text_file(path, 2).flat_map(|line| line.into_words());
    /// assert_eq!(words.count()?, 9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn text_file(&self, paths: &str, min_partitions: usize) -> Rdd<TextFile> {
        let op = TextFile { paths: paths.into(), min_partitions, splits: Arc::default() };
        Rdd::new(self, "TextFileRDD", CallSite::here("text_file"), Vec::new(), op).set_name(paths)
    }
}
