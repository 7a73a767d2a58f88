//! Why tasks failed, each on one line. From payloads.

use crate::{
    message::{ExceptionFailure, TaskEndReason},
    trace::text::first_line,
};

/// What is to be said of a reason beyond its name; `None` if the name says it all.
pub(in crate::trace) fn of_task(reason: &TaskEndReason) -> Option<String> {
    Some(match reason {
        TaskEndReason::ExceptionFailure(failure) => exception(failure),
        TaskEndReason::FetchFailed { executor_id, shuffle_id, map_index, message, .. } => {
            let output = match map_index {
                Some(index) => format!("output {index} of shuffle {shuffle_id}"),
                None => format!("the locations of shuffle {shuffle_id}"),
            };
            let from = executor_id.map(|executor| format!(" from executor {executor}")).unwrap_or_default();
            format!("{output}{from} could not be read: {}", first_line(message))
        }
        TaskEndReason::TaskKilled { reason, .. } => first_line(reason),
        TaskEndReason::TaskCommitDenied { partition_id, .. } => {
            format!("another attempt commits partition {partition_id}")
        }
        TaskEndReason::ExecutorLostFailure { executor_id, reason, .. } => {
            let why = reason.as_ref().map(|reason| format!(": {}", first_line(reason))).unwrap_or_default();
            format!("executor {executor_id} was lost{why}")
        }
        TaskEndReason::Resubmitted => "its output was lost with its executor".to_owned(),
        TaskEndReason::TaskResultLost => "its result was gone when the driver fetched it".to_owned(),
        TaskEndReason::Success | TaskEndReason::UnknownReason => return None,
    })
}

fn exception(failure: &ExceptionFailure) -> String {
    let at = failure.location.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
    format!("{}: {}{at}", failure.class_name, first_line(&failure.description))
}
