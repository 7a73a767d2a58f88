//! What a task of a barrier stage sees of the other tasks of its stage attempt.

use std::{ops::Deref, sync::Arc};

use firesteel_actors::message::RequestMethod;

use super::{TaskContext, TaskError};

/// A running task of a barrier stage (Spark's `BarrierTaskContext`): all tasks of its stage attempt run at the same
/// time, so they can wait for each other. It is also a [`TaskContext`].
///
/// All tasks of the stage call the same methods in the same order; a round in which they differ fails in all of them.
///
/// ```
/// let context = firesteel::Context::builder().master("local[3]").start()?;
/// let sums = context.range(0..30, 1, 3).barrier().map_partitions(|items, task| {
///     let own: i64 = items.sum();
///     let all = task.all_gather(&own.to_string())?; // by partition
///     let total: i64 = all.iter().filter_map(|text| text.parse::<i64>().ok()).sum();
///     task.barrier()?; // nobody goes on before all are here
///     Ok(std::iter::once((own, total)))
/// });
/// assert_eq!(sums.collect()?, [(45, 435), (145, 435), (245, 435)]);
/// # Ok::<(), firesteel::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BarrierTaskContext {
    task: Arc<TaskContext>,
}

impl BarrierTaskContext {
    pub(super) fn new(task: Arc<TaskContext>) -> Self {
        BarrierTaskContext { task }
    }

    /// Waits until all tasks of the stage attempt have called it. Ends early when the task is killed.
    ///
    /// # Errors
    /// [`TaskError::Barrier`] if the others called something else, one failed, or they did not come within
    /// `spark.barrier.sync.timeout`; [`TaskError::Killed`] if the task is to end.
    pub fn barrier(&self) -> Result<(), TaskError> {
        self.task.sync(RequestMethod::Barrier, "").map(|_| ())
    }

    /// Waits until all tasks of the stage attempt have called it; the messages of all of them, by partition.
    ///
    /// # Errors
    /// As [`barrier`](Self::barrier).
    pub fn all_gather(&self, message: &str) -> Result<Vec<Arc<str>>, TaskError> {
        self.task.sync(RequestMethod::AllGather, message).map(|messages| messages.to_vec())
    }

    /// Where the tasks of the stage attempt run, by partition (the addresses of Spark's `getTaskInfos`).
    pub fn addresses(&self) -> &[Arc<str>] {
        self.task.addresses()
    }

    /// The task, for what outlives the closure.
    pub fn task(&self) -> &Arc<TaskContext> {
        &self.task
    }
}

impl Deref for BarrierTaskContext {
    type Target = TaskContext;

    fn deref(&self) -> &TaskContext {
        &self.task
    }
}
