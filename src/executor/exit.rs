//! [`ExecutorExit`]: why an executor ended.

/// Why an executor ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExecutorExit {
    /// Its driver told it to.
    Stopped,
    /// An error, which it has written to its log.
    Failed,
    /// Its heartbeats were not answered.
    HeartbeatsUnanswered,
    /// Its driver was gone.
    DriverGone,
}

impl ExecutorExit {
    /// The exit that the executor's actor names by its code.
    pub(crate) const fn of_code(code: i32) -> Self {
        match code {
            0 => ExecutorExit::Stopped,
            56 => ExecutorExit::HeartbeatsUnanswered,
            _ => ExecutorExit::Failed,
        }
    }

    /// What the process exits with.
    pub(crate) const fn code(self) -> i32 {
        match self {
            ExecutorExit::Stopped => 0,
            ExecutorExit::Failed => 50,
            ExecutorExit::HeartbeatsUnanswered => 56,
            ExecutorExit::DriverGone => 60,
        }
    }
}
