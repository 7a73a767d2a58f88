//! What several messages of one kind are about, together.

use std::{collections::BTreeSet, fmt};

use serde::{Serialize, Serializer};

use super::text::numbers;
use crate::{ExecutorId, message::Ids};

/// The ids of several messages of one kind: `stage 0.0 partition 0..99 task 0..99 executor 1,2`.
///
/// ```
/// use firesteel_actors::{TaskId, message::Ids, trace::MergedIds};
/// let mut ids = MergedIds::default();
/// for task in 0..100 {
///     ids.add(&Ids { task: Some(TaskId(task)), ..Ids::default() });
/// }
/// assert_eq!(ids.to_string(), "task 0..99");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergedIds {
    jobs: BTreeSet<u64>,
    stages: BTreeSet<String>,
    partitions: BTreeSet<u64>,
    tasks: BTreeSet<u64>,
    executors: BTreeSet<ExecutorId>,
    shuffles: BTreeSet<u64>,
    counts: BTreeSet<u64>,
    notes: BTreeSet<&'static str>,
}

impl MergedIds {
    /// Adds what one more message is about.
    pub fn add(&mut self, ids: &Ids) {
        self.jobs.extend(ids.job.map(|job| u64::from(job.0)));
        self.stages.extend(ids.stage.map(|stage| match ids.stage_attempt {
            Some(attempt) => format!("{stage}.{attempt}"),
            None => stage.to_string(),
        }));
        self.partitions.extend(ids.partition.map(u64::from));
        self.tasks.extend(ids.task.map(|task| task.0));
        self.executors.extend(ids.executor);
        self.shuffles.extend(ids.shuffle.map(|shuffle| u64::from(shuffle.0)));
        self.counts.extend(ids.count.map(u64::from));
        self.notes.extend(ids.note);
    }

    /// Adds what other messages are about.
    pub fn extend(&mut self, other: &MergedIds) {
        self.jobs.extend(&other.jobs);
        self.stages.extend(other.stages.iter().cloned());
        self.partitions.extend(&other.partitions);
        self.tasks.extend(&other.tasks);
        self.executors.extend(&other.executors);
        self.shuffles.extend(&other.shuffles);
        self.counts.extend(&other.counts);
        self.notes.extend(&other.notes);
    }
}

impl fmt::Display for MergedIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let executors: Vec<String> = match self.executors.len() {
            0..=4 => self.executors.iter().map(ToString::to_string).collect(),
            many => vec![format!("{many} of them")],
        };
        let stages: Vec<&str> = self.stages.iter().map(String::as_str).collect();
        let notes: Vec<&str> = self.notes.iter().copied().collect();
        let parts = [
            ("job ", numbers(&self.jobs)),
            ("stage ", stages.join(",")),
            ("partition ", numbers(&self.partitions)),
            ("task ", numbers(&self.tasks)),
            ("executor ", executors.join(",")),
            ("shuffle ", numbers(&self.shuffles)),
            ("x", numbers(&self.counts)),
            ("", notes.join("/")),
        ];
        let mut gap = "";
        for (name, value) in parts.iter().filter(|(_, value)| !value.is_empty()) {
            write!(f, "{gap}{name}{value}")?;
            gap = " ";
        }
        Ok(())
    }
}

impl Serialize for MergedIds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
