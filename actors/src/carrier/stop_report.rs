//! What stopping a system leaves behind.

use std::{fmt, time::Duration};

use crate::TaskId;

/// A task whose code did not return in time: its thread is left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StuckTask {
    /// The name of its thread.
    pub thread: String,
    /// The attempt.
    pub task_id: TaskId,
    /// Such as `task 7.0 in stage 3.0`.
    pub task: String,
    /// For how long it has been running.
    pub running_for: Duration,
}

impl fmt::Display for StuckTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "thread {} is still in the user code of {} (TID {}), running for {:.1} s",
            self.thread,
            self.task,
            self.task_id,
            self.running_for.as_secs_f64()
        )
    }
}

/// How stopping went: empty if every thread has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopReport {
    /// Tasks that did not end in time.
    pub left_behind: Vec<StuckTask>,
    /// Other threads that did not end in time: user code on them (a listener, an observer, a result's
    /// `Deserialize`) did not return.
    pub threads_left_behind: Vec<String>,
    /// What observers could not record, such as a trace whose disk is full.
    pub not_recorded: Vec<String>,
}
