//! `whole_text_files`: files as pairs of name and content.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::{
    Context,
    context::CallSite,
    rdd::{Compute, PlanError, Rdd},
    task::{TaskContext, TaskError},
    text::{
        Text,
        input::{self, InputFile},
    },
};

/// The operator of [`Context::whole_text_files`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WholeTextFiles {
    #[serde(skip)]
    paths: Arc<str>,
    #[serde(skip)]
    min_partitions: usize,
    #[serde(skip)]
    groups: Arc<OnceLock<Vec<Vec<InputFile>>>>,
}

impl WholeTextFiles {
    /// The files of each partition: of like size together, at least as many partitions as asked for if there
    /// are as many files.
    fn groups(&self) -> Result<&[Vec<InputFile>], PlanError> {
        if let Some(groups) = self.groups.get() {
            return Ok(groups);
        }
        let wanted = PlanError::check_count("whole_text_files", self.min_partitions)?;
        let files = input::list(&self.paths)?;
        let total: u64 = files.iter().map(|file| file.len).sum();
        let goal = (total / wanted as u64).max(1);
        let mut groups: Vec<Vec<InputFile>> = Vec::new();
        let mut size = goal;
        let mut left = files.len();
        for file in files {
            // Also begin a new one when the files that are left are needed for the partitions asked for.
            if size >= goal || groups.len() + left <= wanted {
                groups.push(Vec::new());
                size = 0;
            }
            size += file.len;
            left -= 1;
            if let Some(group) = groups.last_mut() {
                group.push(file);
            }
        }
        Ok(self.groups.get_or_init(|| groups))
    }
}

impl Compute for WholeTextFiles {
    type Item = (String, Text);
    type Split = Vec<InputFile>;
    type Iter = WholeFiles;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        Ok(self.groups()?.len())
    }

    fn known_num_partitions(&self) -> Option<usize> {
        self.groups.get().map(Vec::len)
    }

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        let groups = self.groups()?;
        let missing = PlanError::NoSuchPartition { partition: index, total: groups.len() };
        groups.get(index).cloned().ok_or(missing)
    }

    fn compute(&self, split: Self::Split, task: &Arc<TaskContext>) -> Result<WholeFiles, TaskError> {
        Ok(WholeFiles { files: split.into_iter(), task: task.clone() })
    }
}

/// The iterator of [`WholeTextFiles`].
#[derive(Debug)]
pub struct WholeFiles {
    files: std::vec::IntoIter<InputFile>,
    task: Arc<TaskContext>,
}

impl Iterator for WholeFiles {
    type Item = (String, Text);

    fn next(&mut self) -> Option<(String, Text)> {
        self.task.kill_task_if_interrupted();
        let file = self.files.next()?;
        let content = input::read_whole(&file).unwrap_or_else(|error| self.task.fail(error.into()));
        self.task.metrics.bytes_read(content.len() as u64);
        self.task.metrics.records_read(1);
        Some((file.path.to_string_lossy().into_owned(), Text::from(content)))
    }
}

impl Context {
    /// Files as pairs of path and whole content, as Spark's `wholeTextFiles`: for many small files. The paths
    /// are as for [`text_file`](Self::text_file).
    #[track_caller]
    pub fn whole_text_files(&self, paths: &str, min_partitions: usize) -> Rdd<WholeTextFiles> {
        let op = WholeTextFiles { paths: paths.into(), min_partitions, groups: Arc::default() };
        Rdd::new(self, "WholeTextFileRDD", CallSite::here("whole_text_files"), Vec::new(), op).set_name(paths)
    }
}
