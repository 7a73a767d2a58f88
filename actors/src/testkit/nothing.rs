//! [`Nothing`]: a program that does nothing.

use std::sync::Arc;

use crate::{
    carrier::{Application, TaskControl},
    message::{JobWaiterMessage, TaskDescription, TaskStatus},
};

/// A program without jobs.
pub(crate) struct Nothing;

impl Application for Nothing {
    fn run_task(&self, _: &TaskDescription, _: &Arc<TaskControl>) -> TaskStatus {
        TaskStatus::Running
    }

    fn job_waiter(&self, _: JobWaiterMessage) {}

    fn system_ended(&self, _: &str) {}
}
