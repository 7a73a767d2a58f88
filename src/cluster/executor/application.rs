//! What the actors need from an executor's program: tasks are run.

use std::sync::Arc;

use firesteel_actors::{
    carrier::{Application, TaskControl},
    message::{JobWaiterMessage, MapOutputStatuses, TaskDescription, TaskStatus},
};

use crate::{blocks::Remote, task::TaskRunner};

/// An executor's program, as its actor sees it.
pub(super) struct ExecutorApplication {
    pub(super) runner: TaskRunner,
    pub(super) remote: Arc<Remote>,
}

impl Application for ExecutorApplication {
    fn run_task(&self, task: &TaskDescription, control: &Arc<TaskControl>) -> TaskStatus {
        self.runner.run(task, control)
    }

    fn map_output_statuses(&self, statuses: MapOutputStatuses) {
        self.remote.on_statuses(statuses);
    }

    /// Jobs are the driver's.
    fn job_waiter(&self, _message: JobWaiterMessage) {}

    fn system_ended(&self, reason: &str) {
        tracing::error!("{reason}");
    }
}
