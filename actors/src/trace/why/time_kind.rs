//! What a part of a job's time was.

use std::fmt;

use crate::{ActorId, ExecutorId, TaskId};

/// What a part of a job's time was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum TimeKind {
    /// A task ran.
    TaskRun {
        /// Which.
        task: TaskId,
    },
    /// A task ran, for so long that a copy of it was wanted.
    SlowRun {
        /// Which.
        task: TaskId,
    },
    /// A task ran, until its executor was lost, and had to run again.
    LostRun {
        /// Which.
        task: TaskId,
    },
    /// A task stood in the queue of its executor's threads.
    ExecutorQueue {
        /// Which task.
        task: TaskId,
    },
    /// A result was fetched and decoded.
    ResultFetch {
        /// Whose.
        task: TaskId,
    },
    /// A task waited for a core.
    FreeCore {
        /// Which task.
        task: TaskId,
        /// The attempt that had the core.
        behind: TaskId,
    },
    /// A task waited for a place near its data.
    Locality {
        /// Which task.
        task: TaskId,
    },
    /// A task waited for an executor.
    Executor {
        /// Which task.
        task: TaskId,
        /// The executor that came.
        executor: Option<ExecutorId>,
    },
    /// A task waited for the end of an exclusion, by which it could not run where there was room.
    Exclusion {
        /// Which task.
        task: TaskId,
    },
    /// A task waited for an offer, for another reason.
    Offers {
        /// Which task.
        task: TaskId,
    },
    /// A timer of an actor's.
    Timer {
        /// Whose.
        actor: ActorId,
    },
    /// Messages stood in an actor's mailbox.
    Mailbox {
        /// Whose.
        actor: ActorId,
    },
    /// An actor handled a message.
    Handling {
        /// Which.
        actor: ActorId,
    },
    /// Nothing that the trace tells of: the job waited for something from outside, or its causes are not in the trace.
    Outside,
}

impl TimeKind {
    /// The task that it is about.
    pub fn task(self) -> Option<TaskId> {
        match self {
            TimeKind::TaskRun { task }
            | TimeKind::SlowRun { task }
            | TimeKind::LostRun { task }
            | TimeKind::ExecutorQueue { task }
            | TimeKind::ResultFetch { task }
            | TimeKind::FreeCore { task, .. }
            | TimeKind::Locality { task }
            | TimeKind::Executor { task, .. }
            | TimeKind::Exclusion { task }
            | TimeKind::Offers { task } => Some(task),
            TimeKind::Timer { .. }
            | TimeKind::Mailbox { .. }
            | TimeKind::Handling { .. }
            | TimeKind::Outside => None,
        }
    }

    /// The kind without its details, for sums.
    pub fn name(self) -> &'static str {
        match self {
            TimeKind::TaskRun { .. } => "tasks ran",
            TimeKind::SlowRun { .. } => "tasks ran until a copy was wanted",
            TimeKind::LostRun { .. } => "tasks ran whose executor was lost",
            TimeKind::ExecutorQueue { .. } => "in executors' queues",
            TimeKind::ResultFetch { .. } => "results were fetched",
            TimeKind::FreeCore { .. } => "waited for a free core",
            TimeKind::Locality { .. } => "waited for a place near the data",
            TimeKind::Executor { .. } => "waited for an executor",
            TimeKind::Exclusion { .. } => "waited for the end of an exclusion",
            TimeKind::Offers { .. } => "waited for offers",
            TimeKind::Timer { .. } => "waited for a timer",
            TimeKind::Mailbox { .. } => "messages were under way",
            TimeKind::Handling { .. } => "actors handled messages",
            TimeKind::Outside => "waited for something from outside",
        }
    }
}

impl fmt::Display for TimeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeKind::TaskRun { task } => write!(f, "task {task} ran"),
            TimeKind::SlowRun { task } => write!(f, "task {task} ran, until a copy of it was wanted"),
            TimeKind::LostRun { task } => write!(f, "task {task} ran, until its executor was lost"),
            TimeKind::ExecutorQueue { task } => write!(f, "task {task} stood in its executor's queue"),
            TimeKind::ResultFetch { task } => write!(f, "the result of task {task} was fetched"),
            TimeKind::FreeCore { task, behind } => {
                write!(f, "task {task} waited for a free core, until task {behind} ended")
            }
            TimeKind::Locality { task } => write!(f, "task {task} waited for a place near its data"),
            TimeKind::Executor { task, executor: Some(executor) } => {
                write!(f, "task {task} waited for executor {executor} to come")
            }
            TimeKind::Executor { task, executor: None } => {
                write!(f, "task {task} waited for an executor to come")
            }
            TimeKind::Exclusion { task } => write!(f, "task {task} waited for the end of an exclusion"),
            TimeKind::Offers { task } => write!(f, "task {task} waited for an offer"),
            TimeKind::Timer { actor } => write!(f, "a timer of {actor}'s"),
            TimeKind::Mailbox { .. } | TimeKind::Handling { .. } => {
                f.write_str("messages were under way and handled")
            }
            TimeKind::Outside => f.write_str("something from outside"),
        }
    }
}
