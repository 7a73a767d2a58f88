//! What the control plane needs from the program around it: everything that is not an actor.

use std::sync::Arc;

use thiserror::Error;

use super::TaskControl;
use crate::message::{
    ClusterManagerMessage, EnqueueSuccessfulTask, HostMessage, JobWaiterMessage, MapOutputStatuses,
    SparkListenerEvent, TaskDescription, TaskStatus,
};

/// The program around the actors: runs tasks, decodes results, waits for jobs.
///
/// The crate `firesteel` implements it for RDD programs. A host that brings its own kind of task implements
/// [`run_task`](Application::run_task) and [`job_waiter`](Application::job_waiter); see the example
/// `actors_only`.
pub trait Application: Send + Sync + 'static {
    /// Runs one task attempt on a task thread and says how it ended: any [`TaskStatus`] but `Running`, which
    /// was reported before. A panic is caught and becomes a failure of the attempt.
    fn run_task(&self, task: &TaskDescription, control: &Arc<TaskControl>) -> TaskStatus;

    /// Where the outputs of a shuffle are, for which a task has asked with
    /// [`TaskControl::get_map_output_statuses`]. Be quick and do not block.
    fn map_output_statuses(&self, statuses: MapOutputStatuses) {
        let _ = statuses;
    }

    /// Takes a successful task's result, on a thread of the result getter; does nothing by default.
    ///
    /// # Errors
    /// [`ResultError::Lost`] runs the task again, [`ResultError::Undecodable`] fails its stage.
    fn decode_result(&self, result: &EnqueueSuccessfulTask) -> Result<(), ResultError> {
        let _ = result;
        Ok(())
    }

    /// Tells whoever waits for a job. Called on the thread of the actors: be quick and do not block; a panic
    /// ends the system.
    fn job_waiter(&self, message: JobWaiterMessage);

    /// A listener event, in Spark's guaranteed order. Called on the thread of the actors: be quick and do not
    /// block; a panic ends the system.
    fn listener_event(&self, event: &SparkListenerEvent) {
        let _ = event;
    }

    /// An answer to a question that a host asked.
    fn host_message(&self, host: u32, message: HostMessage) {
        let _ = (host, message);
    }

    /// Starts and ends executors. Does nothing by default: the executors are those that the system was built with.
    /// `RequestTotalExecutors` is to be answered; what is not after `spark.network.timeout` counts as refused.
    fn cluster_manager(&self, message: ClusterManagerMessage) {
        let _ = message;
    }

    /// The system has ended: it was stopped, or an actor died. No job will end any more, so fail all that
    /// wait.
    fn system_ended(&self, reason: &str);

    /// The system was stopped on request; as [`system_ended`](Application::system_ended) by default.
    fn system_stopped(&self) {
        self.system_ended("it has been stopped");
    }
}

/// Why a task's result could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ResultError {
    /// The block that held it is gone.
    #[error("the task's result is gone from its executor")]
    Lost,
    /// It does not decode.
    #[error("Exception while getting task result: {0}")]
    Undecodable(String),
}
