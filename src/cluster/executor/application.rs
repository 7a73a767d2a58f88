//! What the actors need from an executor's program: tasks are run.

use std::sync::Arc;

use firesteel_actors::{
    carrier::{Application, TaskControl},
    message::{JobWaiterMessage, TaskDescription, TaskStatus},
};

use crate::task::{ExecutorEnv, TaskRunner};

/// An executor's program, as its actor sees it.
pub(super) struct ExecutorApplication {
    pub(super) runner: TaskRunner,
    pub(super) env: Arc<ExecutorEnv>,
}

impl Application for ExecutorApplication {
    fn run_task(&self, task: &TaskDescription, control: &Arc<TaskControl>) -> TaskStatus {
        self.runner.run(task, control)
    }

    /// Jobs are the driver's.
    fn job_waiter(&self, _message: JobWaiterMessage) {}

    fn system_ended(&self, reason: &str) {
        tracing::error!("{reason}");
    }
}
