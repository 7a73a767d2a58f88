//! What a task's code sees of its task.

use std::{
    panic::resume_unwind,
    sync::{Arc, Mutex, OnceLock, PoisonError, atomic::AtomicU32},
};

use firesteel_actors::{
    ExecutorId, ShuffleId, StageId, TaskId,
    carrier::TaskControl,
    message::{Properties, TaskDescription},
};

use super::{BarrierTaskContext, ExecutorEnv, TaskError, current::current_task, metrics::LiveMetrics};
use crate::memory::TaskMemory;

/// The marker with which a task leaves its iterators; the error is in the context.
pub(super) struct TaskFailed;

/// A running task, as its code sees it (Spark's `TaskContext`).
#[derive(Debug)]
pub struct TaskContext {
    stage_id: StageId,
    stage_attempt_number: u32,
    partition_id: u32,
    num_partitions: u32,
    attempt_number: u32,
    task_id: TaskId,
    executor_id: ExecutorId,
    is_barrier: bool,
    addresses: Arc<[Arc<str>]>,
    /// Barriers that the task has passed.
    pub(super) barrier_epoch: AtomicU32,
    properties: Properties,
    #[cfg(feature = "cluster")]
    epoch: u64,
    control: Arc<TaskControl>,
    error: Mutex<Option<TaskError>>,
    output_of: OnceLock<ShuffleId>,
    pub(crate) metrics: LiveMetrics,
    /// What it holds in tables and buffers; given back when the task's iterators are gone.
    pub(crate) memory: TaskMemory,
    pub(crate) env: Arc<ExecutorEnv>,
}

impl TaskContext {
    pub(crate) fn new(task: &TaskDescription, control: Arc<TaskControl>, env: Arc<ExecutorEnv>) -> Self {
        TaskContext {
            stage_id: task.stage.stage_id,
            stage_attempt_number: task.stage.stage_attempt_id,
            partition_id: task.partition_id,
            num_partitions: task.stage.num_partitions,
            attempt_number: task.attempt_number,
            task_id: task.task_id,
            executor_id: task.executor_id,
            is_barrier: task.stage.is_barrier,
            addresses: task.addresses.clone(),
            barrier_epoch: AtomicU32::new(0),
            properties: task.stage.properties.clone(),
            #[cfg(feature = "cluster")]
            epoch: task.stage.epoch,
            control,
            error: Mutex::new(None),
            output_of: OnceLock::new(),
            metrics: LiveMetrics::default(),
            memory: env.memory.task(),
            env,
        }
    }

    /// The task that runs on this thread, if one does.
    ///
    /// ```
    /// use firesteel::task::TaskContext;
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let partitions = context.range(0..4, 1, 4).map(|_| TaskContext::get().map(|task| task.partition_id()));
    /// assert_eq!(partitions.collect()?, [Some(0), Some(1), Some(2), Some(3)]);
    /// assert!(TaskContext::get().is_none(), "the driver's thread runs no task");
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    pub fn get() -> Option<Arc<TaskContext>> {
        current_task()
    }

    /// The stage.
    pub fn stage_id(&self) -> StageId {
        self.stage_id
    }

    /// How many attempts of the stage there were before.
    pub fn stage_attempt_number(&self) -> u32 {
        self.stage_attempt_number
    }

    /// The partition that the task computes.
    pub fn partition_id(&self) -> u32 {
        self.partition_id
    }

    /// How many partitions the stage has.
    pub fn num_partitions(&self) -> u32 {
        self.num_partitions
    }

    /// How many attempts of the task there were before.
    pub fn attempt_number(&self) -> u32 {
        self.attempt_number
    }

    /// The attempt, unique within a context (Spark's `taskAttemptId`).
    pub fn task_attempt_id(&self) -> TaskId {
        self.task_id
    }

    /// The executor on which it runs.
    pub fn executor_id(&self) -> ExecutorId {
        self.executor_id
    }

    /// The other side of a task of a barrier stage, with which it can wait for the others; `None` in other stages.
    pub fn barrier(self: &Arc<Self>) -> Option<BarrierTaskContext> {
        self.is_barrier.then(|| BarrierTaskContext::new(self.clone()))
    }

    /// Says that the task writes a shuffle: what reads its input leaves memory for that.
    pub(crate) fn begin_output(&self, shuffle_id: ShuffleId) {
        self.output_of.set(shuffle_id).ok();
        self.memory.expect_writer();
    }

    /// The shuffle that the task writes, if it is a map task.
    pub(crate) fn output_of(&self) -> Option<ShuffleId> {
        self.output_of.get().copied()
    }

    pub(super) fn addresses(&self) -> &[Arc<str>] {
        &self.addresses
    }

    /// The state of the map outputs that it may rely on.
    #[cfg(feature = "cluster")]
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) fn control(&self) -> &TaskControl {
        &self.control
    }

    /// A property of the job, as set with [`Context::set_local_property`](crate::Context::set_local_property).
    pub fn local_property(&self, key: &str) -> Option<&str> {
        self.properties.get(key).map(String::as_str)
    }

    /// Whether the task was asked to end. Long loops without a source or shuffle in them look at it.
    #[inline]
    pub fn is_interrupted(&self) -> bool {
        self.control.is_killed()
    }

    /// Ends the task if it was asked to.
    #[inline]
    pub fn kill_task_if_interrupted(&self) {
        if self.control.is_killed() {
            self.fail(TaskError::Killed(self.control.kill_reason().unwrap_or_else(|| "unknown".into())));
        }
    }

    /// Ends the task with an error, from anywhere within its iterators. It unwinds to the task's runner
    /// without a panic message; the error is kept even if code between catches the unwinding.
    ///
    /// ```
    /// # use firesteel::{Context, task::TaskError};
    /// # let context = Context::builder().master("local[1]").start()?;
    /// let texts = context.parallelize(vec!["1".to_owned(), "two".to_owned()], 1);
    /// let parsed = texts.map_partitions_with_index(|_, texts, task| {
    ///     texts.map(move |text| match text.parse::<u64>() {
    ///         Ok(number) => number,
    ///         Err(error) => task.fail(TaskError::User(format!("{text}: {error}"))),
    ///     })
    /// });
    /// let error = parsed.collect().unwrap_err();
    /// assert!(error.to_string().contains("two: invalid digit"));
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[cold]
    pub fn fail(&self, error: TaskError) -> ! {
        keep(&mut self.error.lock().unwrap_or_else(PoisonError::into_inner), error);
        resume_unwind(Box::new(TaskFailed))
    }

    /// The error with which the task was ended, if it was.
    pub(super) fn take_error(&self) -> Option<TaskError> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Keeps a task's first error: code may have caught it and gone on. Only a failure to fetch is told instead, since the
/// output must be made again (`spark-semantics` 21.13).
fn keep(known: &mut Option<TaskError>, error: TaskError) {
    if known.is_none() || matches!(error, TaskError::FetchFailed(_)) {
        *known = Some(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_stands_unless_a_later_one_is_a_failure_to_fetch() {
        let user = |text: &str| TaskError::User(text.to_owned());
        let failure = super::super::FetchFailure {
            executor_id: Some(ExecutorId::DRIVER),
            shuffle_id: ShuffleId(0),
            map_id: None,
            map_index: Some(1),
            reduce_id: 2,
            message: String::new(),
        };
        let mut known = None;
        keep(&mut known, user("first"));
        keep(&mut known, user("second"));
        assert!(matches!(&known, Some(TaskError::User(text)) if text == "first"));
        keep(&mut known, failure.into());
        keep(&mut known, user("third"));
        assert!(matches!(known, Some(TaskError::FetchFailed(_))));
    }
}
