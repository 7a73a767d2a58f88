//! What a question about a trace is about.

use std::{fmt, str::FromStr};

use crate::{ExecutorId, JobId, StageId, TaskId};

/// A job, a stage, a task attempt, an executor, or a partition of a stage, as people name them.
///
/// ```
/// use firesteel_actors::{StageId, trace::Subject};
/// assert_eq!("stage 1.0".parse(), Ok(Subject::Stage(StageId(1), Some(0))));
/// assert_eq!("partition 1/3".parse(), Ok(Subject::Partition(StageId(1), None, 3)));
/// assert!("stage one".parse::<Subject>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Subject {
    /// `job 0`
    Job(JobId),
    /// `stage 1`, all its attempts, or `stage 1.0`, one of them.
    Stage(StageId, Option<u32>),
    /// `task 17`
    Task(TaskId),
    /// `executor 2`
    Executor(ExecutorId),
    /// `partition 1.0/3` of one attempt of a stage, or `partition 1/3` of all.
    Partition(StageId, Option<u32>, u32),
}

/// A text that names nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names nothing: expected `job 0`, `stage 1`, `stage 1.0`, `task 17`, `executor 2` or `partition 1.0/3`"
)]
pub struct NotASubject(pub String);

impl FromStr for Subject {
    type Err = NotASubject;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (kind, name) = text.trim().split_once(char::is_whitespace)?;
            let name = name.trim();
            Some(match kind.to_ascii_lowercase().as_str() {
                "job" => Subject::Job(JobId(name.parse().ok()?)),
                "task" => Subject::Task(TaskId(name.parse().ok()?)),
                "executor" => Subject::Executor(name.parse().ok()?),
                "stage" => {
                    let (stage, attempt) = stage(name)?;
                    Subject::Stage(stage, attempt)
                }
                "partition" => {
                    let (of, partition) = name.split_once('/')?;
                    let (stage, attempt) = stage(of)?;
                    Subject::Partition(stage, attempt, partition.parse().ok()?)
                }
                _ => return None,
            })
        };
        parse().ok_or_else(|| NotASubject(text.to_owned()))
    }
}

/// `1` or `1.0`.
fn stage(text: &str) -> Option<(StageId, Option<u32>)> {
    Some(match text.split_once('.') {
        Some((stage, attempt)) => (StageId(stage.parse().ok()?), Some(attempt.parse().ok()?)),
        None => (StageId(text.parse().ok()?), None),
    })
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempt =
            |attempt: &Option<u32>| attempt.map(|attempt| format!(".{attempt}")).unwrap_or_default();
        match self {
            Subject::Job(job) => write!(f, "job {job}"),
            Subject::Stage(stage, of) => write!(f, "stage {stage}{}", attempt(of)),
            Subject::Task(task) => write!(f, "task {task}"),
            Subject::Executor(executor) => write!(f, "executor {executor}"),
            Subject::Partition(stage, of, partition) => {
                write!(f, "partition {stage}{}/{partition}", attempt(of))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_read_as_they_are_written() {
        for text in [
            "job 0",
            "stage 1",
            "stage 1.2",
            "task 17",
            "executor driver",
            "partition 1.0/3",
            "partition 1/3",
        ] {
            let subject: Subject = text.parse().unwrap();
            assert_eq!(subject.to_string(), text);
        }
        assert_eq!(" Task   4 ".parse(), Ok(Subject::Task(TaskId(4))));
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for text in
            ["", "task", "task x", "job 1.0", "stage 1.", "partition 3", "partition 1/", "host 1", "task -1"]
        {
            let error = text.parse::<Subject>().unwrap_err();
            assert_eq!(error, NotASubject(text.to_owned()));
        }
        let error = "task x".parse::<Subject>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`task x` names nothing: expected `job 0`, `stage 1`, `stage 1.0`, `task 17`, `executor 2` or \
             `partition 1.0/3`"
        );
    }
}
