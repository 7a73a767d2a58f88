//! What a task ends with that is larger than messages may be.

use firesteel_actors::message::{ExceptionFailure, TaskEndReason, TaskStatus};

/// A failure that comes again each time.
pub(super) fn too_large(description: String) -> TaskStatus {
    TaskStatus::Failed(Box::new(TaskEndReason::ExceptionFailure(Box::new(ExceptionFailure {
        class_name: "MessageTooLarge".to_owned(),
        description,
        location: None,
        stack_trace: String::new(),
        causes: Vec::new(),
        fatal: true,
        metrics: Box::default(),
        accum_updates: Vec::new(),
    }))))
}
