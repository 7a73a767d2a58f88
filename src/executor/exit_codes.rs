//! What executors exit with. Programs seldom use these, so that a driver can tell the end of an executor from that of a
//! process which never was one. Where Spark has a number for the same, it is that.

use super::ExecutorExit;

/// What executors exit with, besides 0.
pub(crate) const OF_EXECUTORS: [i32; 3] =
    [ExecutorExit::Failed.code(), ExecutorExit::HeartbeatsUnanswered.code(), ExecutorExit::DriverGone.code()];

/// What a status means, if executors end with it.
pub(crate) fn meaning(status: i32) -> Option<&'static str> {
    Some(match status {
        50 => "an error, which its log tells",
        56 => "its heartbeats were not answered",
        60 => "its driver was gone",
        _ => return None,
    })
}
