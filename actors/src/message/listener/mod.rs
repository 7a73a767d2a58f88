//! Listener events (`spark-messages` section 10), in Spark's guaranteed order: StageSubmitted before its
//! StageCompleted, a TaskEnd before the completion that it triggers, every TaskStart with a TaskEnd.

mod exclusions;
mod executors;
mod jobs;
mod stages;
mod tasks;

pub use exclusions::*;
pub use executors::*;
pub use jobs::*;
pub use stages::*;
pub use tasks::*;

use super::messages;

messages! {
    /// An event for listeners.
    SparkListenerEvent {
        /// A job started.
        JobStart,
        /// A job ended.
        JobEnd(boxed),
        /// A stage attempt was submitted.
        StageSubmitted(boxed),
        /// A stage attempt ended.
        StageCompleted(boxed),
        /// A task attempt was launched.
        TaskStart,
        /// A task's result is being fetched.
        TaskGettingResult,
        /// A task is to have a speculative copy.
        SpeculativeTask,
        /// A task attempt ended.
        TaskEnd(boxed),
        /// An executor registered.
        SparkListenerExecutorAdded,
        /// An executor is gone.
        SparkListenerExecutorRemoved,
        /// An executor gets no more tasks of the application.
        ExecutorExcluded,
        /// An executor gets no more tasks of a stage.
        ExecutorExcludedForStage,
        /// An executor gets tasks again.
        ExecutorUnexcluded,
        /// A node gets no more tasks of the application.
        NodeExcluded,
        /// A node gets no more tasks of a stage.
        NodeExcludedForStage,
        /// A node gets tasks again.
        NodeUnexcluded,
        /// No executor may run a task set.
        UnschedulableAdded,
        /// That is no longer so.
        UnschedulableRemoved,
        /// What an executor's running tasks measure.
        ExecutorMetricsUpdate(boxed),
    }
}
