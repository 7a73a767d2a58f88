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

/// Implements [`HasIds`]: by message, where its ids are. One that is about nothing in particular is only named. A step
/// of a path may be a call without arguments, and a `bool` chooses between two notes:
/// `CommitPermission: task = task_id, note = allowed ? "allowed" : "denied";`.
macro_rules! ids_of {
    ($($message:ident $(: $(
        $id:ident = $($step:ident $(($($nothing:tt)*))?).+ $(? $yes:literal : $no:literal)?
    ),+)?;)*) => {$(
        impl $crate::message::HasIds for $message {
            fn ids(&self) -> $crate::message::Ids {
                $crate::message::Ids {
                    $($($id: Some($crate::message::ids_of!(
                        @$id (self.$($step $(($($nothing)*))?).+) $(? $yes : $no)?
                    )),)+)?
                    ..$crate::message::Ids::default()
                }
            }
        }
    )*};
    (@count ($value:expr)) => { $value as u32 };
    (@$id:ident ($value:expr)) => { $value };
    (@$id:ident ($value:expr) ? $yes:literal : $no:literal) => { if $value { $yes } else { $no } };
}
pub(crate) use ids_of;

#[cfg(test)]
mod tests {
    use super::*;

    struct Inner {
        task_id: TaskId,
        items: Vec<u8>,
        done: bool,
    }

    impl Inner {
        fn state(&self) -> &'static str {
            "RUNNING"
        }
    }

    struct Paths {
        stage_id: StageId,
        inner: Inner,
    }

    struct Choice {
        total: u32,
        inner: Inner,
    }

    struct Nothing {}

    ids_of! {
        Paths: stage = stage_id, task = inner.task_id, count = inner.items.len(), note = inner.state();
        Choice: count = total, note = inner.done ? "done" : "open";
        Nothing;
    }

    fn inner(done: bool) -> Inner {
        Inner { task_id: TaskId(7), items: vec![1, 2, 3], done }
    }

    #[test]
    fn ids_come_from_where_the_message_says() {
        let ids = Paths { stage_id: StageId(4), inner: inner(false) }.ids();
        assert_eq!(ids.to_string(), "stage 4 task 7 x3 RUNNING");
        assert_eq!(Choice { total: 2, inner: inner(true) }.ids().to_string(), "x2 done");
        assert_eq!(Choice { total: 0, inner: inner(false) }.ids().to_string(), "x0 open");
        assert_eq!(Nothing {}.ids(), Ids::default());
    }
}
