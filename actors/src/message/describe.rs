//! What a message is called and which ids it is about: for people who read traces.

use std::fmt;

use crate::{ExecutorId, JobId, ShuffleId, StageId, TaskId};

/// A message's kind and the ids that matter.
pub trait Describe {
    /// The message's name, such as `LaunchTask`.
    fn kind(&self) -> &'static str;

    /// The ids that the message is about.
    fn ids(&self) -> Ids;
}

/// Implemented by each message struct.
pub(crate) trait HasIds {
    fn ids(&self) -> Ids;
}

/// The ids that a message is about; those that do not apply are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    /// The job.
    pub job: Option<JobId>,
    /// The stage.
    pub stage: Option<StageId>,
    /// The stage's attempt.
    pub stage_attempt: Option<u32>,
    /// The partition.
    pub partition: Option<u32>,
    /// The task attempt.
    pub task: Option<TaskId>,
    /// The executor.
    pub executor: Option<ExecutorId>,
    /// The shuffle.
    pub shuffle: Option<ShuffleId>,
    /// How many things (tasks, offers) the message holds, where it holds several.
    pub count: Option<u32>,
    /// A word on its outcome or state, such as `RUNNING` or `Success`.
    pub note: Option<&'static str>,
}

impl fmt::Display for Ids {
    /// As people say it: `job 0 stage 1.0 partition 3 task 17 executor driver RUNNING`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        let mut part = |f: &mut fmt::Formatter<'_>, name: &str, value: &dyn fmt::Display| {
            write!(f, "{gap}{name}{value}")?;
            gap = " ";
            Ok::<(), fmt::Error>(())
        };
        if let Some(job) = self.job {
            part(f, "job ", &job)?;
        }
        match (self.stage, self.stage_attempt) {
            (Some(stage), Some(attempt)) => part(f, "stage ", &format_args!("{stage}.{attempt}"))?,
            (Some(stage), None) => part(f, "stage ", &stage)?,
            _ => {}
        }
        if let Some(partition) = self.partition {
            part(f, "partition ", &partition)?;
        }
        if let Some(task) = self.task {
            part(f, "task ", &task)?;
        }
        if let Some(executor) = self.executor {
            part(f, "executor ", &executor)?;
        }
        if let Some(shuffle) = self.shuffle {
            part(f, "shuffle ", &shuffle)?;
        }
        if let Some(count) = self.count {
            part(f, "x", &count)?;
        }
        if let Some(note) = self.note {
            part(f, "", &note)?;
        }
        Ok(())
    }
}

/// For messages that are about nothing in particular.
macro_rules! no_ids {
    ($($name:ident),*) => {$(
        impl $crate::message::HasIds for $name {
            fn ids(&self) -> $crate::message::Ids {
                $crate::message::Ids::default()
            }
        }
    )*};
}
pub(crate) use no_ids;
